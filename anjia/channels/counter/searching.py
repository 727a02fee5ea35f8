"""What the register's search page shows: one box for numbers, names and addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from anjia.channels.counter import desk
from anjia.channels.ui import masking, texts
from anjia.kernel import grants
from anjia.kernel.grants import Allowed
from anjia.registers import divisions, placesearch, search, tokens
from anjia.registers.search import START, Found, Hits, Key

HOUSEHOLD, OLD, CITIZEN = 9, 15, 18
PERSON = ("person", "read", "household-register")
LONGEST = 60
REGISTERED, OUTSIDE = "0", "8"
"""Status of who is registered here, and of who only lives or lived here."""


def page(request: HttpRequest) -> dict[str, Any]:
    """Gives the answer to what was typed: a target to go to, or a list with its state."""
    wanted = " ".join(request.GET.get("q", "").split())[:LONGEST]
    number = "".join(wanted.split()).upper()
    kind = _kind(number, wanted, request.GET.get("by", ""))
    found = {"q": wanted, "by": kind, "state": "", "target": "", "rows": [], "next": "", "count": 0, "behind": False}
    if kind == "household":
        known = search.household_by_number(number, request.allowed)  # type: ignore[attr-defined]
        return found | ({"target": reverse("counter:household", args=[number])} if known else {"state": "no_number"})
    if kind == "case":
        return found | {"target": reverse("counter:case", args=[number])}
    return found | (_listed(request, kind, wanted) if kind else {})


def _kind(number: str, wanted: str, by: str) -> str:
    """Gives what was typed: a number says so by itself, else the clerk's choice, else its look."""
    if not wanted:
        return ""
    if len(number) == HOUSEHOLD and number.isdecimal():
        return "household"
    if len(number) in (OLD, CITIZEN) and number[:OLD].isdecimal():
        return "number"
    if by in ("name", "address"):
        return by
    if "-" in number and number.isascii() and any(one.isdecimal() for one in number):
        return "case"
    return "address" if tokens.is_address(wanted) else "name"


def _listed(request: HttpRequest, kind: str, wanted: str) -> dict[str, Any]:
    needs = desk.PLACES["register"] if kind == "address" else PERSON
    allowed = grants.find(request.user, *needs)
    if allowed is None:
        return {"state": "no_grant"}
    hits = _hits(kind, wanted, allowed, _after(request.GET.get("after", "")))
    if kind == "number" and len(hits.rows) == 1:
        return {"target": _person(hits.rows[0])} if _person(hits.rows[0]) else _rows(hits, kind, wanted)
    return _rows(hits, kind, wanted)


def _hits(kind: str, wanted: str, allowed: Allowed, after: Key) -> Hits[Any]:
    if kind == "number":
        return search.by_number(wanted, allowed)
    find = placesearch.by_address if kind == "address" else search.by_name
    return find(wanted, allowed, after=after)


def _rows(hits: Hits[Any], kind: str, wanted: str) -> dict[str, Any]:
    state = "too_many" if hits.too_many else "" if hits.count else "no_number" if kind == "number" else "no_hit"
    show = _place if kind == "address" else _one
    area: dict[str, str] = {}
    for row in hits.rows:
        area.setdefault(row.division, divisions.name(row.division) if row.division else "")
    following = urlencode({"q": wanted, "by": kind, "after": f"{hits.after[0]}_{hits.after[1]}"}) if hits.after else ""
    return {
        "state": state, "count": hits.count, "behind": hits.behind,
        "rows": [show(row, area[row.division]) for row in hits.rows],
        "next": f"{reverse('counter:register')}?{following}" if following else "",
    }  # fmt: skip


def _one(row: Found, area: str) -> SimpleNamespace:
    status = texts.text("counter", "register.outside") if row.status == OUTSIDE else ""
    if row.status not in ("", REGISTERED, OUTSIDE):
        status = desk.label("membership_status", row.status)
    return SimpleNamespace(
        name=masking.name(row.name), former=masking.name(row.former_name), born=row.born, area=area,
        household=row.household, status=status, href=_person(row),
    )  # fmt: skip


def _place(row: placesearch.FoundPlace, area: str) -> SimpleNamespace:
    state = "" if row.state == "in_use" else texts.text("counter", f"register.place_{row.state}")
    href = reverse("counter:place", args=[row.subject])
    return SimpleNamespace(printed=row.printed, area=area, households=row.households, state=state, href=href)


def _person(row: Found) -> str:
    """Gives the page of a person, that of the household where there is none."""
    try:
        return reverse("counter:person", args=[row.subject])
    except NoReverseMatch:
        return reverse("counter:household", args=[row.household]) if row.household else ""


def _after(text: str) -> Key:
    division, _, subject = text.partition("_")
    return (division, int(subject)) if subject.isdecimal() and len(subject) < CITIZEN else START
