"""The register on both time axes: find a household, and see it on any date as known at any moment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from anjia.channels.counter import desk, places, reach, searching, times
from anjia.channels.ui import texts
from anjia.channels.ui.declare import view
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, history, people

NEEDS = ("household", "read", "household-register")


@view(reads=True, needs=NEEDS)
def search(request: HttpRequest) -> HttpResponse:
    """Finds persons by name or number, households and cases by number, places by address."""
    found = searching.page(request)
    if found["target"]:
        return HttpResponseRedirect(found["target"])
    return render(request, "counter/register.html", {"section": "register", **found})


@view(reads=True, needs=NEEDS)
def household(request: HttpRequest, number: str) -> HttpResponse:
    """Shows a household on a day, as the register knew it at a moment."""
    asked = times.of(request)
    on, known_moment = asked.on, asked.known_at
    subject = history.household_by_number(number, timezone.now())
    if subject is None:
        raise _unknown(number)
    now = timezone.now()
    view_ = history.find_household(subject, on, known_moment or now)
    _require_reach(request, subject, view_)
    changes = history.timeline(subject, known_moment or now, of="household")
    names = people.names_of(one.subject for one in changes)
    context = {
        "section": "register", "number": number, "on": on,
        "known_at": asked.typed, "known_moment": known_moment, "marks": desk.marks(changes),
        "household": _page(view_, asked) if view_ else None,
        "timeline": [desk.change(one, names) for one in changes[:40]],
        "addresses": [_address(one) for one in history.addresses(subject, on, known_moment or now)],
    }  # fmt: skip
    return render(request, "counter/household.html", context)


def _require_reach(request: HttpRequest, subject: int, shown: Any) -> None:
    """Refuses a household outside the grant's area, and records the look at one inside it."""
    allowed = request.allowed  # type: ignore[attr-defined]
    now = history.find_household(subject, timezone.localdate(), timezone.now())
    latest = shown or now
    if latest is None or not reach.covers(allowed, (latest.division, now and now.division), latest.head):
        raise _unknown("")
    for member in latest.members:
        access.look(
            allowed, member.subject, register="household", fields=("members", "address"),
            ground="登记簿查询 / register",
        )  # fmt: skip


def _page(view_: Any, asked: times.Times) -> dict[str, Any]:
    shared = view_.place is not None and len(history.numbers_at(view_.place, asked.on, asked.moment)) > 1
    now = history.find_household(view_.subject, timezone.localdate(), timezone.now())
    return {
        **desk.household(view_),
        "shares_address": shared and view_.kind == "J1",
        "kind": desk.kind_words(view_.kind),
        "divisions": places.division_words(view_.division, asked.on, now.division if now else view_.division),
        "station": divisions.name(view_.station, asked.on),
        "place": places.link(view_.place, asked),
    }


def _address(one: history.AddressView) -> dict[str, str]:
    word = texts.text("counter", f"register.address_{'moved' if one.moved else 'renamed'}")
    lies = divisions.name(one.division, one.on)
    return {"title": one.address, "text": lies, "on": f"{one.on} · {word}", "tone": "blue"}


def _unknown(number: str) -> AnjiaError:
    return AnjiaError(
        "household-unknown",
        f"辖区内没有户号 {number}".rstrip(),
        f"There is no household {number} in your area".replace("  ", " "),
        ("请核对号码；其他辖区请由管辖派出所查", "Check the number; other areas are for their own station"),
        status=404,
    )
