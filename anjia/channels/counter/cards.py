"""What the desk shows of ID cards: those of a person with what can be done now, and those under way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from anjia.casework import offers
from anjia.casework.offers import Offer
from anjia.channels.counter import deeds, desk, personal
from anjia.channels.counter.times import Times
from anjia.channels.ui import dates, masking, telling, texts
from anjia.kernel import access, grants
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import cards, divisions, history, people
from anjia.registers.card import ACCEPTED, MAKING, READY, REVIEWED, UNDER_WAY, VALID
from anjia.registers.cards import CardView

PAGE = 50
LIMIT = 200
AHEAD = timedelta(days=90)
SHOWS: dict[str, tuple[str, ...]] = {
    "accepted": (ACCEPTED, REVIEWED), "making": (MAKING,), "ready": (READY,),
    "overdue": (ACCEPTED, REVIEWED, MAKING), "expiring": (),
}  # fmt: skip
"""The lists of the station's cards and the states that they hold."""

PATH = (ACCEPTED, REVIEWED, MAKING, READY, VALID)
TONES = {"valid": "green", "lost": "red", "expired": "gold", "withdrawn": "plain", "ready": "gold"}
FIELDS = ("number", "kind", "state", "valid_until")


def listed(allowed: Allowed, *, show: str, after: str) -> dict[str, Any]:
    """Gives one list of the cards of the officer's area, those waiting longest first; the look is recorded.

    Args:
        show: one of `SHOWS`.
        after: `day_id` of the last row of the page before.
    """
    today, key = timezone.localdate(), desk.row_key(after)
    begin = (key[0], key[1]) if key and key[0] else None
    if show == "expiring":
        found = cards.expiring(allowed, today + AHEAD, after=begin, limit=PAGE)
    else:
        until = _late(today) if show == "overdue" else date.max
        found = cards.under_way(allowed, SHOWS[show], until=until, after=begin, limit=PAGE)
    access.look(
        allowed, None, register="card", fields=("name", *FIELDS), outcome=f"{len(found)} rows",
        ground=f"身份证列表 / list of ID cards: {show}",
    )  # fmt: skip
    last = found[-1] if len(found) == PAGE else None
    day = "valid_until" if show == "expiring" else "accepted_on"
    return {
        "show": show, "shows": list(SHOWS), "rows": [_row(one, today) for one in found],
        "next": f"{last[day]}_{last['id']}" if last else "",
    }  # fmt: skip


def person(
    allowed: Allowed, subject: int, times: Times, *, refused: AnjiaError | None = None, item: str = ""
) -> dict[str, Any]:
    """Gives a person's cards on a day as known at a moment, and what can be done now; the look is recorded.

    Args:
        refused: why what was just asked was not done; `item` the service that was asked for.

    Raises:
        AnjiaError: `person-unknown` (404) for a person whom the area does not reach.
    """
    require(allowed, subject, times)
    held = cards.cards(subject, times.on, times.moment)
    changes = [one for one in history.timeline(subject, times.moment) if one.register == "card"]
    is_now = times.known_at is None and times.on == timezone.localdate()
    offered = offers.of_person(subject, allowed.purpose, actor=allowed.actor.pk) if is_now else []
    return {
        "section": "cards", "subject": subject, "times": times, "name": masking.name(people.name_of(subject)),
        "marks": desk.marks(changes), "cards": [_card(one, times.on) for one in held],
        "timeline": list(telling.lines(changes, masked=True)), "refused": refused, "key": uuid.uuid4(),
        "refused_case": next((one.open.number for one in offered if one.open and one.item.id == item), ""),
        "offers": [_offer(one, allowed) for one in offered],
        "deeds": deeds.of_person(allowed, subject, held) if is_now else [], "is_now": is_now,
    }  # fmt: skip


def require(allowed: Allowed, subject: int, times: Times) -> str:
    """Gives the division under which the officer reaches a person's cards, and records the look.

    Raises:
        AnjiaError: `person-unknown` (404).
    """
    held = cards.cards(subject, times.on, times.moment)
    places = [*personal.belongs(subject, times), *(one.division for one in held)]
    found = next((one for one in places if one and allowed.covers(division=one, subject=subject)), None)
    if found is None:
        raise personal.unknown()
    access.look(allowed, subject, register="card", fields=FIELDS, ground="身份证登记 / register of ID cards")
    return found


def reader(actor: Any) -> Allowed:
    """Gives what shows an officer the cards of the area.

    Raises:
        AnjiaError: `grant-missing` (403).
    """
    return grants.require(actor, *desk.PLACES["cards"])


