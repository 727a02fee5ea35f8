"""Spells: who or what was where, from which day to which, and by which events it began and ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.draws import Ints
from anjia.synthesis.events import NOT


@dataclass(frozen=True, slots=True)
class Spells:
    """Half-open spells [start, end) of `key` with `value`, as parallel arrays.

    Attributes:
        opened, closed: the events; `closed` is -1 while it lasts.
    """

    key: Ints
    value: Ints
    start: Ints
    end: Ints
    opened: Ints
    closed: Ints

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: NDArray[np.generic]) -> Spells:
        """Gives the chosen rows."""
        return Spells(*(getattr(self, name)[rows] for name in FIELDS))

    def sorted(self) -> Spells:
        """Gives the spells by key and start."""
        return self.take(np.lexsort((self.start, self.key)))

    def keyed(self, key: Ints) -> Spells:
        """Gives the same spells under other keys."""
        return replace(self, key=key)


FIELDS = ("key", "value", "start", "end", "opened", "closed")


def stack(*parts: Spells) -> Spells:
    """Puts spells together."""
    return Spells(*(np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS))


def through(outer: Spells, inner: Spells) -> tuple[Spells, Ints]:
    """Follows each outer spell (somebody in a unit) into the inner spells of its value (the unit's).

    Returns:
        Spells with the key of the outer and the value of the inner, each cut to what both cover;
        an edge has the event of the spell that sets it. Second, the outer row of each.
    """
    inner = inner.sorted()
    low = np.searchsorted(inner.key, outer.value, side="left")
    count = np.searchsorted(inner.key, outer.value, side="right") - low
    row = np.repeat(np.arange(len(outer)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    at = np.repeat(low, count) + within
    start = np.maximum(outer.start[row], inner.start[at])
    end = np.minimum(outer.end[row], inner.end[at])
    opened = np.where(inner.start[at] > outer.start[row], inner.opened[at], outer.opened[row])
    closed = np.where(inner.end[at] < outer.end[row], inner.closed[at], outer.closed[row])
    kept = start < end
    cut = Spells(outer.key[row], inner.value[at], start, end, opened, closed).take(kept)
    return cut, row[kept]


def merge(spells: Spells) -> Spells:
    """Joins spells of one key that follow each other with the same value."""
    spells = spells.sorted()
    if len(spells) == 0:
        return spells
    same = np.zeros(len(spells), dtype=bool)
    same[1:] = (
        (spells.key[1:] == spells.key[:-1])
        & (spells.value[1:] == spells.value[:-1])
        & (spells.start[1:] == spells.end[:-1])
    )
    first = np.flatnonzero(~same)
    last = np.append(first[1:], len(spells)) - 1
    head, tail = spells.take(first), spells.take(last)
    return replace(head, end=tail.end, closed=tail.closed)


def from_import(spells: Spells, first_day: int, station: Ints) -> Spells:
    """Drops what ended before the import and lets the import open what began before it.

    Args:
        station: import event of each spell.
    """
    opened = np.where(spells.start <= first_day, station, spells.opened)
    return replace(spells, opened=opened).take(spells.end > first_day)


def none() -> Spells:
    """Gives no spells."""
    return Spells(*(np.empty(0, dtype=np.int64) for _ in FIELDS))


def never_closed(count: int) -> Ints:
    """Gives `count` times no event."""
    return np.full(count, NOT)
