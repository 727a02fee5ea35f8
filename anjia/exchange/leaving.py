"""Moves out: another city asks us to let a person go; we hold the person for it until its word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from anjia.exchange import letters, posting, telling
from anjia.exchange.letters import Confirm, Objection, Plain, Registered, Request
from anjia.exchange.models import Move, Mover
from anjia.exchange.partners import Partner
from anjia.exchange.steps import commit, locked, over, parameter, unknown
from anjia.kernel import workdays
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import years_between
from anjia.kernel.models import Actor
from anjia.registers import history, operations, papers, people
from anjia.rules import ports
from anjia.rules.ports import FactRequest

PURPOSE = "settlement"
BAR, APPROVED = "person.supervised", "person.move_approved"
UNSETTLED = "check-unsettled"
"""Finding: whether the person may leave could not be asked; an officer settles it."""


def requested(partner: Partner, uid: Any, body: Request) -> Move:
    """Takes in a request: finds the persons, checks what could bar them, and makes it the station's task.

    Whom the register does not know is answered at once, for no station could say more. Where nothing
    bars and the city wants it so (`move_out_automatic`), it is confirmed at once too.
    """
    with transaction.atomic():
        move, is_new = Move.objects.get_or_create(uid=uid, defaults=_opened(partner, body))
        if (move.partner, move.direction) != (partner.spec.id, "out"):
            raise unknown()
        if not is_new:
            return move
        letters.keep(move, "request", body, sent=False)
        found = [people.find_by_number(one.number) for one in body.persons]
        for place, person in enumerate(dict.fromkeys(one for one in found if one is not None)):
            Mover.objects.create(move=move, place=place, person=person)
    check(move)
    if move.person is None:
        object_to(None, move, "person-not-found")
    elif not move.findings and parameter("move_out_automatic", False) and not members_left(move):
        confirm(None, move)
    return Move.objects.get(pk=move.pk)


def check(move: Move) -> list[str]:
    """Looks for what could bar the move and keeps the codes of what was found, first things first."""
    request = letters.find(move, "request", sent=False)
    assert request is not None
    found = list(dict.fromkeys(_found(move, letters.body_of(request))))
    Move.objects.filter(pk=move.pk).update(findings=found)
    move.findings = found
    return found


def confirm(officer: Actor | None, move: Move, *, new_head: int | None = None) -> Move:
    """Lets the persons go: holds them for the other city and writes what the register says of them.

    The registrations stay open until the other city writes that it has registered them.

    Raises:
        AnjiaError: `move-over` (409); `head-needed` (422); `move-barred` (409) when something bars it;
            `paper-live-already` when another city holds one of them.
    """
    with transaction.atomic():
        row = _open(move)
        # What changed since the request came (a death, another city) bars it now.
        if barred := [code for code in check(row) if code != UNSETTLED]:
            raise _barred(barred[0])
        movers = _movers(row)
        on = timezone.localdate()
        _require_head(row, movers, new_head)
        until = on + timedelta(days=int(parameter("move_permit_days", 40)))
        for place, person in enumerate(movers):
            given = {"person": person, "kind": "release", "number": _number(row, place), "valid_until": until}
            commit(row, "hold", operations.prepare("issue-paper", given, on=on), "MOVE_HOLD", officer, str(place))
        row.state, row.valid_until, row.new_head = "confirmed", until, new_head
        row.ground, row.answered_at, row.due_on = "", timezone.now(), None
        row.decided_by = officer.pk if officer else None
        row.save()
        posting.queue(row, "confirm", Confirm(telling.handover(movers), until))
    return row


def object_to(officer: Actor | None, move: Move, ground: str, note: str = "") -> Move:
    """Does not let the persons go, on one of the few grounds that there are.

    Raises:
        AnjiaError: `ground-refused` (422), `move-over` (409).
    """
    if ground not in letters.GROUNDS:
        raise ground_refused()
    with transaction.atomic():
        row = _open(move)
        row.state, row.ground, row.note = "objected", ground, note[:300]
        row.answered_at, row.due_on, row.decided_by = timezone.now(), None, officer.pk if officer else None
        row.save()
        posting.queue(row, "object", Objection(ground, note[:200]))
    return row


def registered(move: Move, body: Registered) -> None:
    """Closes the registrations here, now that the other city has opened its own; the last letter says so.

    What keeps this from being done, such as a head whom nobody follows, becomes a task of the station;
    the other city asks again until it is done.
    """
    letters.keep(move, "registered", body, sent=False)
    if move.state in ("confirmed", "registered"):
        move.fault, move.state = "", "registered"
        try:
            with transaction.atomic():
                _close(move)
        except AnjiaError as error:
            move.fault = error.code
        move.save()
        if move.state == "closed":
            posting.queue(move, "closed", Plain())


def withdrawn(move: Move, body: Plain) -> None:
    """Gives the persons free again: the other city does not register them."""
    letters.keep(move, "withdraw", body, sent=False)
    if move.state not in ("requested", "confirmed", "objected"):
        return
    _set_free(move, body.note)
    move.state, move.closed_at, move.due_on, move.note = "withdrawn", timezone.now(), None, body.note[:300]
    move.save()


def finish(officer: Actor, move: Move, *, new_head: int | None) -> Move:
    """Does again, with another head, the closing that could not be done.

    Raises:
        AnjiaError: `move-over` (409), or what still keeps it from being done.
    """
    with transaction.atomic():
        row = locked(move)
        if row.direction != "out" or row.state != "registered":
            raise over()
        row.new_head, row.decided_by, row.fault = new_head, officer.pk, ""
        _close(row)
        row.save()
        posting.queue(row, "closed", Plain())
    return row


def members_left(move: Move) -> list[history.MemberView]:
    """Gives the adults who stay behind when the movers leave a family without its head, else nobody."""
    movers = _movers(move)
    now, today = timezone.now(), timezone.localdate()
    found: list[history.MemberView] = []
    for person in movers:
        home = history.household_of(person, today, now)
        if home is None or home.kind != "J1" or home.head not in movers:
            continue
        found += [one for one in home.members if one.subject not in movers and one not in found]
    return [one for one in found if years_between(one.birth_on, today) >= 18]


def _opened(partner: Partner, body: Request) -> dict[str, Any]:
    today = timezone.localdate()
    person = people.find_by_number(body.persons[0].number)
    home = history.membership(person, today, timezone.now()) if person else None
    division = home.division if home else publishing.in_force().city.code.ljust(12, "0")
    return {
        "direction": "out", "partner": partner.spec.id, "person": person, "reason": body.reason[:100],
        "destination": body.destination, "division": division, "station": f"{division[:9]}000",
        "opened_at": timezone.now(),
        "due_on": workdays.add_working_days(today, int(parameter("move_answer_working_days", 3))),
    }  # fmt: skip


def _found(move: Move, request: Request) -> Iterable[str]:
    today, now = timezone.localdate(), timezone.now()
    for one in request.persons:
        person = people.find_by_number(one.number)
        if person is None:
            yield "person-not-found"
            continue
        if people.name_of(person) != one.name:
            yield "identity-conflict"
        if history.membership(person, today, now) is None:
            yield "status-closed"
        if papers.find_live("release", person) is not None:
            yield "duplicate-check"
        yield from _barring(move, person)


def _barring(move: Move, person: int) -> Iterable[str]:
    """Asks whether an authority must approve that the person leaves (P-14); unknown is a finding too."""
    catalogue = publishing.in_force()
    spec = catalogue.find("interface", str(parameter("move_bar_interface", "supervision-bar")))
    if spec is None:
        return
    request = FactRequest(
        item=None, catalogue=catalogue, interfaces=(spec.spec,), person=person, case_number=str(move.uid),
        purpose=PURPOSE, known={}, on=timezone.localdate(), on_behalf=None,
    )  # type: ignore[arg-type]  # fmt: skip
    facts = {fact.id: fact.value for source in ports.sources() for fact in source.facts(request)}
    if facts.get(BAR) is None:
        yield UNSETTLED
    elif facts[BAR] and facts.get(APPROVED) is not True:
        yield "supervised"


def _movers(move: Move) -> list[int]:
    return list(move.movers.order_by("place").values_list("person", flat=True))


def _number(move: Move, place: int) -> str:
    return f"{move.uid}:{place}"


def _going(move: Move, movers: list[int], new_head: int | None) -> dict[str, Any]:
    return {
        "person": movers[0], "companions": movers[1:], "new_head": new_head, "destination": move.destination,
    }  # fmt: skip


def _require_head(move: Move, movers: list[int], new_head: int | None) -> None:
    left = members_left(move)
    if left and new_head not in {one.subject for one in left}:
        raise AnjiaError(
            "head-needed", "户主迁出后，留下的人需要一位新户主",
            "The head moves out; those who stay need a new head",
            ("请在留下的成年成员中指定新户主", "Name a new head among the adults who stay"), status=422,
        )  # fmt: skip


def _close(move: Move) -> None:
    movers = _movers(move)
    # The register may have moved on since: what counts is who is held, not where they lived then.
    held = [_number(move, place) for place in range(len(movers))]
    given = {**_going(move, movers, move.new_head), "release": held}
    officer = Actor.objects.filter(pk=move.decided_by).first()
    done = commit(move, "close", operations.prepare("move-out", given, on=timezone.localdate()), "MOVE_OUT", officer)
    move.state, move.closed_at, move.act_id, move.due_on = "closed", timezone.now(), done.act_id, None


def _set_free(move: Move, why: str) -> None:
    for place, _ in enumerate(_movers(move)):
        number = _number(move, place)
        if move.state == "confirmed" and papers.get("release", "", number)["state"] == papers.ISSUED:
            given = {"kind": "release", "number": number, "note": why or "withdrawn"}
            ready = operations.prepare("void-paper", given, on=timezone.localdate())
            commit(move, "free", ready, "MOVE_FREE", None, str(place))


def _open(move: Move) -> Move:
    row = locked(move)
    if row.direction != "out" or row.state != "requested":
        raise over()
    return row


def ground_refused() -> AnjiaError:
    """Gives the error for an objection on a ground that is none."""
    return AnjiaError(
        "ground-refused",
        "只能以列出的理由不同意迁出；土地、计划生育、欠费、原单位不同意等都不是理由",
        "Only the listed grounds allow an objection; land, family planning, debts or an old employer never do",
        ("请从列出的理由中选", "Choose one of the listed grounds"),
        status=422,
    )


def _barred(code: str) -> AnjiaError:
    return AnjiaError(
        "move-barred",
        f"核查发现不能迁出的情形（{code}），不能同意",
        f"Something bars this move ({code}); it cannot be confirmed",
        ("请按此理由答复对方，或先消除它", "Answer the other city on this ground, or settle it first"),
        status=409,
        ground=code,
    )
