"""What an officer does with an ID card at the desk, outside any case: an act in the officer's own name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from anjia.casework import keeping
from anjia.channels.ui import texts
from anjia.kernel import grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import operations
from anjia.registers.card import ACCEPTED, CARD, EXPIRED, LOST, READY, UNDER_WAY, VALID
from anjia.registers.cards import CardView
from anjia.registers.preview import preview

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that is done with a card.

    Attributes:
        do: operation of the register; `action`: the grant's action that it needs.
        states: states of the cards that it is done with; empty when it makes a card.
        reasons: how it came about, one of which is chosen; empty where it is told in words.
    """

    do: str
    action: str
    event: str
    states: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


DEEDS = (
    Deed("deliver-card", "deliver", "CARD_DELIVER", (READY,), ("self", "guardian", "kin")),
    Deed("review-card", "review", "CARD_REVIEW", (ACCEPTED,)),
    Deed("issue-temporary-card", "issue", "CARD_TEMP"),
    Deed("lose-card", "report", "CARD_LOSS", (VALID,), ("window", "phone")),
    Deed("withdraw-card", "withdraw", "CARD_WITHDRAW", (*UNDER_WAY, VALID, EXPIRED, LOST)),
)
NAMED = {one.do: one for one in DEEDS}


def of_person(allowed: Allowed, person: int, held: Sequence[CardView]) -> list[SimpleNamespace]:
    """Gives everything that is done with cards: its form, or why it cannot be done now.

    Args:
        held: the person's cards today.
    """
    return [_deed(one, allowed, person, held) for one in DEEDS]


def do(allowed: Allowed, name: str, person: int, posted: Mapping[str, str], *, key: uuid.UUID, division: str) -> None:
    """Does one thing with a card as an act of the officer; the same key does it once.

    Args:
        allowed: what shows the officer the person's cards.
        division: under which the officer reaches the person.

    Raises:
        AnjiaError: `deed-unknown` (404), `grant-…` (403), `reason-missing` (422), or what the operation refuses.
    """
    deed = NAMED.get(name)
    if deed is None:
        raise AnjiaError(
            "deed-unknown", "没有这样的身份证业务", "There is no such thing to do with a card",
            ("请从此人的身份证页面进入", "Start from the person's cards"), status=404,
        )  # fmt: skip
    may = grants.require(allowed.actor, "card", deed.action, allowed.purpose)
    number = posted.get(f"number-{name}", "")[:LIMIT]
    keeping.keep(
        may, deed.do, _arguments(deed, person, number, _reason(deed, posted)), event=deed.event,
        key=uuid.uuid5(key, deed.do), reason=_reason(deed, posted), division=division,
    )  # fmt: skip


def _deed(deed: Deed, allowed: Allowed, person: int, held: Sequence[CardView]) -> SimpleNamespace:
    fits = [one for one in held if one.state in deed.states and (deed.do != "lose-card" or one.kind == CARD)]
    open_ = next((one.number for one in held if one.state in UNDER_WAY), "")
    chosen = fits[0].number if fits else open_ if set(deed.states) <= set(UNDER_WAY) else ""
    return SimpleNamespace(
        do=deed.do, title=_t(f"d_{deed.do}"), lead=_t(f"l_{deed.do}"), go=_t(f"g_{deed.do}"),
        is_final=deed.do in ("lose-card", "withdraw-card"), refusal=_refusal(deed, person, chosen),
        may=grants.find(allowed.actor, "card", deed.action, allowed.purpose) is not None,
        number=chosen if deed.states else "", numbers=[_choice(one) for one in fits] if len(fits) > 1 else [],
        reasons=[{"value": one, "label": _t(f"r_{one}"), "hint": ""} for one in deed.reasons],
    )  # fmt: skip


def _refusal(deed: Deed, person: int, number: str) -> AnjiaError | None:
    """Gives why the operation would be refused now, None when it would be done; nothing is written."""
    try:
        given = _arguments(deed, person, number, "?")
        preview(operations.prepare(deed.do, given, on=timezone.localdate()))
    except AnjiaError as error:
        return error
    return None


def _arguments(deed: Deed, person: int, number: str, reason: str) -> dict[str, Any]:
    given = {"person": person, "number": number, "reason": reason}
    return {name: value for name, value in given.items() if name in operations.arguments(deed.do)}


def _reason(deed: Deed, posted: Mapping[str, str]) -> str:
    said = posted.get(f"reason-{deed.do}", "").strip()[:LIMIT]
    if not deed.reasons:
        return said
    entry = texts.find("counter", f"cards.r_{said}") if said in deed.reasons else None
    return f"{entry['zh']} / {entry['en']}" if entry else ""


def _choice(one: CardView) -> dict[str, str]:
    kind = texts.text("ui", f"entry_card.kind_{one.kind}")
    return {"value": one.number, "label": f"{kind} {one.number} · {_t(f's_{one.state}')}", "hint": ""}


def _t(key: str, **parts: Any) -> str:
    return texts.text("counter", f"cards.{key}", **parts)
