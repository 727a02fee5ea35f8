"""Sending letters: queued with the step that causes them, tried again until the other city has them."""

from __future__ import annotations

import functools
import logging
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from django.utils import timezone

from anjia.exchange import letters, partners, signing
from anjia.exchange.models import Letter, Move
from anjia.exchange.transport import open_client
from anjia.kernel import acts, effects
from anjia.kernel.effects import effect
from anjia.kernel.errors import AnjiaError

Receiver = Callable[[str, letters.Envelope, Any], Any]
_receivers: list[Receiver] = []

EFFECT = "send-letter"
SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 5, 600
"""Seconds before a letter is tried again: doubled with each failure, up to the longest."""

log = logging.getLogger(__name__)


@functools.cache
def client() -> httpx.Client:
    """Gives the process's connections to other cities."""
    return open_client()


def queue(move: Move, kind: str, body: Any) -> Letter:
    """Puts a letter into the outbox in the caller's transaction; a letter that is there goes out again."""
    letter, is_new = letters.keep(move, kind, body, sent=True)
    if not is_new:
        Letter.objects.filter(pk=letter.pk).update(delivered_at=None, next_at=timezone.now())
    defer(EFFECT, lock=f"letter:{letter.uid}", letter=str(letter.uid))
    return letter


def defer(name: str, *, lock: str | None = None, **args: Any) -> None:
    """Queues an effect outside an act, in the caller's transaction."""
    acts.defer(effects.job(name, lock=lock, **args))


def send(uid: uuid.UUID | str) -> bool:
    """Tries to deliver one letter now and takes in what the other city answers; gives whether it has it.

    A failure is noted and tried again by `send_due`; it never raises for a silent city.
    """
    letter = Letter.objects.select_related("move").get(uid=uid, sent=True)
    if letter.delivered_at is not None:
        return True
    try:
        reply = _post(letter)
    except AnjiaError as error:
        return _failed(letter, error.code)
    except httpx.HTTPError as error:
        return _failed(letter, type(error).__name__)
    Letter.objects.filter(pk=letter.pk).update(delivered_at=timezone.now(), next_at=None, failure="")
    _answered(letter.move, reply)
    return True


def send_due(*, limit: int = 100) -> int:
    """Tries every letter that is due again and gives how many were delivered."""
    due = Letter.objects.filter(sent=True, delivered_at__isnull=True, next_at__lte=timezone.now())
    return sum(send(uid) for uid in due.order_by("next_at", "id").values_list("uid", flat=True)[:limit])


def declare(receiver: Receiver) -> None:
    """Registers the handler of the effect `send-letter` and who takes in what other cities answer."""
    effect(EFFECT)(_send)
    if receiver not in _receivers:
        _receivers.append(receiver)


def _send(*, letter: str, **_: Any) -> None:
    send(letter)


def _post(letter: Letter) -> letters.Reply:
    partner = partners.get(letter.move.partner)
    url = httpx.URL(partner.url)
    body = msgspec.json.encode(letters.envelope_of(letter))
    head = signing.headers(
        token=partner.token, secret=partner.secret, path=url.path, body=body, at=datetime.now(UTC)
    )
    response = client().post(
        url,
        content=body,
        headers={
            **head, partners.CITY: partners.own_id(), "Content-Type": "application/json", "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        timeout=SECONDS,
        extensions={"deadline": time.monotonic() + SECONDS},
    )  # fmt: skip
    if response.status_code != 200:
        raise AnjiaError(
            f"status-{response.status_code}", "对方没有收下来函", "The other city did not take the letter",
            ("会再次发送", "It is sent again"), status=502,
        )  # fmt: skip
    reply = letters.reply_of(response.content)
    if reply.move != letter.move.uid:
        raise letters.malformed(ValueError("move"))
    return reply


def _failed(letter: Letter, reason: str) -> bool:
    pause = min(FIRST_PAUSE * 2**letter.tries, LONGEST_PAUSE)
    Letter.objects.filter(pk=letter.pk).update(
        tries=letter.tries + 1, failure=reason[:100], next_at=timezone.now() + timedelta(seconds=pause)
    )
    log.info("letter %s of move %s not delivered: %s", letter.kind, letter.move.uid, reason)
    return False


def _answered(move: Move, reply: letters.Reply) -> None:
    """Takes in the other city's last letter, as if it had come by itself."""
    if reply.answer is None:
        return
    try:
        body = letters.body_in(reply.answer)
        for receive in _receivers:
            receive(move.partner, reply.answer, body)
    except AnjiaError as error:
        log.warning("answer about move %s not taken: %s", move.uid, error)
