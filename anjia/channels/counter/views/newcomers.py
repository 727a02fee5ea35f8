"""A newcomer's residence registration at the window."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.casework import newcomers as service
from anjia.channels.counter import newcomers
from anjia.channels.counter.views.case import key_of
from anjia.channels.ui.declare import by_method, view
from anjia.kernel.errors import AnjiaError

NEEDS = ("case", "submit", "residence")


@view(reads=True, needs=NEEDS)
def form(request: HttpRequest) -> HttpResponse:
    """Asks who came, from where, and where they live."""
    return _render(request, newcomers.page({}, []), uuid.uuid4())


@view(writes=True, needs=NEEDS)
def send(request: HttpRequest) -> HttpResponse:
    """Registers the newcomer; what is wrong is said beside what was typed."""
    key, (said, errors) = key_of(request), newcomers.read(request.POST)
    if errors:
        return _render(request, newcomers.page(said, errors), key, 422)
    try:
        case = service.register(request.allowed, said, seen=bool(request.POST.get("seen")), key=key)  # type: ignore[attr-defined]
    except AnjiaError as error:
        return _render(request, newcomers.page(said, [], error), key, error.status)
    return HttpResponseRedirect(reverse("counter:case", args=[case.number]))


newcomer = by_method(get=form, post=send)


def _render(request: HttpRequest, values: dict[str, object], key: uuid.UUID, status: int = 200) -> HttpResponse:
    context = {"section": "permits", "key": key, **values}
    return render(request, "counter/newcomer.html", context, status=status)
