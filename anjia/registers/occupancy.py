"""Who was registered at an address and who lived there, on a day or over a period: yes or possible.

A person answers *yes* on the days between the latest day on which the stay can have begun and the
earliest on which it can have ended, *possible* on the days around them that a partly known date
leaves open. Both are read as valid on a day and known at a moment, and say what is under enquiry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from anjia.kernel import access
from anjia.kernel.grants import Allowed
from anjia.kernel.periods import Period
from anjia.registers import spells
from anjia.registers.spells import REGISTER, Capacity, Spell


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who was at an address over days on which nothing about that changed.

    Attributes:
        certain, possible: the people, each once; nobody is in both.
        count: how many they are, also when there are too many to be named.
    """

    period: Period
    certain: tuple[Spell, ...]
    possible: tuple[Spell, ...]
    count: int

    @property
    def crowded(self) -> bool:
        """Says whether the people are too many to be named."""
        return self.count > len(self.certain) + len(self.possible)


def at(
    place: int, on: date, known_at: datetime, *, until: date | None = None, capacity: Capacity = "resident",
    allowed: Allowed | None = None,
) -> list[Spell]:
    """Gives the people at an address and when each was there, by begin and person.

    Args:
        place: key of the address; of the household for its members.
        on: first day asked about; `until`: first day no longer asked about (the day after `on`).
        capacity: `resident` for who lived there, `registered` for whose household was there, `member`
            for who belonged to the household, `household` for the households themselves.
        allowed: what the reader may do: narrows the people, and the look is recorded. None for the
            house's own work.
    """
    end = until or on + timedelta(days=1)
    found = spells.read(capacity, on, known_at, end, place=place, allowed=allowed)
    if allowed is not None:
        access.look(
            allowed, None, register=REGISTER[capacity], fields=("name", "valid"), ground=f"{capacity} {place}",
            outcome=f"{len(found)} rows",
        )  # fmt: skip
    return found


def of(
    person: int, on: date, known_at: datetime, *, until: date | None = None, capacity: Capacity = "resident"
) -> list[Spell]:
    """Gives where a person was on a day or over a period; several on one day where dates leave it open."""
    return spells.read(capacity, on, known_at, until or on + timedelta(days=1), person=person)


def periods(people: Sequence[Spell], asked: Period, *, named: int | None = None) -> list[Occupancy]:
    """Gives the people at an address from change to change; days on which nobody was there are left out.

    Args:
        asked: the days asked about; both ends known.
        named: most people that an answer names; more are only counted.
    """
    ends = [day for day in (asked.start, asked.end) if day is not None]
    days = sorted({*ends, *(day for spell in people for day in _changes(spell, asked))})
    found: list[Occupancy] = []
    for start, end in pairwise(days):
        one = _occupancy(people, start, end, named)
        if one is None:
            continue
        if found and found[-1].period.end == start and _same(found[-1], one):
            one = Occupancy(Period(found[-1].period.start, end), one.certain, one.possible, one.count)
            found.pop()
        found.append(one)
    return found


def _changes(spell: Spell, asked: Period) -> Iterable[date]:
    for period in (spell.possible, spell.certain):
        for day in (period.start, period.end) if period else ():
            if day is not None and asked.contains(day):
                yield day


def _occupancy(people: Sequence[Spell], start: date, end: date, named: int | None) -> Occupancy | None:
    answers = [(spell, spell.on(start)) for spell in people]
    certain = {spell.subject: spell for spell, answer in answers if answer is True}
    possible = {
        spell.subject: spell for spell, answer in answers if answer is None and spell.subject not in certain
    }
    period, count = Period(start, end), len(certain) + len(possible)
    if not count:
        return None
    if named is not None and count > named:
        return Occupancy(period, (), (), count)
    return Occupancy(period, tuple(certain.values()), tuple(possible.values()), count)


def _same(one: Occupancy, other: Occupancy) -> bool:
    return one.count == other.count and _people(one) == _people(other)


def _people(one: Occupancy) -> list[list[tuple[int, bool]]]:
    return [[(spell.subject, spell.under_enquiry) for spell in spells] for spells in (one.certain, one.possible)]
