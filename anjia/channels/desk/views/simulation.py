"""What a change would do to everybody: counts for all who read drafts, names for those who may."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.desk import outcome
from anjia.channels.ui.declare import view
from anjia.population import drafts, records


@view(reads=True, needs=("definition", "read", drafts.PURPOSE))
def page(request: HttpRequest, digest: str) -> HttpResponse:
    """Shows the counts of a simulation."""
    return render(request, "desk/simulation.html", outcome.page(request.user, records.get(digest)))


@view(reads=True, needs=("simulation", "name", drafts.PURPOSE))
def names(request: HttpRequest, digest: str) -> HttpResponse:
    """Lists who gains or loses in the actor's area; each look is recorded."""
    rule, what = request.GET.get("rule", ""), request.GET.get("what", "losses")
    context = outcome.names(request.allowed, records.get(digest), rule, what)  # type: ignore[attr-defined]
    return render(request, "desk/names.html", context)
