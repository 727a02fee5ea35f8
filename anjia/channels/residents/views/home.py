"""The first pages: home, search, what is mine, messages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.casework import notices
from anjia.channels.residents import overview
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.ui import dates
from anjia.channels.ui.declare import view
from anjia.consultation import answer
from anjia.kernel.definitions import publishing

PAGE = 30


@view(reads=True, public=True)
def home(request: HttpRequest) -> HttpResponse:
    """Shows the home page; a stranger sees the services."""
    return render(request, "residents/home.html", overview.home(request.user))


@view(reads=True, public=True)
def search(request: HttpRequest) -> HttpResponse:
    """Answers a question with approved sentences: the closest matter, two neighbours, the rules about it."""
    question = request.GET.get("q", "").strip()[:200]
    found = answer(question, publishing.in_force(), dates.today()) if question else None
    return render(request, "residents/search.html", {"question": question, "found": found})


@view(reads=True, needs=("person", "read", PURPOSE))
def me(request: HttpRequest) -> HttpResponse:
    """Shows the menu of everything that is mine."""
    person = request.allowed.person
    values = {"card": overview.card(person), "waiting": overview.waiting(person)}
    return render(request, "residents/me.html", values)


@view(reads=True, needs=("notice", "read", PURPOSE))
def messages(request: HttpRequest) -> HttpResponse:
    """Shows the messages, the newest first."""
    before = before_of(request)
    rows = notices.of_person(request.allowed.person, before_id=before, limit=PAGE)
    values = {"rows": rows, "own": overview.own_cases(request.allowed.person, rows)}
    return render(request, "residents/notices.html", {**values, "next": rows[-1].pk if len(rows) == PAGE else 0})


def before_of(request: HttpRequest) -> int | None:
    """Gives the key after which an older page begins."""
    text = request.GET.get("before", "")
    return int(text) if text.isdigit() and len(text) < 19 else None
