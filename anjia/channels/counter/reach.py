"""Whether an officer's area reaches what the register shows, and the record of each look at it."""

from __future__ import annotations

from collections.abc import Iterable

from anjia.kernel import access, grants
from anjia.kernel.grants import Allowed
from anjia.kernel.specs.text import Words


def covers(allowed: Allowed, divisions: Iterable[str | None], subject: int | None = None) -> bool:
    """Says whether one of the divisions lies in the grant's area.

    What was redrawn has two: its past is read under the code of today as well as under that of its day.
    """
    return any(one and allowed.covers(division=one, subject=subject) for one in divisions)


def look(
    allowed: Allowed, persons: Iterable[int | None], *, register: str, fields: tuple[str, ...], ground: str,
    outcome: str = "",
) -> None:  # fmt: skip
    """Records a look at each of some persons, or at nobody in particular (None)."""
    who = Words(allowed.actor.name_zh, allowed.actor.name_zh)
    for person in persons:
        access.record(
            actor=allowed.actor.pk, subject=person, register=register, fields=fields, purpose=allowed.purpose,
            ground=ground, outcome=outcome, grant=grants.id_of(allowed), who=who,
        )  # fmt: skip
