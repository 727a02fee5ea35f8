"""Whether an officer's area reaches what the register shows."""

from __future__ import annotations

from collections.abc import Iterable

from anjia.kernel.grants import Allowed


def covers(allowed: Allowed, divisions: Iterable[str | None], subject: int | None = None) -> bool:
    """Says whether one of the divisions lies in the grant's area.

    What was redrawn has two: its past is read under the code of today as well as under that of its day.
    """
    return any(one and allowed.covers(division=one, subject=subject) for one in divisions)