def answers(item: str, posted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Gives what was typed into the form of a service, topic by topic.

    Raises:
        AnjiaError: `definition-unknown` (404).
    """
    spec = publishing.in_force().get("item", item, timezone.localdate()).spec
    return {
        topic.id: {one.id: posted.get(f"{item}-{one.id}", "")[:LIMIT] for one in topic.field} for topic in spec.topic
    }


def _row(row: dict[str, Any], today: date) -> SimpleNamespace:
    state = row.get("state") or (cards.state_on({"state": VALID, **row}, today))
    due = row["valid_until"] if "valid_until" in row else _due(row["accepted_on"])
    return SimpleNamespace(
        subject=row["subject"], name=masking.name(row["name"]), number=row["number"], state=_t(f"s_{state}"),
        tone=TONES.get(state, "blue"), purpose=_t(f"p_{row['purpose']}") if "purpose" in row else "",
        accepted_on=row.get("accepted_on"), since=row.get("state_since"), due_on=due if state != READY else None,
        days=(due - today).days if due else 0, note=row.get("note", ""),
        area=divisions.name(f"{row['division'][:9]}000", today),
    )  # fmt: skip


def _card(one: CardView, on: date) -> SimpleNamespace:
    is_open = one.state in UNDER_WAY
    due = _due(one.accepted_on) if is_open and one.state != READY else None
    return SimpleNamespace(
        number=one.number, title=telling.value("card", "kind", one.kind), state=_t(f"s_{one.state}"),
        tone=TONES.get(one.state, "blue"), facts=_facts(one), steps=_steps(one) if is_open else [],
        due_on=due, days=(due - on).days if due else 0, returned=one.note if one.state == ACCEPTED else "",
    )  # fmt: skip


def _facts(one: CardView) -> list[tuple[str, str]]:
    until = dates.day(one.valid_until) or (_t("long") if one.signed_on and one.years is None else "")
    said = [
        ("number", one.number), ("purpose", _t(f"p_{one.purpose}")), ("accepted", dates.day(one.accepted_on)),
        ("signed", dates.day(one.signed_on)), ("serial", one.serial), ("until", until),
        ("since", dates.day(one.state_since)), ("station", divisions.name(one.station)),
    ]  # fmt: skip
    return [(_t(f"f_{name}"), words) for name, words in said if words]


def _steps(one: CardView) -> list[dict[str, str]]:
    """Gives the way of a card to its owner, with the days that are known of it."""
    at = PATH.index(one.state)
    days = {ACCEPTED: one.accepted_on, MAKING: one.signed_on, one.state: one.state_since}
    return [
        {
            "label": _t(f"w_{state}"), "state": "done" if place < at else "now" if place == at else "next",
            "note": dates.month(day) if place <= at and (day := days.get(state)) else "",
        }
        for place, state in enumerate(PATH)
    ]  # fmt: skip


def _offer(one: Offer, allowed: Allowed) -> SimpleNamespace:
    may = all(
        grants.find(allowed.actor, "case", action, allowed.purpose) for action in ("open", "submit", one.step.action)
    )
    fields = [field for topic in one.item.topic for field in topic.field]
    return SimpleNamespace(
        item=one.item, open=one.open, refusing=one.refusing, refusal=one.refusal, barred=one.is_barred,
        from_on=one.judged.from_on if one.refusing else None,
        may=may, step=one.step.title, fields=fields, outcomes=_outcomes(one),
        checks=[{"value": ident, "label": _check(ident), "hint": ""} for ident in one.checks],
    )  # fmt: skip


def _outcomes(one: Offer) -> list[dict[str, str]]:
    return [
        {"value": outcome.id, "label": texts.words(outcome.title), "hint": ""}
        for outcome in one.item.outcome if one.judged.outcomes[outcome.id] != "no"
    ]  # fmt: skip


def _check(ident: str) -> str:
    found = publishing.in_force().find("fact", ident, timezone.localdate())
    return texts.words(found.spec.label) if found else ident


def _term() -> timedelta | None:
    days = publishing.in_force().parameters(timezone.localdate()).get("card_issue_days")
    return None if days is None else timedelta(days=int(days))


def _due(accepted_on: date) -> date | None:
    term = _term()
    return None if term is None else accepted_on + term


def _late(today: date) -> date:
    """Gives the last day of acceptance whose term is over; no day where the city declares no term."""
    term = _term()
    return date.min if term is None else today - term - timedelta(days=1)


def _t(key: str, **parts: Any) -> str:
    return texts.text("counter", f"cards.{key}", **parts)
