"""What a person holds beside the registration: stay, permit and cards; and their end with the person's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Open, truncate
from anjia.registers.card import LOST, UNDER_WAY, VALID, WITHDRAWN
from anjia.registers.family import OPEN, Changes, add, own
from anjia.registers.permit import CANCELLED

STAY = (
    "SELECT id, subject, valid_from, valid_to, since, arrived_on, ground, reported_by, home_division, home_address, "
    f"close_ground FROM registers_stay WHERE {OPEN} AND subject = ANY(%s::bigint[])"
)
PERMIT = (
    "SELECT id, subject, valid_from, valid_to, serial, state, ground, issued_on, made_on, years_from, due_on, "
    "endorsed_on, endorsements, place, division, station, close_ground "
    f"FROM registers_permit WHERE {OPEN} AND subject = ANY(%s::bigint[])"
)
CARDS = (
    "SELECT id, subject, valid_from, valid_to, number, kind, state, purpose, accepted_on, years, signed_on, "
    "valid_until, serial, portrait, batch, division, station, note "
    f"FROM registers_card WHERE {OPEN} AND subject = ANY(%s::bigint[]) ORDER BY id"
)
DEATH, EMIGRATION, SERVICE, SETTLEMENT, DEPARTURE, FRAUD, OWN_WISH = (
    "death", "emigration", "service", "settlement", "departure", "fraud", "own-wish",
)  # fmt: skip
"""Grounds on which a permit ends (rule R-09); the first three withdraw the cards as well."""

Row = Mapping[str, Any]


def reads(persons: Sequence[int]) -> tuple[Read, ...]:
    """Gives what `close` needs to see under the lock."""
    who = list(persons)
    return Read("stay", STAY, [who]), Read("permit", PERMIT, [who]), Read("cards", CARDS, [who])


def close(seen: Seen, on: date, ground: str) -> Changes:
    """Ends the stays, permits and, at death or emigration, the cards of those who were read.

    For every operation by which a person dies, settles here or leaves the country: the ending is
    part of the same act, because a later one could be forgotten.

    Args:
        seen: with the reads of `reads`; what else was read does not matter.
        ground: `DEATH`, `EMIGRATION`, `SERVICE` or `SETTLEMENT`.
    """
    changes: Changes = ([], [])
    for row in seen["stay"]:
        add(changes, truncate("stay", row, on, close_ground=ground))
    for row in seen["permit"]:
        if row["state"] != CANCELLED:
            add(changes, turned("permit", row, on, state=CANCELLED, close_ground=ground))
    for row in seen["cards"] if ground in (DEATH, EMIGRATION, SERVICE) else ():
        if row["state"] in (*UNDER_WAY, VALID, LOST):
            add(changes, turned("card", row, on, state=WITHDRAWN, note=ground))
    return changes


def turned(register: str, row: Row, on: date, **values: Any) -> Changes:
    """Ends an entry on a day and begins the next one of the same thing with other values.

    An entry that begins later than `on` (recorded ahead) is replaced from its own first day.
    """
    day = max(on, row["valid_from"])
    changes: Changes = truncate(register, row, day)
    changes[1].append(Open(register, row["subject"], day, None, {**own(row), **values}))
    return changes
