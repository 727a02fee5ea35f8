"""Lists of the registers as a desk pages through them, narrowed to what its grant shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from anjia.kernel.grants import Allowed
from anjia.registers.family import OPEN

COLLECTIVES = """
SELECT h.subject, h.number, h.kind, h.name, h.address, h.division, coalesce(o.name, '') AS officer,
       (SELECT count(*) FROM registers_membership m WHERE m.household = h.subject
           AND m.recorded_to IS NULL AND m.valid_to IS NULL) AS members
  FROM registers_household h
  LEFT JOIN registers_officer o ON o.subject = h.subject AND o.recorded_to IS NULL AND o.valid_to IS NULL
 WHERE h.recorded_to IS NULL AND h.valid_to IS NULL AND h.kind <> 'J1' AND {narrowed} AND h.number > %s
 ORDER BY h.number LIMIT %s
"""
MEMBERS = f"""
SELECT m.subject, m.valid_from AS since, p.name, p.sex, p.birth_on
  FROM registers_membership m
  JOIN registers_particulars p ON p.subject = m.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE m.{OPEN.replace(" AND ", " AND m.")} AND m.household = %s::bigint AND m.subject > %s::bigint
 ORDER BY m.subject LIMIT %s
"""
NEW_COLLECTIVES = """
SELECT extract(year FROM opened_on)::int, extract(quarter FROM opened_on)::int, kind, count(*)
  FROM (SELECT min(valid_from) AS opened_on, (array_agg(kind ORDER BY valid_from))[1] AS kind
          FROM registers_household WHERE recorded_to IS NULL AND kind <> 'J1' GROUP BY subject) home
 WHERE opened_on >= %s AND opened_on < %s
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class CollectiveRow:
    """A collective household as a list of them shows it."""

    subject: int
    number: str
    kind: str
    name: str
    address: str
    division: str
    officer: str
    members: int


@dataclass(frozen=True, slots=True)
class NewCollectives:
    """How many collective households of a kind were set up in a quarter (rule H-16).

    Attributes:
        quarter: 1 to 4.
    """

    year: int
    quarter: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a collective household as its page shows it."""

    subject: int
    since: date
    name: str
    sex: str
    birth_on: date


def collectives(allowed: Allowed, *, after: str = "", limit: int = 50) -> list[CollectiveRow]:
    """Gives the open collective households that a grant shows, by number.

    Args:
        after: number of the last row of the page before.
    """
    narrowed, parameters = allowed.where(division="h.division", subject="h.subject")
    return [CollectiveRow(*row) for row in _rows(COLLECTIVES.format(narrowed=narrowed), [*parameters, after, limit])]


def new_collectives(since: date, until: date) -> list[NewCollectives]:
    """Gives the collective households set up in a period by quarter and kind, closed ones too.

    Args:
        since: first day of the period.
        until: the day after its last.
    """
    return [NewCollectives(*row) for row in _rows(NEW_COLLECTIVES, [since, until])]


def members(household: int, *, after: int = 0, limit: int = 50) -> list[MemberRow]:
    """Gives the open members of a household by key; whose they are to see, the caller has asked."""
    return [MemberRow(*row) for row in _rows(MEMBERS, [household, after, limit])]


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
