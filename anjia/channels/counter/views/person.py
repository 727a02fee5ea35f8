"""A person in the register: on any day, as known at any moment, with everything that happened."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.counter import personal, times
from anjia.channels.ui.declare import view

NEEDS = ("person", "read", "household-register")


@view(reads=True, needs=NEEDS)
def page(request: HttpRequest, subject: int) -> HttpResponse:
    """Shows a person on a day, as the register knew it at a moment."""
    return render(request, "counter/person.html", personal.page(request.allowed, subject, times.of(request)))
