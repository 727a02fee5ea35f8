"""A large town in parts: each drawn by itself, numbered one after the other, so that no number is given twice.

A part is a town of its own in all counties; only the public collective households and the census' counts
are common to all. What was given out by the parts before is all that a part needs to know of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.draws import Ints

BLOCK = 50_000
"""Residents of a part: what two processes make at once stays far below 4 GiB."""
TOWN, BUILT = "town", "built"
EARLIEST, DAYS = -60_000, 100_000
"""Days of birth for which numbers are counted: from 1805 on, for 273 years."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a town this is.

    Attributes:
        number: from 0.
        of: how many there are.
        size: residents of the whole town.
    """

    size: int
    seed: int
    number: int = 0
    of: int = 1

    def rng(self, stage: int) -> np.random.Generator:
        """Gives the generator of a stage of this part; the first part's are those of an undivided town."""
        return np.random.default_rng([self.seed, self.size, stage, self.number])

    def share(self, counts: Ints) -> Ints:
        """Gives this part's share of counts; over all parts they sum to the counts, cell by cell."""
        if self.of == 1:
            return counts
        shift = np.arange(counts.size).reshape(counts.shape) * 7919 % self.of
        return (counts * (self.number + 1) + shift) // self.of - (counts * self.number + shift) // self.of


def parts(size: int, seed: int, block: int = BLOCK) -> list[Part]:
    """Gives the parts of a town: as many as keep each at `block` residents or below."""
    of = max(1, -(-size // block))
    return [Part(size, seed, number, of) for number in range(of)]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the parts before have taken; whole numbers, or arrays by town, site, or sex and day of birth.

    Attributes:
        first: the first free subject.
        public: subject of the first public collective household, -1 when this part makes them.
        person, dwelling, unit, lease: how many there are.
        phone: phones given out.
        permit, card: residence permits and ID cards by county.
        serial, site, seat: household numbers by town, dwellings by site, citizen numbers by sex and day.
    """

    first: int = 1
    public: int = -1
    person: int = 0
    dwelling: int = 0
    unit: int = 0
    lease: int = 0
    phone: int = 0
    permit: Ints | int = 0
    card: Ints | int = 0
    serial: Ints | int = 0
    site: Ints | int = 0
    seat: Ints | int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The first free number of acts and of the entries of each register."""

    act: int = 1
    entry: Mapping[str, int] = field(default_factory=dict)

    def of(self, register: str) -> int:
        """Gives the first free entry of a register."""
        return self.entry.get(register, 1)


@dataclass(slots=True)
class Ledger:
    """Gives out numbers, part by part in their order."""

    taken: Taken
    numbers: Numbers
    served: dict[str, int] = field(default_factory=dict)

    def due(self, stage: str, number: int) -> bool:
        """Says whether it is this part's turn."""
        return self.served.get(stage, 0) == number

    def take(self, stage: str, counts: Mapping[str, Any]) -> Taken | Numbers:
        """Gives what the parts before have taken and adds what this one takes."""
        self.served[stage] = self.served.get(stage, 0) + 1
        if stage == TOWN:
            before, public = self.taken, self.taken.public
            if public < 0:
                public = before.first + counts["person"]
            added = {name: getattr(before, name) + value for name, value in counts.items() if name != "subject"}
            self.taken = Taken(before.first + counts["subject"], public, **added)
            return before
        now = self.numbers
        entries = {name: now.of(name) + value for name, value in counts["entry"].items()}
        self.numbers = Numbers(now.act + counts["act"], {**now.entry, **entries})
        return now


def seats(birth: Ints, sex: Ints) -> Ints:
    """Gives how many numbers are taken by sex and day of birth."""
    found: NDArray[np.int64] = np.bincount(sex * DAYS + birth - EARLIEST, minlength=2 * DAYS)
    return found.astype(np.int32)
