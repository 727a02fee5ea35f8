"""What an act does to registers: entries to close and entries to open, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of an act and the ids given to it under the lock.

    Attributes:
        act: id of the act.
        at: timestamp of the act, taken after the lock.
        subjects: ids of the new subjects, in the order in which the draft asked for them.
    """

    act: int
    at: datetime
    subjects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Ends the knowledge of one entry: `recorded_to` becomes the act's moment."""

    register: str
    entry: int
    subject: int


@dataclass(frozen=True, slots=True)
class Open:
    """A new entry of `register`, valid in [valid_from, valid_to) (None = open)."""

    register: str
    subject: int
    valid_from: date
    valid_to: date | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one act does to the registers."""

    closes: tuple[Close, ...] = ()
    opens: tuple[Open, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


def truncate(register: str, row: Mapping[str, Any], until: date, **changed: Any) -> tuple[list[Close], list[Open]]:
    """Ends an open entry in the world at `until` by closing it and opening its shortened copy.

    Args:
        register: name of the register.
        row: the entry as read: `id`, `subject`, `valid_from` and its own columns.
        until: first day on which it is no longer true.
        **changed: own columns that the shortened copy holds differently (a closing ground).

    Returns:
        The close and the shortened copy; no copy when the entry would be empty (it began on
        `until` or later), because an empty range is no fact.
    """
    own = {key: value for key, value in row.items() if key not in ("id", "subject", "valid_from", "valid_to")}
    closes = [Close(register, row["id"], row["subject"])]
    if row["valid_from"] >= until:
        return closes, []
    return closes, [Open(register, row["subject"], row["valid_from"], until, {**own, **changed})]
