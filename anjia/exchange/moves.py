"""The moves that an office sees: its list, and one move with its letters; every look is recorded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from anjia.exchange.models import WAITING, Letter, Move
from anjia.exchange.steps import unknown
from anjia.kernel import access
from anjia.kernel.grants import Allowed

SHOWN = ("uid", "person", "partner", "state", "letters")


def listed(
    allowed: Allowed, *, states: Sequence[str] = (*WAITING, "objected"), before: int | None = None, limit: int = 50
) -> list[Move]:
    """Gives the moves of the grant's area, those that are in progress by default, newest first.

    Args:
        before: id of the last row of the page before.
    """
    rows = Move.objects.filter(allowed.q(division="division", subject="person"), state__in=states)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[:limit])
    access.look(
        allowed, None, register="move", fields=("person", "partner", "state", "due_on"),
        ground="迁移列表 / list of moves", outcome=f"{len(found)} rows",
    )  # fmt: skip
    return found


def get(allowed: Allowed, uid: str) -> Move:
    """Gives one move that the grant shows and records the look.

    Raises:
        AnjiaError: `move-unknown` (404).
    """
    try:
        ident = uuid.UUID(uid)
    except ValueError as error:
        raise unknown() from error
    move = Move.objects.filter(allowed.q(division="division", subject="person"), uid=ident).first()
    if move is None:
        raise unknown()
    access.look(
        allowed, move.person, register="move", fields=SHOWN, ground="跨市迁移 / move between cities",
        case_number=move.case_number,
    )  # fmt: skip
    return move


def history(move: Move) -> list[Letter]:
    """Gives the letters of a move, oldest first."""
    return list(move.letters.order_by("at", "id"))
