"""The regular round over all moves: letters sent again, answers asked for, terms kept, expired words ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from anjia.exchange import coming, letters, posting
from anjia.exchange.letters import Plain
from anjia.exchange.models import Letter, Move
from anjia.exchange.steps import locked, parameter
from anjia.kernel import workdays

ASK_AGAIN = timedelta(minutes=10)
"""How often a letter that still waits for its answer is repeated; the reply brings the answer if there is one."""

ANSWERED_BY = {"request": "requested", "registered": "registered"}
"""Kind of our letter → the state of the move in which it has no answer yet."""


def tend(on: date | None = None) -> dict[str, int]:
    """Does what is due and gives how much of each; safe to run twice and side by side.

    Args:
        on: the day (default today).
    """
    day = on or timezone.localdate()
    return {
        "expired": _expire(day),
        "inquired": _inquire(day),
        "reminded": _remind(day),
        "told": _tell(day),
        "repeated": _repeat(),
        "delivered": posting.send_due(),
    }


def _repeat() -> int:
    """Puts delivered letters without an answer into the outbox again."""
    count = 0
    before = timezone.now() - ASK_AGAIN
    for kind, state in ANSWERED_BY.items():
        waiting = Letter.objects.filter(
            sent=True, kind=kind, delivered_at__lt=before, move__state=state, move__direction="in"
        )
        count += waiting.update(delivered_at=None, next_at=timezone.now())
    return count


def _expire(day: date) -> int:
    late = Move.objects.filter(direction="in", state="confirmed", valid_until__lt=day)
    return sum(_each(move, "confirmed", lambda row: coming.end(row, "expired", "expired")) for move in late)


def _inquire(day: date) -> int:
    """Asks what became of our word; only the other city's answer sets the persons free."""
    count = 0
    for move in Move.objects.filter(direction="out", state="confirmed", valid_until__lt=day):
        last = letters.find(move, "inquire", sent=True)
        if last is None or (last.delivered_at is not None and timezone.localdate(last.delivered_at) < day):
            count += _each(move, "confirmed", lambda row: posting.queue(row, "inquire", Plain()))
    return count


def _remind(day: date) -> int:
    """Notes the first missed term of a request; ours is repeated to the other city anyway."""
    late = Move.objects.filter(state="requested", due_on__lt=day, reminded_at__isnull=True)
    return late.update(reminded_at=timezone.now())


def _tell(day: date) -> int:
    """Reports to the supervision what has no answer after the longer term."""
    term = int(parameter("move_supervision_working_days", 5))
    count = 0
    for move in Move.objects.filter(state="requested", due_on__lt=day, told_at__isnull=True):
        asked_on = timezone.localdate(move.opened_at)
        if workdays.working_days_between(asked_on, day) > term:
            count += Move.objects.filter(pk=move.pk, told_at__isnull=True).update(told_at=timezone.now())
    return count


def _each(move: Move, state: str, step: Any) -> bool:
    with transaction.atomic():
        row = locked(move)
        if row.state != state:
            return False
        step(row)
        return True


def open_cases() -> list[str]:
    """Gives the numbers of the cases for which another city is asked or has let somebody go."""
    waiting = Move.objects.filter(direction="in", state__in=("requested", "confirmed", "objected"))
    return list(waiting.order_by("id").values_list("case_number", flat=True))
