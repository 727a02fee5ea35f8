"""The rule book's pages: the index with search, one rule, and trying it without storing anything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.rulebook import reading, trying
from anjia.channels.ui.declare import by_method, view
from anjia.kernel import readonly


@view(reads=True, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """Shows the rules by chapter, or those closest to words."""
    question = request.GET.get("q", "").strip()[:200]
    return render(request, "rulebook/index.html", reading.index(question))


@view(reads=True, public=True)
def show(request: HttpRequest, ident: str) -> HttpResponse:
    """Shows a rule as it read on a day, its form filled from one of its examples when asked."""
    definition = reading.version(ident, request.GET.get("on", ""))
    values = trying.blank(definition, request.GET.get("example", ""))
    return render(request, "rulebook/rule.html", reading.page(definition) | values)


@view(writes=True, public=True)
def judge(request: HttpRequest, ident: str) -> HttpResponse:
    """Judges the answers; although a form is posted, the database refuses anything but reading."""
    with readonly.read_only():
        definition = reading.version(ident, request.GET.get("on", ""))
        values = trying.tried(definition, request.POST)
        template = "answer" if request.headers.get("HX-Request") else "rule"
        page = {} if template == "answer" else reading.page(definition)
        return render(request, f"rulebook/{template}.html", page | values)


rule = by_method(get=show, post=judge)
