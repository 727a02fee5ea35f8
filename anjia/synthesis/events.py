"""The events of the town: what happened on which day, and when the register learnt of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.draws import Ints

NOT = -1
"""No event: the entry still stands."""

KINDS = (
    "IMPORT", "BIRTH", "DEATH", "AMEND_MARITAL", "MOVE_IN", "MOVE_INTRA", "MOVE_OUT", "SPLIT",
    "NEWHH", "AMEND_EDUCATION", "AMEND_NAME", "CORRECT", "RESREG", "RESREG_END",
    "PERMIT_ISSUE", "PERMIT_ENDORSE", "PERMIT_SUSPEND",
    "CARD_IMPORT", "CARD_FIRST", "CARD_RENEW", "CARD_LOSS",
)  # fmt: skip
CODE = {name: number for number, name in enumerate(KINDS)}


@dataclass(slots=True)
class Events:
    """All events as parallel arrays; the first `stations` are the imports, one a station."""

    stations: int
    first_day: int
    kind: Ints = field(init=False)
    day: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.kind = np.zeros(self.stations, dtype=np.int64)
        self.day = np.full(self.stations, self.first_day)

    def add(self, kind: str, day: Ints) -> Ints:
        """Adds one event a day given, and gives their numbers; those before the import never show."""
        first = len(self.day)
        self.kind = np.concatenate([self.kind, np.full(len(day), CODE[kind])])
        self.day = np.concatenate([self.day, day])
        return np.arange(first, len(self.day))


@dataclass(frozen=True, slots=True)
class Acts:
    """The events that changed the register, in the order of their moments.

    Attributes:
        number: event → position among the acts, -1 for an event without a trace.
        event: act → event.
        at: act → microseconds since 1970 UTC, ascending.
    """

    number: Ints
    event: Ints
    at: Ints


def order(events: Events, used: NDArray[np.bool_]) -> Acts:
    """Gives the acts of the events in use."""
    kept = np.flatnonzero(used)
    event = kept[np.argsort(events.day[kept], kind="stable")]
    number = np.full(len(events.day), NOT)
    number[event] = np.arange(len(event))
    return Acts(number, event, days.moments(events.day[event]))
