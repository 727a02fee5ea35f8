"""From the keys of the source to the subjects of the register."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anjia.registers.bulk.columns import Ints

UNKNOWN = -2


@dataclass(slots=True)
class Keys:
    """Keys as sorted numbers, with the subject of each, by kind of subject."""

    numbers: dict[str, Ints] = field(default_factory=dict)
    subjects: dict[str, Ints] = field(default_factory=dict)

    def know(self, kind: str, keys: Ints, first: int) -> int:
        """Gives each different key a subject, from `first` on, in the order of appearance; gives how many."""
        found, at = np.unique(keys, return_index=True)
        rank = np.empty(len(found), dtype=np.int64)
        rank[np.argsort(at)] = np.arange(len(found))
        self.numbers[kind], self.subjects[kind] = found, rank + first
        return len(found)

    def find(self, kind: str, keys: Ints) -> Ints:
        """Gives the subjects of keys, below zero for those that nobody has."""
        known = self.numbers.get(kind)
        if known is None or len(known) == 0:
            return np.full(len(keys), UNKNOWN)
        at = np.searchsorted(known, keys).clip(0, len(known) - 1)
        return np.where(known[at] == keys, self.subjects[kind][at], UNKNOWN)

    def keep(self, kind: str, subjects: Ints) -> None:
        """Forgets the keys whose subjects have no good row left."""
        kept = np.isin(self.subjects[kind], subjects)
        self.numbers[kind], self.subjects[kind] = self.numbers[kind][kept], self.subjects[kind][kept]
