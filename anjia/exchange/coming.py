"""Moves in: we ask the city that is left to let a person go, and register only after its word."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from anjia.exchange import letters, posting
from anjia.exchange.letters import Confirm, Named, Objection, Plain, Registered, Request
from anjia.exchange.models import Move
from anjia.exchange.steps import commit, locked, over, parameter
from anjia.kernel import workdays
from anjia.kernel.effects import effect
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import normalise
from anjia.registers import arrival, history, operations, papers

REGISTERED = "report-registered"
ARRIVED = "answer-arrived"
"""Effect that casework handles: another city has answered about a case."""


def find(case_number: str) -> Move | None:
    """Gives the move that counts for a case: the one under way, else the latest."""
    return Move.objects.filter(case_number=case_number, direction="in").order_by("-id").first()


def is_anew(move: Move) -> bool:
    """Says whether the other city was asked about this case before, by a move that is over."""
    return Move.objects.filter(case_number=move.case_number, direction="in", pk__lt=move.pk).exists()


def ask(
    case_number: str, partner: str, person: int, persons: list[tuple[str, str]], *, destination: str, reason: str,
    division: str,
) -> Move:  # fmt: skip
    """Asks the other city, once for a case: the move, its letter and the sending are one transaction.

    Args:
        persons: (number, name), the applicant first.
    """
    today = timezone.localdate()
    try:
        with transaction.atomic():
            move = Move.objects.create(
                direction="in", partner=partner, case_number=case_number, person=person, reason=reason[:100],
                destination=destination[:200], division=division, station=f"{division[:9]}000",
                opened_at=timezone.now(), due_on=_due(today),
            )  # fmt: skip
            body = Request(tuple(Named(normalise(number), name) for number, name in persons), destination, reason)
            posting.queue(move, "request", body)
    except IntegrityError:
        # Two refreshes of one case at once: the other one has asked.
        found = find(case_number)
        if found is None:
            raise
        return found
    return move


def ask_again(move: Move) -> Move:
    """Asks anew after an objection that may have been met: a new move, since an answer is not taken back.

    Raises:
        AnjiaError: `move-over` (409) for a move that was not objected to.
    """
    with transaction.atomic():
        row = locked(move)
        if row.direction != "in" or row.state != "objected":
            raise over()
        asked = letters.find(row, "request", sent=True)
        assert asked is not None
        row.state, row.closed_at = "withdrawn", timezone.now()
        row.save()
        posting.queue(row, "withdraw", Plain("asked anew"))
        body = letters.body_of(asked)
        assert row.person is not None
        return ask(
            row.case_number, row.partner, row.person, [(one.number, one.name) for one in body.persons],
            destination=row.destination, reason=row.reason, division=row.division,
        )  # fmt: skip


def confirmed(move: Move, body: Confirm) -> None:
    """Takes in that the other city lets go: its word is kept as an electronic paper, used up by the move.

    Raises:
        AnjiaError: `handover-malformed`, `number-mismatch` (422) when it speaks of others than we asked for.
    """
    if move.state not in ("requested", "objected"):
        return
    arrival.checked(body.handover)
    asked = letters.find(move, "request", sent=True)
    assert asked is not None
    wanted = [one.number for one in letters.body_of(asked).persons]
    if [one.citizen_no for one in body.handover.persons] != wanted:
        raise _others()
    letters.keep(move, "confirm", body, sent=False)
    given = {
        "person": move.person, "kind": "release", "number": str(move.uid), "issuer": move.partner,
        "valid_until": body.valid_until, "content": msgspec.json.encode(body.handover).decode(),
    }  # fmt: skip
    commit(move, "confirm", operations.prepare("issue-paper", given, on=timezone.localdate()), "MOVE_RELEASED", None)
    move.state, move.valid_until, move.answered_at, move.due_on = (
        "confirmed", body.valid_until, timezone.now(), body.valid_until,
    )  # fmt: skip
    move.ground, move.note = "", ""
    move.save()
    _tell(move)


def objected(move: Move, body: Objection) -> None:
    """Takes in an objection; the case learns the ground."""
    if move.state != "requested":
        return
    letters.keep(move, "object", body, sent=False)
    move.state, move.ground, move.note = "objected", body.ground, body.note[:300]
    move.answered_at, move.due_on = timezone.now(), None
    move.save()
    _tell(move)


def closed(move: Move, body: Plain) -> None:
    """Takes in that the registration at the place left is closed: the move is done."""
    if move.state != "registered":
        return
    letters.keep(move, "closed", body, sent=False)
    move.state, move.closed_at, move.due_on = "closed", timezone.now(), None
    move.save()


def inquired(move: Move, body: Plain) -> None:
    """Answers the place left that wants to know what became of its word, after its last day.

    Registered: it is told again. Not registered: the paper is void from now on, so that it cannot be
    used later, and the place left may set the persons free.
    """
    letters.keep(move, "inquire", body, sent=False)
    if move.state in ("registered", "closed"):
        report(move)
    elif move.state == "confirmed":
        end(move, "expired", "expired")


def end(move: Move, state: str, why: str) -> None:
    """Ends a move that led to no registration: voids the paper and tells the other city.

    Raises:
        AnjiaError: `paper-ended` (409) when the registration was quicker.
    """
    paper = papers.find_live("release", move.person) if move.person else None
    if paper is not None and paper["number"] == str(move.uid):
        given = {"kind": "release", "number": str(move.uid), "issuer": move.partner, "note": why}
        commit(move, "end", operations.prepare("void-paper", given, on=timezone.localdate()), "MOVE_ENDED", None)
    move.state, move.closed_at, move.due_on = state, timezone.now(), None
    move.save()
    posting.queue(move, "withdraw", Plain(why))
    _tell(move)


def withdraw(case_number: str) -> None:
    """Ends the move of a case that was closed without a registration."""
    with transaction.atomic():
        found = find(case_number)
        if found is None:
            return
        move = locked(found)
        if move.state in ("requested", "confirmed", "objected"):
            end(move, "withdrawn", "case closed")


def report(move: Move) -> None:
    """Tells the other city, again and again until it has closed its side, that the persons are registered here."""
    home = history.household_of(move.person, timezone.localdate(), timezone.now()) if move.person else None
    posting.queue(move, "registered", Registered(timezone.localdate(), home.address[:200] if home else ""))


def declare() -> None:
    """Registers the handler of the effect `report-registered`, which an item names."""
    effect(REGISTERED)(_report_registered)


def _report_registered(*, act_id: int, case_number: str, **_: Any) -> None:
    with transaction.atomic():
        found = find(case_number)
        if found is None:
            return
        move = locked(found)
        if move.state == "confirmed":
            move.state, move.act_id = "registered", act_id
            move.due_on = _due(timezone.localdate())
            move.save()
        if move.state == "registered":
            report(move)


def _due(today: Any) -> Any:
    return workdays.add_working_days(today, int(parameter("move_answer_working_days", 3)))


def _tell(move: Move) -> None:
    posting.defer(ARRIVED, lock=f"case:{move.case_number}:answer", case_number=move.case_number, state=move.state)


def _others() -> AnjiaError:
    return AnjiaError(
        "handover-malformed",
        "对方同意迁出的人与本市所询的人不一致",
        "The persons whom the other city lets go are not those asked for",
        ("请对方核对后重发", "The other city compares and sends again"),
        status=422,
    )
