"""What the pages of collective households show."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from anjia.channels.counter import desk
from anjia.channels.ui import masking, texts
from anjia.kernel import access, grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.registers import divisions, history, listing
from anjia.registers.collectives import KINDS, NAMED
from anjia.registers.history import HouseholdView

PAGE = 50
KEEPS = ("household", "approve", "household-register")


def page(request: HttpRequest) -> dict[str, Any]:
    """Gives the collective households of the officer's area, a page at a time."""
    allowed = request.allowed  # type: ignore[attr-defined]
    found = listing.collectives(allowed, after=request.GET.get("after", "")[:9], limit=PAGE)
    rows = [
        {
            "number": one.number, "kind": desk.kind_words(one.kind), "name": one.name or one.address,
            "division": divisions.name(one.division), "officer": _officer(allowed, one.officer), "members": one.members,
        }
        for one in found
    ]  # fmt: skip
    following = f"?after={found[-1].number}" if len(found) == PAGE else ""
    return {"section": "collectives", "rows": rows, "next": following, "keeps": keeps(request.user)}


def household(request: HttpRequest, number: str) -> dict[str, Any]:
    """Gives one collective household with its officer, its members and what was done lately."""
    view = reached(request, number)
    now, today = timezone.now(), timezone.localdate()
    officer = history.officer(view.subject, today, now)
    members = listing.members(view.subject, after=_after(request), limit=PAGE)
    changes = [one for one in history.timeline(view.subject, now, of="household") if one.register != "membership"]
    allowed = request.allowed  # type: ignore[attr-defined]
    for one in members:
        access.look(
            allowed, one.subject, register="household", fields=("name", "sex", "birth_on"),
            ground="集体户成员 / members",
        )  # fmt: skip
    return {
        "section": "collectives", "view": view, "number": number, "kind": desk.kind_words(view.kind),
        "division": divisions.name(view.division), "station": divisions.name(view.station),
        "officer": officer, "officer_name": _officer(allowed, officer.name if officer else ""),
        "members": [_member(one) for one in members], "is_named": view.kind in NAMED,
        "key": uuid.uuid4(), "keeps": keeps(request.user),
        "next": f"?after={members[-1].subject}" if len(members) == PAGE else "",
        "timeline": [desk.change(one, {}) for one in changes[:20]],
    }  # fmt: skip


def form(request: HttpRequest, error: AnjiaError | None = None) -> dict[str, Any]:
    """Gives the form of a new collective household, with what was typed and what is wrong."""
    typed = {name: request.POST.get(name, "") for name in ("kind", "division", "name", "address", "officer", "reason")}
    return {
        "section": "collectives", "key": request.POST.get("key") or uuid.uuid4(), "typed": typed,
        "kinds": [{"value": kind, "label": desk.kind_words(kind)} for kind in KINDS],
        "errors": [{"field": "kind", "message": desk.words(error.message)}] if error else [],
    }  # fmt: skip


def reached(request: HttpRequest, number: str) -> HouseholdView:
    """Gives an open collective household inside the grant's area.

    Raises:
        AnjiaError: `household-unknown` (404), whether it does not exist or lies elsewhere.
    """
    now = timezone.now()
    subject = history.household_by_number(number, now)
    view = history.find_household(subject, timezone.localdate(), now) if subject is not None else None
    allowed = request.allowed  # type: ignore[attr-defined]
    if view is None or view.kind not in KINDS or not allowed.covers(division=view.division, subject=None):
        raise AnjiaError(
            "household-unknown",
            "辖区内没有这个开户的集体户",
            "There is no open collective household of this number in your area",
            ("请核对户号", "Check the number"),
            status=404,
        )
    return view


def keeps(actor: Any) -> bool:
    """Says whether an actor may change collective households."""
    return isinstance(actor, Actor) and grants.find(actor, *KEEPS) is not None


def _officer(allowed: Any, name: str) -> str:
    return name if allowed.shows("officer") else masking.name(name)


def _member(one: Any) -> dict[str, str]:
    age = desk.age(one.birth_on)
    facts = texts.text("counter", "after.facts", sex=desk.label("sex", one.sex), age=age)
    return {"subject": str(one.subject), "name": masking.name(one.name), "facts": facts, "since": f"{one.since}"}


def _after(request: HttpRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def address(number: str) -> str:
    """Gives the address of a household's page."""
    return reverse("counter:collective", args=[number])
