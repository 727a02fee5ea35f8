"""Residence permits: those due for endorsement, one on both time axes, and the endorsement at the window."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from anjia.casework import window
from anjia.channels.counter import desk, permits, times
from anjia.channels.counter.views.case import key_of
from anjia.channels.ui.declare import view
from anjia.kernel import grants

NEEDS = desk.PLACES["permits"]
WRITES = ("case", "submit", "residence")
ENDORSE = "D19"
CHECK = "papers.genuine"


@view(reads=True, needs=NEEDS)
def due(request: HttpRequest) -> HttpResponse:
    """Shows the permits whose endorsement is due, or was missed."""
    late = request.GET.get("show") == "late"
    found = permits.due(request.allowed, late=late, after=request.GET.get("after", ""))  # type: ignore[attr-defined]
    found["may_register"] = grants.find(request.user, *WRITES) is not None
    return render(request, "counter/permits.html", {"section": "permits", **found})


@view(reads=True, needs=NEEDS)
def permit(request: HttpRequest, serial: str) -> HttpResponse:
    """Shows a permit on a day, as the register knew it at a moment."""
    asked = times.of(request)
    on, known = asked.on, asked.known_at
    found = permits.permit(request.allowed, serial, on, known)  # type: ignore[attr-defined]
    context = {
        "section": "permits", "serial": serial, "on": on, "known_moment": known, "key": uuid.uuid4(),
        "known_at": request.GET.get("known_at", ""), **found,
    }  # fmt: skip
    return render(request, "counter/permit.html", context)


@view(writes=True, needs=WRITES)
def endorse(request: HttpRequest, serial: str) -> HttpResponse:
    """Endorses the permit of whoever stands at the window, as a case that is decided at once."""
    person = permits.require(request.allowed, serial)  # type: ignore[attr-defined]
    checks = {CHECK: True} if request.POST.get("check") else {}
    window.at_once(
        request.user, ENDORSE, person=person, answers={"what": {"outcome": "endorsed"}}, checks=checks,
        key=key_of(request),
    )  # fmt: skip
    return HttpResponseRedirect(f"{reverse('counter:permit', args=[serial])}?on={timezone.localdate()}")
