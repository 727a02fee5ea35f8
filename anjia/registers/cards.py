"""A person's ID cards on a day, and the cards that wait for their maker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from anjia.kernel.grants import Allowed
from anjia.registers.asof import predicate, rows
from anjia.registers.card import EXPIRED, VALID

CARDS = f"""
SELECT c.number, c.kind, c.state, c.purpose, c.accepted_on, c.years, c.signed_on, c.valid_until, c.serial,
       c.division, c.station, c.note, c.valid_from AS state_since
  FROM registers_card c WHERE c.subject = %(subject)s::bigint AND {predicate("c")}
 ORDER BY c.accepted_on DESC, c.number DESC
"""
WAITING = """
SELECT id, subject, number, accepted_on, portrait, years, batch, signed_on FROM registers_card
 WHERE recorded_to IS NULL AND valid_to IS NULL AND state = %s AND id > %s ORDER BY id LIMIT %s
"""
EXPIRING = """
SELECT c.subject, c.id, c.number, c.valid_until, c.division, coalesce(n.name, '') AS name
  FROM registers_card c
  LEFT JOIN registers_particulars n ON n.subject = c.subject AND n.recorded_to IS NULL AND n.valid_to IS NULL
 WHERE c.recorded_to IS NULL AND c.valid_to IS NULL AND c.state = 'valid' AND c.kind = 'card' AND c.valid_until <= %s
   AND (c.valid_until, c.id) > (%s, %s) AND {narrowed}
 ORDER BY c.valid_until, c.id LIMIT %s
"""
UNDER = """
SELECT c.id, c.subject, c.number, c.purpose, c.state, c.accepted_on, c.valid_from AS state_since, c.batch, c.note,
       c.division, coalesce(n.name, '') AS name
  FROM registers_card c
  LEFT JOIN registers_particulars n ON n.subject = c.subject AND n.recorded_to IS NULL AND n.valid_to IS NULL
 WHERE c.recorded_to IS NULL AND c.valid_to IS NULL AND c.state IN ('accepted', 'reviewed', 'making', 'ready')
   AND c.state = ANY(%s::text[]) AND c.accepted_on <= %s::date AND (c.accepted_on, c.id) > (%s::date, %s::bigint)
   AND {narrowed}
 ORDER BY c.accepted_on, c.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class CardView:
    """One card on a day; a card past its last day is `expired` without anybody writing it down."""

    number: str
    kind: str
    state: str
    purpose: str
    accepted_on: date
    years: int | None
    signed_on: date | None
    valid_until: date | None
    serial: str
    division: str
    station: str
    note: str
    state_since: date


def cards(person: int, on: date, known_at: datetime) -> list[CardView]:
    """Gives a person's cards, the newest application first."""
    found = rows(CARDS, on, known_at, subject=person)
    return [CardView(**{**row, "state": state_on(row, on)}) for row in found]


def state_on(row: dict[str, Any], on: date) -> str:
    """Gives the state of a card on a day: the last day still belongs to its validity."""
    until = row["valid_until"]
    return EXPIRED if row["state"] == VALID and until is not None and on > until else str(row["state"])


def waiting(state: str, *, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
    """Gives the cards in a state, the oldest entry first."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [state, after, limit])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def under_way(
    allowed: Allowed, states: Sequence[str], *, until: date = date.max, after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:  # fmt: skip
    """Gives the cards of the grant's area on their way to their owners, the oldest application first.

    Args:
        states: some of `card.UNDER_WAY`.
        until: only applications taken by this day.
        after: `(accepted_on, id)` of the last row of the page before.
    """
    narrowed, parameters = allowed.where(division="c.division", subject="c.subject")
    given = [list(states), until, *(after or (date.min, 0)), *parameters, limit]
    with connection.cursor() as cursor:
        cursor.execute(UNDER.format(narrowed=narrowed), given)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def expiring(
    allowed: Allowed, until: date, *, after: tuple[date, int] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Gives the cards of the grant's area that expire by a day or have expired, the oldest first."""
    narrowed, parameters = allowed.where(division="c.division", subject="c.subject")
    with connection.cursor() as cursor:
        cursor.execute(EXPIRING.format(narrowed=narrowed), [until, *(after or (date.min, 0)), *parameters, limit])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
