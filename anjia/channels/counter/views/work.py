"""The list of work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.counter import desk
from anjia.channels.ui.declare import view


@view(reads=True, needs=("case", "read", desk.PURPOSE))
def home(request: HttpRequest) -> HttpResponse:
    """Shows the cases of the station, those due first."""
    work = desk.work(request)
    context = {"section": "work", **work}
    return render(request, "counter/home.html", context)
