"""Whether a person counts in the register, and how one entry of a person turns into the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Open, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers.amending import too_early
from anjia.registers.asof import rows
from anjia.registers.family import MEMBERSHIP, OPEN, Changes, own

NORMAL, DEAD, SERVING, EMIGRATED, DUPLICATE, FOREIGN, DECLARED_DEAD, ELSEWHERE = "0", "1", "3", "4", "5", "6", "7", "8"
"""Codes of the membership status (assumed table of the register notes; 8 is registered elsewhere)."""

GONE = frozenset({DEAD, DUPLICATE, DECLARED_DEAD})
NOT_HERE = GONE | {SERVING, EMIGRATED, FOREIGN}
"""Statuses of those who are not among the living that this city registers or lodges."""

COLUMNS: Mapping[str, str] = {
    "status": "status, ground",
    "condition": "marital, education, military, employer, occupation, height_cm, blood",
    "particulars": "name, former_name, sex, birth_on, birth_place, ethnicity, native_place, first_county",
    "residence": "place, division, station, ground",
    "kinship": "kin, kind, basis",
}
SELECT = "SELECT id, subject, valid_from, valid_to, {} FROM registers_{} WHERE {} AND subject = ANY(%s::bigint[])"
# Registrations that ended only after the day on which somebody turns out to have left.
LATER = (
    f"SELECT {MEMBERSHIP} FROM registers_membership "
    "WHERE recorded_to IS NULL AND subject = %s::bigint AND valid_to > %s::date"
)
LATER_NOW = LATER.replace("%s::bigint", "%(who)s::bigint").replace("%s::date", "%(on)s::date")


def read(register: str, persons: Iterable[int]) -> Read:
    """Gives the read of the open entries of some persons, under the name of the register."""
    return Read(register, SELECT.format(COLUMNS[register], register, OPEN), [list(persons)])


def later(person: int, on: date) -> Read:
    """Gives the read of registrations that ended after a day, under the name `later`."""
    return Read("later", LATER, [person, on])


def later_homes(person: int, on: date) -> tuple[int, ...]:
    """Gives the households of registrations that ended after a day, to be locked as well."""
    found = rows(LATER_NOW, on, timezone.now(), who=person)
    return tuple(sorted({int(row["household"]) for row in found}))


def entry(seen: Seen, register: str, person: int) -> Mapping[str, Any]:
    """Gives the open entry of a person.

    Raises:
        AnjiaError: `act-conflict` (409) when there is none.
    """
    for row in seen[register]:
        if row["subject"] == person:
            return row
    raise conflict()


def living(seen: Seen, person: int) -> Mapping[str, Any]:
    """Gives the status of a person who counts in the register.

    Raises:
        AnjiaError: `person-not-registrable` (409) for the dead, those in service, abroad or cancelled.
    """
    row = entry(seen, "status", person)
    if row["status"] != NORMAL:
        raise not_alive()
    return row


def alive(seen: Seen, person: int, *, but: frozenset[str] = GONE) -> Mapping[str, Any]:
    """Gives the status of a person who lives, here or elsewhere, in service or abroad.

    Raises:
        AnjiaError: `person-not-registrable` (409) for the dead and for cancelled duplicates.
    """
    row = entry(seen, "status", person)
    if row["status"] in but:
        raise not_alive()
    return row


def turn(register: str, row: Mapping[str, Any], on: date, **values: Any) -> Changes:
    """Ends an entry on a day and begins its next version.

    Raises:
        AnjiaError: `change-too-early` (422) for a day before the entry began.
    """
    if row["valid_from"] > on:
        raise too_early(row["valid_from"])
    closes, opens = truncate(register, row, on)
    return closes, [*opens, Open(register, row["subject"], on, None, {**own(row), **values})]


def birthday(born: date, years: int) -> date:
    """Gives the day on which somebody has so many full years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def not_alive() -> AnjiaError:
    """Gives the error for a person who no longer counts in the register."""
    return AnjiaError(
        "person-not-registrable",
        "此人的户口已经注销",
        "This person's registration has been cancelled already",
        ("请核对此人的状态", "Check this person's status"),
        status=409,
    )


def refusal(code: str, zh: str, en: str, remedy: tuple[str, str], **facts: Any) -> AnjiaError:
    """Gives the error for a condition that does not hold (422)."""
    return AnjiaError(code, zh, en, remedy, status=422, **facts)
