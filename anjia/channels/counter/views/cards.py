"""ID cards at the desk: the station's lists, a person's cards, applications taken and cards handed out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import window
from anjia.channels.counter import cards, deeds, desk, times
from anjia.channels.counter.views.case import key_of
from anjia.channels.ui.declare import view
from anjia.kernel.errors import AnjiaError

READ = desk.PLACES["cards"]
WRITES = ("case", "submit", "id-card")
SHOWN_AGAIN = (400, 409, 422)


@view(reads=True, needs=READ)
def listed(request: HttpRequest) -> HttpResponse:
    """Shows the cards of the area that are under way, late, or about to expire."""
    show = request.GET.get("show", "")
    show = show if show in cards.SHOWS else "accepted"
    found = cards.listed(request.allowed, show=show, after=request.GET.get("after", ""))  # type: ignore[attr-defined]
    return render(request, "counter/cards.html", {"section": "cards", **found})


@view(reads=True, needs=READ)
def person(request: HttpRequest, subject: int) -> HttpResponse:
    """Shows a person's cards on a day, as the register knew them at a moment, and what can be done now."""
    found = cards.person(request.allowed, subject, times.of(request))  # type: ignore[attr-defined]
    return render(request, "counter/person_cards.html", found)


@view(writes=True, needs=WRITES)
def apply(request: HttpRequest, subject: int, item: str) -> HttpResponse:
    """Takes an application of whoever stands at the window: a case whose first step is taken at once."""
    cards.require(request.allowed, subject, times.of(request))  # type: ignore[attr-defined]
    key, checks = key_of(request), dict.fromkeys(request.POST.getlist(f"{item}-check"), True)
    try:
        said = cards.answers(item, request.POST)
        window.accept(request.user, item, person=subject, answers=said, checks=checks, key=key)
    except AnjiaError as error:
        return _again(request, subject, error, item)
    return HttpResponseRedirect(_address(subject))


@view(writes=True, needs=READ)
def act(request: HttpRequest, subject: int, do: str) -> HttpResponse:
    """Does one thing with a card in the officer's own name."""
    allowed = request.allowed  # type: ignore[attr-defined]
    key, division = key_of(request), cards.require(allowed, subject, times.of(request))
    try:
        deeds.do(allowed, do, subject, request.POST.dict(), key=key, division=division)
    except AnjiaError as error:
        return _again(request, subject, error)
    return HttpResponseRedirect(_address(subject))


def _again(request: HttpRequest, subject: int, error: AnjiaError, item: str = "") -> HttpResponse:
    """Shows the person's cards again, with what was refused and why."""
    if error.status not in SHOWN_AGAIN:
        raise error
    allowed: Any = cards.reader(request.user)
    found = cards.person(allowed, subject, times.of(request), refused=error, item=item)
    return render(request, "counter/person_cards.html", found, status=error.status)


def _address(subject: int) -> str:
    return reverse("counter:person-cards", args=[subject])
