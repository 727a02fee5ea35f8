"""Letters of other cities: each goes to the step that it is about, under the lock of its move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from anjia.exchange import coming, leaving, letters
from anjia.exchange.letters import Envelope, Reply
from anjia.exchange.models import Move
from anjia.exchange.partners import Partner
from anjia.exchange.steps import locked, unknown

STEPS: Mapping[str, tuple[str, Callable[[Move, Any], None]]] = {
    "registered": ("out", leaving.registered),
    "withdraw": ("out", leaving.withdrawn),
    "confirm": ("in", coming.confirmed),
    "object": ("in", coming.objected),
    "closed": ("in", coming.closed),
    "inquire": ("in", coming.inquired),
}
"""Kind of letter → direction of the moves that it may be about, and the step."""

ANSWERS = {"out": ("closed", "object", "confirm"), "in": ("withdraw", "registered")}
"""Our letters that answer, the last word first."""


def take(partner: Partner, content: bytes) -> Reply:
    """Takes in a letter of another city and gives our last word about the move at once.

    A letter that came before does nothing again and is answered the same.

    Raises:
        AnjiaError: `letter-malformed`, `move-unknown`, `ground-refused`, or what the step refuses;
            then nothing was taken in, and the other city sends it again.
    """
    envelope, body = letters.read(content)
    if envelope.kind == "request":
        leaving.requested(partner, envelope.move, body)
    else:
        receive(partner.spec.id, envelope, body)
    return _reply(Move.objects.get(uid=envelope.move))


def receive(partner: str, envelope: Envelope, body: Any) -> None:
    """Takes in a letter that is no request, from its own call or from the answer to one of ours."""
    direction, step = STEPS.get(envelope.kind, ("", None))
    found = Move.objects.filter(uid=envelope.move, partner=partner, direction=direction).first()
    if found is None or step is None:
        raise unknown()
    with transaction.atomic():
        step(locked(found), body)


def _reply(move: Move) -> Reply:
    for kind in ANSWERS[move.direction]:
        letter = letters.find(move, kind, sent=True)
        if letter is not None and not _outdated(move, kind):
            return Reply(move.uid, move.state, letters.envelope_of(letter))
    return Reply(move.uid, move.state)


def _outdated(move: Move, kind: str) -> bool:
    # After the other city withdrew, our word to let go holds no more.
    return move.state == "withdrawn" and kind in ("confirm", "object")
