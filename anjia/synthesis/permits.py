"""Residence permits as parallel arrays: whose each is, and the spells in which nothing about it changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anjia.registers.permit import CANCELLED, SUSPENDED, VALID
from anjia.synthesis import days, spells
from anjia.synthesis.draws import Ints
from anjia.synthesis.spells import Spells

STATES = np.array([VALID, SUSPENDED, CANCELLED], dtype=object)
STANDS, HALTED, ENDED = range(3)
GROUNDS = np.array(["job", "home", "study"], dtype=object)
JOB, HOME, STUDY = range(3)


@dataclass(frozen=True, slots=True)
class Permits:
    """The permits of a town.

    Attributes:
        person, dwelling, issued, ground: (permits,) whose it is, for which home, since when, why.
        settled: (permits,) whether it ended, if it did, with the registration here; else with the departure.
        spells: key is the permit, value its state.
        years_from, due, endorsed, times: (spells,) as the register has them; `endorsed` may be `NEVER`.
    """

    person: Ints
    dwelling: Ints
    issued: Ints
    ground: Ints
    settled: Ints
    spells: Spells
    years_from: Ints
    due: Ints
    endorsed: Ints
    times: Ints

    def __len__(self) -> int:
        return len(self.person)

    def holders(self, ground: int) -> Ints:
        """Gives who holds a permit today that was issued on a ground."""
        now = self.spells.key[(self.spells.end == days.NEVER) & (self.spells.value != ENDED)]
        return np.unique(self.person[now[self.ground[now] == ground]])


_EMPTY = np.empty(0, dtype=np.int64)
NONE = Permits(_EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, spells.none(), _EMPTY, _EMPTY, _EMPTY, _EMPTY)
