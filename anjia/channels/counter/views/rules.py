"""Rules over everybody of the area: how many, why not, and who."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.counter import desk, finding
from anjia.channels.ui.declare import view
from anjia.rules import listing as lists

NEEDS = desk.PLACES["rules"]


@view(reads=True, needs=NEEDS)
def index(request: HttpRequest) -> HttpResponse:
    """Lists the rules with their counts."""
    return render(request, "counter/rules.html", finding.index(request))


@view(reads=True, needs=NEEDS)
def one(request: HttpRequest, ident: str) -> HttpResponse:
    """Shows the counts and reasons of one rule."""
    return render(request, "counter/rule.html", finding.one(request, ident))


@view(reads=True, needs=(lists.REGISTER, lists.LIST, lists.PURPOSE))
def listing(request: HttpRequest, ident: str) -> HttpResponse:
    """Lists persons; each is recorded."""
    return render(request, "counter/rule_people.html", {"section": "rules", **finding.people(request, ident)})
