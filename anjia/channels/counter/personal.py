"""What the page of a person shows: particulars, registration, residence, kin and the whole story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from anjia.channels.counter import desk, places, reach, spans
from anjia.channels.counter.times import Times
from anjia.channels.ui import masking, telling
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import history, occupancy, people, premises
from anjia.registers.history import HouseholdView
from anjia.registers.spells import Spell

FIELDS = ("name", "sex", "birth_on", "membership", "residence", "kinship")
STORY = 60


def page(allowed: Allowed, subject: int, times: Times) -> dict[str, Any]:
    """Gives a person of the officer's area and records the look.

    Raises:
        AnjiaError: `person-unknown` (404) for a person outside the area, or not known then.
    """
    _require_reach(allowed, subject, times)
    shown = history.find_person(subject, times.on, times.moment)
    changes = history.timeline(subject, times.moment)
    home = history.household_of(subject, times.on, times.moment)
    return {
        "section": "register",
        "subject": subject,
        "times": times,
        "marks": desk.marks(changes),
        "name": masking.name(shown.name if shown else people.name_of(subject)),
        "number": _number(allowed, subject),
        "person": _facts(asdict(shown)) if shown else [],
        "home": home,
        "registration": _registration(subject, home, times),
        "home_place": places.link(home.place, times) if home else "",
        "residences": _residences(subject, times),
        "timeline": list(telling.lines(changes[:STORY], masked=True)),
    }


def _number(allowed: Allowed, subject: int) -> str:
    """Gives the masked citizen number, empty for somebody whose number another station may show alone."""
    try:
        return masking.number(people.number_of(subject, allowed)) if allowed.shows("citizen_no") else ""
    except AnjiaError as error:
        if error.code != "field-hidden":
            raise
        return ""


def _facts(shown: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for register in ("particulars", "condition", "status"):
        found += telling.pairs(register, shown, masked=True)
    return found


def _registration(subject: int, home: Any, times: Times) -> list[tuple[str, str]]:
    own = history.membership(subject, times.on, times.moment)
    if own is None or home is None:
        return []
    said = {"relation": own.relation, "ground": own.ground, "from_place": own.from_place}
    return [
        (telling.label("household", "number"), home.number),
        (telling.label("household", "kind"), desk.kind_words(home.kind)),
        (telling.label("household", "address"), home.address),
        *places.division_words(home.division, times.on, _latest(home)),
        *telling.pairs("membership", said),
    ]


def _latest(home: HouseholdView) -> str:
    """Gives the division in which a household lies now, its last one when it is closed."""
    found = history.find_household(home.subject, timezone.localdate(), timezone.now())
    return found.division if found else home.division


def _residences(subject: int, times: Times) -> list[SimpleNamespace]:
    """Gives where a person lived on the day; several where dates leave it open."""
    return [
        SimpleNamespace(
            address=place.printed if (place := _place(one, times)) else "", href=places.link(one.place, times),
            span=spans.span(one), answer=spans.answer(one, times.on),
        )
        for one in occupancy.of(subject, times.on, times.moment)
    ]  # fmt: skip


def _place(spell: Spell, times: Times) -> premises.PlaceView | None:
    if spell.place is None:
        return None
    latest = max(times.on, (spell.certain or spell.possible).start or times.on)
    return premises.find(spell.place, times.on, times.moment) or premises.find(spell.place, latest, times.moment)


def belongs(subject: int, times: Times) -> Iterator[str | None]:
    """Gives the divisions to which a person belongs: where registered on the day or last, and where they lived.

    What was redrawn since is under its code of today as well; whoever is registered elsewhere belongs to
    the station where they live.
    """
    for home in (
        history.household_of(subject, times.on, times.moment), history.last_household_of(subject, times.moment)
    ):  # fmt: skip
        if home is not None:
            yield from (home.division, _latest(home))
    for stay in occupancy.of(subject, times.on, times.moment):
        yield from (stay.division, premises.division_of(stay.place, times.moment) if stay.place else None)


def _require_reach(allowed: Allowed, subject: int, times: Times) -> None:
    if not reach.covers(allowed, belongs(subject, times), subject):
        raise unknown()
    access.look(allowed, subject, register="person", fields=FIELDS, ground="登记簿查询 / register")


def unknown() -> AnjiaError:
    """Gives the error for a person whom the area does not reach."""
    return AnjiaError(
        "person-unknown", "辖区内没有此人的登记", "There is no such person in your area",
        ("请核对号码；其他辖区请由管辖派出所查", "Check the number; other areas are for their own station"),
        status=404,
    )  # fmt: skip
