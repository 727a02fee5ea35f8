"""Handing ID cards over to the card maker in batches, and taking in what was made, lost or rejected.

An order is written down as an act before it leaves, so a card is never ordered without a trace. What
gets no answer is ordered again under the same number in the next round; the maker makes a number once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import msgspec
from django.utils import timezone

from anjia.exchange import signing
from anjia.exchange.query import Line
from anjia.exchange.source import line
from anjia.kernel import access, acts
from anjia.kernel.acts import Draft
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.registers import cards, history, operations, people, residing
from anjia.registers.card import MAKING, REVIEWED
from anjia.registers.carding import last_day

PATH = "/v1/card-orders"
BATCH = 100
SECONDS = 20.0
RULE = "I-04"
PURPOSE = "id-card"
KEYS = uuid.UUID("0c7b8c8e-6f0e-5b0e-8d9b-2f2a5f8f6a11")
FIELDS = ("name", "sex", "ethnicity", "birth_on", "address", "citizen_no", "portrait")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: cards ordered for the first time, made, rejected, and still without an answer."""

    ordered: int
    made: int
    rejected: int
    waiting: int


def hand_over(open_line: Callable[[], Line] = line, on: date | None = None) -> Round:
    """Orders every reviewed card and takes in the answers; safe to repeat and to run twice at once.

    A maker that is down leaves the cards `making`; the next round asks again.
    """
    today = on or timezone.localdate()
    digest = _digest(today)
    ordered = sum(_order(row, today, digest) for row in _all(REVIEWED))
    waiting = list(_all(MAKING))
    made = rejected = 0
    for start in range(0, len(waiting), BATCH):
        page = waiting[start : start + BATCH]
        answers = _send(open_line(), page, today)
        for row in page:
            answer = answers.get(row["number"], {})
            if answer.get("state") == "made" and answer.get("serial"):
                made += _act("receive-card", row, today, digest, serial=str(answer["serial"]))
            elif answer.get("state") == "rejected":
                rejected += _act("reject-card", row, today, digest, reason=str(answer.get("reason", "")))
    return Round(ordered, made, rejected, len(waiting) - made - rejected)


def _all(state: str) -> Iterable[dict[str, Any]]:
    after = 0
    while page := cards.waiting(state, after=after):
        yield from page
        after = page[-1]["id"]


def _order(row: Mapping[str, Any], on: date, digest: str) -> bool:
    return _act("make-card", row, on, digest, batch=f"{on:%Y%m%d}")


def _act(do: str, row: Mapping[str, Any], on: date, digest: str, **arguments: str) -> bool:
    """Does one step of a card as an act of its own; the same step of the same entry is done once."""
    given = {"person": row["subject"], "number": row["number"], **arguments}
    ready = operations.prepare(do, given, on=on)
    draft = Draft(
        key=uuid.uuid5(KEYS, f"{do}:{row['id']}"), event="CARD_MAKE", definition=digest, actor=None,
        subjects=ready.subjects, effective_on=on, reason=f"制证 / card making: {do}",
        evidence={"number": row["number"], **arguments}, decide=ready.decide, reads=ready.reads,
    )  # fmt: skip
    try:
        return not acts.commit(draft).replayed
    except AnjiaError as error:
        # Another round, or an officer, was faster.
        if error.code not in ("card-state", "card-missing", "act-conflict"):
            raise
        return False


def _send(to: Line, rows: Sequence[Mapping[str, Any]], on: date) -> dict[str, dict[str, Any]]:
    """Gives the maker's answers by number; nothing when it cannot be reached or understood."""
    for row in rows:
        access.record(
            actor=None, subject=row["subject"], register="card_order", fields=FIELDS, purpose=PURPOSE,
            ground="制作居民身份证 / making the ID card", case_number="",
        )  # fmt: skip
    body = msgspec.json.encode({"batch": f"{on:%Y%m%d}-{rows[0]['number']}", "cards": [_face(row) for row in rows]})
    headers = signing.headers(token=to.token, secret=to.secret, path=PATH, body=body, at=to.now())
    try:
        response = to.client.post(f"{to.base_url}{PATH}", content=body, headers=headers, timeout=SECONDS)
        content = msgspec.json.decode(response.content) if response.status_code == httpx.codes.OK else {}
        return {str(one["number"]): one for one in content.get("cards", ())}
    except (httpx.HTTPError, msgspec.DecodeError, AttributeError, KeyError, TypeError):
        return {}


def _face(row: Mapping[str, Any]) -> dict[str, str]:
    """Gives what is printed on a card (居民身份证法 Art. 3); no picture leaves, only its reference."""
    today, now = timezone.localdate(), timezone.now()
    who = history.person(row["subject"], today, now)
    home = history.household_of(row["subject"], today, now)
    stay = None if home else residing.stay_of(row["subject"], today, now)
    until = last_day(row["signed_on"], row["years"])
    return {
        "number": row["number"], "name": who.name, "sex": who.sex, "ethnicity": who.ethnicity,
        "birth_on": who.birth_on.isoformat(), "citizen_no": people.number_of(row["subject"], None) or "",
        "address": home.address if home else stay["home_address"] if stay else "", "portrait": row["portrait"],
        "signed_on": row["signed_on"].isoformat(), "valid_until": until.isoformat() if until else "long",
    }  # fmt: skip


def _digest(on: date) -> str:
    rule = publishing.in_force().find("rule", RULE, on)
    return rule.digest if rule is not None else "0" * 64
