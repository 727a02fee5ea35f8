"""Collective households at the desk: the list, one with its members, and what an officer changes in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from anjia.casework import keeping
from anjia.channels.counter import desk, units
from anjia.channels.counter.views.case import key_of
from anjia.channels.ui.declare import by_method, view
from anjia.kernel.errors import AnjiaError
from anjia.registers import history, people

READ = ("household", "read", "household-register")
KEEP = units.KEEPS
LIMIT = 500


@view(reads=True, needs=READ)
def page(request: HttpRequest) -> HttpResponse:
    """Lists the collective households of the area."""
    return render(request, "counter/collectives.html", units.page(request))


@view(reads=True, needs=READ)
def household(request: HttpRequest, number: str) -> HttpResponse:
    """Shows one with its officer and members."""
    return render(request, "counter/collective.html", units.household(request, number))


@view(reads=True, needs=KEEP)
def new_form(request: HttpRequest) -> HttpResponse:
    """Asks for kind, place, name and officer of a new one."""
    return render(request, "counter/new_collective.html", units.form(request))


@view(writes=True, needs=KEEP)
def set_up(request: HttpRequest) -> HttpResponse:
    """Sets up a collective household by an act of the officer who signs in."""
    typed = request.POST
    given = {name: typed.get(name, "").strip()[:LIMIT] for name in ("kind", "division", "name", "address")}
    given["officer_name"] = typed.get("officer", "").strip()[:LIMIT]
    try:
        done = _keep(request, "set-up-collective", given, "NEWHH", given["division"])
    except AnjiaError as error:
        if error.status not in (409, 422):
            raise
        return render(request, "counter/new_collective.html", units.form(request, error), status=error.status)
    home = history.household(done.summary["household"], timezone.localdate(), timezone.now())
    return HttpResponseRedirect(units.address(home.number))


@view(writes=True, needs=KEEP)
def appoint(request: HttpRequest, number: str) -> HttpResponse:
    """Appoints another officer."""
    name = request.POST.get("officer_name", "").strip()[:LIMIT]
    return _change(request, number, "appoint-officer", {"officer_name": name}, "HEAD")


@view(writes=True, needs=KEEP)
def enter(request: HttpRequest, number: str) -> HttpResponse:
    """Registers a person in the household, found by citizen number."""
    person = _person(request, "entering")
    return _change(request, number, "enter-collective", {"person": person}, "MOVE_INTRA")


@view(writes=True, needs=KEEP)
def leave(request: HttpRequest, number: str) -> HttpResponse:
    """Moves a member who left the unit into the community household."""
    person, home = _person(request, "leaving"), units.reached(request, number)
    own = history.membership(person, timezone.localdate(), timezone.now())
    if own is None or own.household != home.subject:
        raise _nobody()
    return _change(request, number, "leave-collective", {"person": person}, "MOVE_INTRA", of_household=False)


@view(writes=True, needs=KEEP)
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Closes a household without members."""
    units.reached(request, number)
    _change(request, number, "close-collective", {}, "CLOSEHH")
    return HttpResponseRedirect(desk.collectives())


new = by_method(get=new_form, post=set_up)


def _change(
    request: HttpRequest, number: str, do: str, given: Mapping[str, Any], event: str, *, of_household: bool = True
) -> HttpResponse:
    home = units.reached(request, number)
    arguments = {**given, "household": home.subject} if of_household else given
    _keep(request, do, arguments, event, home.division)
    return HttpResponseRedirect(units.address(number))


def _keep(request: HttpRequest, do: str, given: Mapping[str, Any], event: str, division: str) -> Any:
    allowed = request.allowed  # type: ignore[attr-defined]
    reason = next((text for name, text in request.POST.items() if name.startswith("reason")), "")[:LIMIT]
    return keeping.keep(allowed, do, given, event=event, key=key_of(request), reason=reason, division=division)


def _person(request: HttpRequest, name: str) -> int:
    found = people.find_by_number(request.POST.get(name, "")[:30])
    if found is None:
        raise _nobody()
    return found


def _nobody() -> AnjiaError:
    return AnjiaError(
        "person-unknown",
        "登记簿中没有此人，或此人不在这一户",
        "The register does not know this person, or not in this household",
        ("请核对公民身份号码", "Check the citizen number"),
        status=404,
    )
