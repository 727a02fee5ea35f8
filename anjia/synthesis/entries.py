"""Entries on two time axes: what a spell looks like in an append-only register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import NOT, Events
from anjia.synthesis.spells import Spells

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one register; `opened` and `closed` are events, days are whole numbers."""

    register: str
    subject: Ints
    valid_from: Ints
    valid_to: Ints
    opened: Ints
    closed: Ints
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.subject)


def ranking(events: Events) -> Ints:
    """Gives the place of each event in the order in which the register learns of them."""
    rank = np.empty(len(events.day), dtype=np.int64)
    rank[np.argsort(events.day, kind="stable")] = np.arange(len(events.day))
    return rank


def unroll(
    register: str, spells: Spells, columns: Mapping[str, Column], rank: Ints, ended: Mapping[str, Column] | None = None
) -> Table:
    """Gives the entries that spells leave behind.

    While it lasts, a spell is one entry without an end. When it ends, the act that ends it closes
    that entry and opens its shortened copy. A spell that was over before it became known leaves
    the copy alone.

    Args:
        columns: (spells,) values of the register's own columns.
        rank: order of the events.
        ended: values that the shortened copy holds differently.
    """
    over = spells.closed != NOT
    seen = ~over | (rank[spells.opened] < rank[spells.closed])
    whole, copy = np.flatnonzero(seen), np.flatnonzero(over)
    later = np.where(rank[spells.opened] > rank[spells.closed], spells.opened, spells.closed)
    from_copy = {**columns, **(ended or {})}
    return Table(
        register,
        np.concatenate([spells.key[whole], spells.key[copy]]),
        np.concatenate([spells.start[whole], spells.start[copy]]),
        np.concatenate([np.full(len(whole), days.NEVER), spells.end[copy]]),
        np.concatenate([spells.opened[whole], later[copy]]),
        np.concatenate([spells.closed[whole], np.full(len(copy), NOT)]),
        {name: np.concatenate([values[whole], from_copy[name][copy]]) for name, values in columns.items()},
    )


def stacked(first: Table, *others: Table) -> Table:
    """Puts tables of one register together."""
    tables = (first, *others)
    return Table(
        first.register,
        np.concatenate([table.subject for table in tables]),
        np.concatenate([table.valid_from for table in tables]),
        np.concatenate([table.valid_to for table in tables]),
        np.concatenate([table.opened for table in tables]),
        np.concatenate([table.closed for table in tables]),
        {name: np.concatenate([table.columns[name] for table in tables]) for name in first.columns},
    )


def plain(
    register: str, subject: Ints, start: Ints, opened: Ints, closed: Ints, columns: Mapping[str, Column]
) -> Table:
    """Gives entries without an end in the world, closed at most by a correction."""
    return Table(register, subject, start, np.full(len(subject), days.NEVER), opened, closed, columns)
