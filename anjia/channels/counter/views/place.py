"""An address in the register: on any day, as known at any moment, with everybody who was there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.counter import desk, places, times
from anjia.channels.ui.declare import view


@view(reads=True, needs=desk.PLACES["register"])
def page(request: HttpRequest, subject: int) -> HttpResponse:
    """Shows an address on a day, as the register knew it at a moment."""
    found = places.page(request.allowed, subject, times.of(request))  # type: ignore[attr-defined]
    return render(request, "counter/place.html", found)
