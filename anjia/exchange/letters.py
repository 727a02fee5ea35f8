"""The letters that two cities write each other about a move: their shapes, and how they are kept.

`request`, `registered` and `withdraw` come from the city to which the person moves; `confirm`,
`object`, `closed` and `inquire` from the one that is left. Each is repeated until the other city has
answered that it has it, and does nothing the second time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from django.utils import timezone

from anjia.exchange.models import Letter, Move
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.registers.arrival import MOST, Handover

TABLE = "exchange_letter"
Line = Annotated[str, msgspec.Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Kind = Literal["request", "confirm", "object", "registered", "closed", "withdraw", "inquire"]

GROUNDS = ("person-not-found", "status-closed", "supervised", "identity-conflict", "duplicate-check")
"""The only grounds on which a city may object (register notes, section 6); never land, family planning,
unpaid fees or the refusal of an old employer."""

FROM_DESTINATION = ("request", "registered", "withdraw")


class Named(msgspec.Struct, frozen=True):
    """A person as the asking city names them."""

    number: Line
    name: Line


class Request(msgspec.Struct, frozen=True):
    """Who is to be let go, the applicant first, whereto and why."""

    persons: Annotated[tuple[Named, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    destination: Line
    reason: Line = ""


class Confirm(msgspec.Struct, frozen=True):
    """The place left lets go: what its register says, held until the end of a day."""

    handover: Handover
    valid_until: date


class Objection(msgspec.Struct, frozen=True):
    """The place left does not let go."""

    ground: Line
    note: Line = ""


class Registered(msgspec.Struct, frozen=True):
    """The persons are registered at the new place since a day."""

    on: date
    address: Line = ""


class Plain(msgspec.Struct, frozen=True):
    """A letter whose kind says all; `note` is for people."""

    note: Line = ""


BODIES: Mapping[str, type] = {
    "request": Request, "confirm": Confirm, "object": Objection, "registered": Registered, "closed": Plain,
    "withdraw": Plain, "inquire": Plain,
}  # fmt: skip


class Envelope(msgspec.Struct, frozen=True):
    """A letter on the wire."""

    letter: uuid.UUID
    move: uuid.UUID
    kind: Kind
    at: datetime
    body: dict[str, Any]


class Reply(msgspec.Struct, frozen=True):
    """What the receiver says at once: how far the move is there, and its own last letter about it."""

    move: uuid.UUID
    state: str
    answer: Envelope | None = None


def read(content: bytes) -> tuple[Envelope, Any]:
    """Gives a letter and its body.

    Raises:
        AnjiaError: `letter-malformed` (400); `ground-refused` (422) for an objection on another ground.
    """
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(error) from error
    return envelope, body_in(envelope)


def body_in(envelope: Envelope) -> Any:
    """Gives the body of a letter by its kind.

    Raises:
        AnjiaError: `letter-malformed` (400); `ground-refused` (422).
    """
    try:
        body = msgspec.convert(envelope.body, BODIES[envelope.kind])
    except msgspec.ValidationError as error:
        raise malformed(error) from error
    if isinstance(body, Objection) and body.ground not in GROUNDS:
        raise AnjiaError(
            "ground-refused",
            "不能以此为由不同意迁出；法定理由以外不设前置条件",
            "A move out cannot be objected to on this ground",
            ("只能用列出的理由", f"Use one of {', '.join(GROUNDS)}"),
            status=422,
        )
    return body


def reply_of(content: bytes) -> Reply:
    """Gives the reply that came with an answered call.

    Raises:
        AnjiaError: `letter-malformed` (400).
    """
    try:
        return msgspec.json.decode(content, type=Reply)
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(error) from error


def keep(move: Move, kind: str, body: Any, *, sent: bool, uid: uuid.UUID | None = None) -> tuple[Letter, bool]:
    """Stores a letter, once for each kind and direction, and says whether it is new."""
    ident = uid or uuid.uuid5(move.uid, f"{kind}:{'sent' if sent else 'received'}")
    now = timezone.now()
    return Letter.objects.get_or_create(
        move=move,
        sent=sent,
        kind=kind,
        defaults={
            "uid": ident,
            "sealed": vault().lock(msgspec.json.encode(body), TABLE, ident),
            "at": now,
            "next_at": now if sent else None,
        },
    )


def body_of(letter: Letter) -> Any:
    """Gives the body of a stored letter."""
    content = vault().unlock(letter.sealed, TABLE, letter.uid)
    return msgspec.json.decode(content, type=BODIES[letter.kind])


def envelope_of(letter: Letter) -> Envelope:
    """Gives a stored letter as it goes on the wire."""
    content = json.loads(vault().unlock(letter.sealed, TABLE, letter.uid))
    return Envelope(letter.uid, letter.move.uid, letter.kind, letter.at, content)  # type: ignore[arg-type]


def find(move: Move, kind: str, *, sent: bool) -> Letter | None:
    """Gives the letter of a kind, None when there is none yet."""
    return move.letters.filter(kind=kind, sent=sent).first()


def malformed(error: Exception) -> AnjiaError:
    """Gives the error for a letter that cannot be read; it names the place, never the value."""
    where = str(error).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(error) else "$"
    return AnjiaError(
        "letter-malformed", f"来函格式不对（{where}）", f"The letter cannot be read ({where})",
        ("请按交换规范补正后重发", "Correct it and send it again"), status=400, where=where,
    )  # fmt: skip
