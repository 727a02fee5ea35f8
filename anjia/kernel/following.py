"""What follows the registers: an act queues the subjects that it changed, for tables derived from them.

The queue is written in the act's own transaction, one statement an act whatever it touches, so nothing
that was committed is ever missed; who derives something reads the queue and deletes what it has done.
"""

from __future__ import annotations

from collections.abc import Iterable

from anjia.kernel.entries import Plan

QUEUE = "INSERT INTO registers_changed (subject) SELECT unnest(%s::bigint[])"
_followed: set[str] = set()


def follow(registers: Iterable[str]) -> None:
    """Declares registers whose changes are queued."""
    _followed.update(registers)


def touched(plan: Plan) -> list[int]:
    """Gives the subjects of which the plan changes a followed register, each once."""
    found = {entry.subject for entry in plan.opens if entry.register in _followed}
    found |= {close.subject for close in plan.closes if close.register in _followed}
    return sorted(found)
