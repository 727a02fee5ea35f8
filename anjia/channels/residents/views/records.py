"""What the register says of me, and who looked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from anjia.channels.residents import booklet, looking
from anjia.channels.residents import past as past_
from anjia.channels.residents.overview import PURPOSE
from anjia.channels.residents.views.home import before_of
from anjia.channels.ui.declare import view


@view(reads=True, needs=("household", "read", PURPOSE))
def household(request: HttpRequest) -> HttpResponse:
    """Shows my household on any day, and what the latest change made of it."""
    wanted = request.GET.get("mark") or request.GET.get("on", "")
    return render(request, "residents/household.html", booklet.page(request.allowed.person, wanted))


@view(reads=True, needs=("person", "read", PURPOSE))
def past(request: HttpRequest) -> HttpResponse:
    """Shows everything that the register says of me, and when it learnt it."""
    return render(request, "residents/history.html", past_.page(request.allowed.person))


@view(reads=True, needs=("access", "read", PURPOSE))
def my_data(request: HttpRequest) -> HttpResponse:
    """Shows every look at my data, with purpose, ground and time."""
    return render(request, "residents/my_data.html", looking.page(request.allowed.person, before_of(request)))
