"""Lists and counts on both time axes: the households and the people of a division, how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from anjia.kernel import access
from anjia.kernel.grants import Allowed, last
from anjia.registers.asof import narrowed, predicate, rows
from anjia.registers.history import HEAD

PAGE = 50
By = Literal["county", "station", "division", "kind"]
KEYS = {"county": "left(h.division, 6)", "station": "h.station", "division": "h.division", "kind": "h.kind"}
"""What a count may be by → SQL expression over the household."""

HOUSEHOLDS = f"""
SELECT h.subject, h.number, h.kind, h.address, h.division, h.station, coalesce(p.name, '') AS head,
       (SELECT count(*) FROM registers_membership n WHERE n.household = h.subject AND {predicate("n")}) AS members
  FROM registers_household h
  LEFT JOIN registers_membership m ON m.household = h.subject AND m.relation = '{HEAD}' AND {predicate("m")}
  LEFT JOIN registers_particulars p ON p.subject = m.subject AND {predicate("p")}
 WHERE h.division BETWEEN %(low)s::text AND %(high)s::text AND {predicate("h")}
   AND h.number > %(after)s::text AND {{narrowed}}
 ORDER BY h.number LIMIT %(limit)s
"""
PEOPLE = f"""
SELECT m.subject, p.name, p.sex, p.birth_on, coalesce(b.known, '') AS birth_known, m.relation, m.household,
       h.number, m.division
  FROM registers_household h
  JOIN registers_membership m ON m.household = h.subject AND {predicate("m")}
  JOIN registers_particulars p ON p.subject = m.subject AND {predicate("p")}
  LEFT JOIN registers_precision b ON b.subject = p.subject AND b.register = 'particulars'
   AND b.field = 'birth_on' AND b.day = p.birth_on AND {predicate("b")}
 WHERE h.division BETWEEN %(low)s::text AND %(high)s::text AND {predicate("h")}
   AND (h.number, m.subject) > (%(number)s::text, %(person)s::bigint) AND {{narrowed}}
 ORDER BY h.number, m.subject LIMIT %(limit)s
"""
COUNT = f"""
SELECT {{key}} AS key, count(DISTINCT h.subject) AS households, count(m.subject) AS people
  FROM registers_household h
  LEFT JOIN registers_membership m ON m.household = h.subject AND {predicate("m")}
 WHERE h.division BETWEEN %(low)s::text AND %(high)s::text AND {predicate("h")} AND {{narrowed}}
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class HouseholdLine:
    """A household as a list shows it."""

    subject: int
    number: str
    kind: str
    address: str
    division: str
    station: str
    head: str
    members: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A registered person as a list shows it."""

    subject: int
    name: str
    sex: str
    birth_on: date
    birth_known: str
    relation: str
    household: int
    number: str
    division: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many households and registered people there were under one key."""

    key: str
    households: int
    people: int


def households(
    division: str, on: date, known_at: datetime, *, allowed: Allowed | None, after: str = "", limit: int = PAGE
) -> list[HouseholdLine]:
    """Gives the households of a division (2 to 12 digits) on a day as known at a moment, by number.

    Args:
        allowed: narrows to what the grant shows; the look is recorded. None for the house's own work.
        after: number of the last row of the page before.
    """
    found = _rows(HOUSEHOLDS, division, on, known_at, allowed, "m.subject", after=after, limit=limit)
    _looked(allowed, "household", ("number", "address", "head"), division, len(found))
    return [HouseholdLine(**row) for row in found]


def people(
    division: str, on: date, known_at: datetime, *, allowed: Allowed | None, after: tuple[str, int] = ("", 0),
    limit: int = PAGE,
) -> list[PersonLine]:
    """Gives the people registered in a division on a day as known at a moment, by household and key.

    Args:
        allowed: narrows to what the grant shows; the look is recorded. None for the house's own work.
        after: household number and person of the last row of the page before.
    """
    found = _rows(
        PEOPLE, division, on, known_at, allowed, "m.subject", number=after[0], person=after[1], limit=limit
    )
    _looked(allowed, "person", ("name", "sex", "birth_on"), division, len(found))
    return [PersonLine(**row) for row in found]


def count(division: str, on: date, known_at: datetime, *, by: By, allowed: Allowed | None) -> list[Count]:
    """Counts the households and registered people of a division on a day as known at a moment, by key.

    An empty division counts the whole city. A count shows no person, so no look is recorded; a grant
    still narrows it to its area.
    """
    found = _rows(COUNT.replace("{key}", KEYS[by]), division, on, known_at, allowed, "m.subject")
    return [Count(**row) for row in found]


def _rows(
    sql: str, division: str, on: date, known_at: datetime, allowed: Allowed | None, subject: str, **given: Any
) -> list[dict[str, Any]]:
    shown, values = narrowed(allowed, division="h.division", subject=subject)
    area = {"low": division, "high": last(division)}
    return rows(sql.format(narrowed=shown), on, known_at, **area, **values, **given)


def _looked(allowed: Allowed | None, register: str, fields: tuple[str, ...], division: str, count: int) -> None:
    if allowed is not None:
        access.look(
            allowed, None, register=register, fields=fields, ground=f"list {division}", outcome=f"{count} rows",
        )  # fmt: skip
