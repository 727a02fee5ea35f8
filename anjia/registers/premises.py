"""An address on both time axes: what it was called, where it lay, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from anjia.registers import dates, enquiries
from anjia.registers.asof import known, predicate, rows
from anjia.registers.enquiries import EnquiryView

What = Literal["opened", "renamed", "redrawn", "state"]
BEGIN = (
    "LEFT JOIN registers_precision b ON b.subject = l.subject AND b.register = 'place' AND b.field = 'valid' "
    f"AND b.day = l.valid_from AND {known('b')}"
)
AT = f"""
SELECT l.subject, l.division, l.printed, l.usage, l.state, l.valid_from AS since, coalesce(b.known, '') AS since_known,
       {dates.window_sql("b.known", "l.valid_from")} <= %(on)s::date AS is_certain
  FROM registers_place l {BEGIN}
 WHERE l.subject = %(subject)s::bigint AND {predicate("l")}
"""
# An entry that was only shortened lives on in its copy: the act that first said the same began it.
STORY = f"""
SELECT l.valid_from AS on, l.division, l.printed, l.usage, l.state, coalesce(b.known, '') AS known,
       coalesce(a.event, '') AS event, a.at
  FROM registers_place l {BEGIN}
  LEFT JOIN kernel_act a ON a.id = (
       SELECT min(e.opened_by) FROM registers_place e
        WHERE e.subject = l.subject AND e.valid_from = l.valid_from AND e.printed = l.printed
          AND e.division = l.division AND e.state = l.state)
 WHERE l.subject = %(subject)s::bigint AND {known("l")} AND %(on)s::date IS NOT NULL
 ORDER BY l.valid_from
"""
LATEST = f"""
SELECT l.division FROM registers_place l
 WHERE l.subject = %(subject)s::bigint AND {known("l")} AND %(on)s::date IS NOT NULL
 ORDER BY l.valid_from DESC LIMIT 1
"""
NUMBERS = f"""
SELECT DISTINCT ON (h.subject) h.subject, h.number, h.kind FROM registers_household h
 WHERE h.subject = ANY(%(subjects)s::bigint[]) AND {known("h")} AND %(on)s::date IS NOT NULL
 ORDER BY h.subject, h.valid_from DESC
"""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """An address on a day.

    Attributes:
        since: day since which it is so; `since_known` how exactly that day is known, empty = to the day.
        is_certain: False where a date known in part leaves open whether it was so already.
        enquiries: what about the address was under enquiry at the moment of the answer.
    """

    subject: int
    division: str
    printed: str
    usage: str
    state: str
    since: date
    since_known: str
    is_certain: bool
    enquiries: tuple[EnquiryView, ...] = ()

    @property
    def began(self) -> str:
        """The day since which it is so, as far as it is known."""
        return dates.text(self.since, self.since_known)


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """One change of an address.

    Attributes:
        on: day in the world, as far as it is known; `at`: moment at which the register learnt it.
        what: opened, renamed, redrawn (another division), or another state.
    """

    day: date
    on: str
    at: datetime | None
    what: What
    division: str
    printed: str
    state: str
    event: str


@dataclass(frozen=True, slots=True)
class HouseholdName:
    """Number and kind of a household, as they were last."""

    subject: int
    number: str
    kind: str


def find(place: int, on: date, known_at: datetime) -> PlaceView | None:
    """Gives an address on a day as known at a moment, None when it did not exist then."""
    found = rows(AT, on, known_at, subject=place)
    if not found:
        return None
    doubts = tuple(one for one in enquiries.running([place], known_at) if one.register == "place")
    return PlaceView(**found[0], enquiries=doubts)


def division_of(place: int, known_at: datetime) -> str | None:
    """Gives the division in which an address lay last, None when it was never known."""
    found = rows(LATEST, date.max, known_at, subject=place)
    return found[0]["division"] if found else None


def story(place: int, known_at: datetime) -> list[PlaceChange]:
    """Gives what happened to an address as known at a moment, the latest first."""
    changes: list[PlaceChange] = []
    before: dict[str, Any] | None = None
    for row in rows(STORY, date.max, known_at, subject=place):
        what = _what(before, row)
        if what is not None:
            changes.append(
                PlaceChange(
                    row["on"], dates.text(row["on"], row["known"]), row["at"], what, row["division"], row["printed"],
                    row["state"], row["event"],
                )
            )  # fmt: skip
        before = row
    return changes[::-1]


def households(subjects: Iterable[int], known_at: datetime) -> dict[int, HouseholdName]:
    """Gives number and kind of some households, as known at a moment."""
    asked = sorted(set(subjects))
    found = rows(NUMBERS, date.max, known_at, subjects=asked) if asked else []
    return {row["subject"]: HouseholdName(**row) for row in found}


def _what(before: dict[str, Any] | None, row: dict[str, Any]) -> What | None:
    if before is None:
        return "opened"
    if row["division"] != before["division"]:
        return "redrawn"
    if row["printed"] != before["printed"]:
        return "renamed"
    return "state" if row["state"] != before["state"] else None
