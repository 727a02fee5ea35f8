"""ID cards as parallel arrays: the last one of each person, and whether it is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anjia.registers.card import LOST, VALID
from anjia.registers.carding import FIRST, RENEW
from anjia.synthesis import spells
from anjia.synthesis.draws import Ints
from anjia.synthesis.spells import Spells

LONG = -1
STATES = np.array([VALID, LOST], dtype=object)
PURPOSES = np.array([FIRST, RENEW], dtype=object)


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a town.

    Attributes:
        person, site: whose it is, and where that person is registered.
        purpose: position in `PURPOSES`.
        years: `LONG` for a long-term card.
        until: last day, `NEVER` for a long-term card.
        spells: key is the card, value the position in `STATES`.
    """

    person: Ints
    site: Ints
    purpose: Ints
    accepted: Ints
    signed: Ints
    years: Ints
    until: Ints
    spells: Spells

    def __len__(self) -> int:
        return len(self.person)


_EMPTY = np.empty(0, dtype=np.int64)
NONE = Cards(_EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, spells.none())
