"""What every step of a move between cities shares: its act, the city's terms, the errors of its state."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from anjia.exchange.models import Move
from anjia.kernel import acts
from anjia.kernel.acts import Committed, Draft
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.registers.operations import Prepared


def parameter(name: str, default: Any) -> Any:
    """Gives a parameter of the city as it holds today."""
    return publishing.in_force().parameters(timezone.localdate()).get(name, default)


def locked(move: Move) -> Move:
    """Gives a move as it is now, locked to the end of the caller's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a move is locked inside a transaction")
    return Move.objects.select_for_update(of=("self",)).get(pk=move.pk)


def commit(move: Move, step: str, ready: Prepared, event: str, officer: Actor | None, part: str = "") -> Committed:
    """Does an operation of a move as one act; a step has one key for ever, so that it is done once.

    Args:
        officer: who answers for it; None for what follows from the other city's word alone.
    """
    partner = publishing.in_force().get("partner", move.partner)
    words = partner.spec.name.zh
    draft = Draft(
        key=uuid.uuid5(move.uid, f"{step}/{part}"),
        event=event,
        definition=partner.digest,
        actor=officer.pk if officer else None,
        subjects=ready.subjects,
        effective_on=ready.on,
        reason=f"跨市迁移（{words}）",
        evidence={"move": str(move.uid), "partner": move.partner, "step": step, "case": move.case_number},
        decide=ready.decide,
        reads=ready.reads,
        new_subjects=ready.new_subjects,
        case_number=move.case_number,
        station=move.station,
    )
    return acts.commit(draft)


def over() -> AnjiaError:
    """Gives the error for a step that is not due any more."""
    return AnjiaError(
        "move-over", "这件迁移已经答复或结束", "This move has been answered or is over",
        ("请刷新页面查看", "Reload the page"), status=409,
    )  # fmt: skip


def unknown() -> AnjiaError:
    """Gives the error for a move that is not there, or not this city's."""
    return AnjiaError(
        "move-unknown", "没有这件迁移", "There is no such move",
        ("请核对迁移编号", "Check the number of the move"), status=404,
    )  # fmt: skip
