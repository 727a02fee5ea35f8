"""What the page of a person shows: particulars, registration, residence, kin and the whole story."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from anjia.channels.counter import desk
from anjia.channels.counter.times import Times
from anjia.channels.ui import masking, telling, texts
from anjia.kernel import access, grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import divisions, history, people

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
        "number": masking.number(people.number_of(subject, allowed)) if allowed.shows("citizen_no") else "",
        "person": _facts(asdict(shown)) if shown else [],
        "home": home,
        "registration": _registration(subject, home, times),
        "timeline": list(telling.lines(changes[:STORY], masked=True)),
    }


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
        (texts.text("counter", "register.division"), divisions.name(home.division, times.on)),
        *telling.pairs("membership", said),
    ]


def _require_reach(allowed: Allowed, subject: int, times: Times) -> None:
    home = history.household_of(subject, times.on, times.moment) or history.last_household_of(subject, times.moment)
    if home is None or not allowed.covers(division=home.division, subject=subject):
        raise AnjiaError(
            "person-unknown", "辖区内没有此人的登记", "There is no such person in your area",
            ("请核对号码；其他辖区请由管辖派出所查", "Check the number; other areas are for their own station"),
            status=404,
        )  # fmt: skip
    access.record(
        actor=allowed.actor.pk, subject=subject, register="person", fields=FIELDS, purpose=allowed.purpose,
        ground="登记簿查询 / register", grant=grants.id_of(allowed),
    )  # fmt: skip
