"""Closed registrations that are opened again with the same number (RESTORE, rules X-06, X-10, B-24 to B-26)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Seen, conflict
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import relating, standing
from anjia.registers.asof import rows
from anjia.registers.entering import HOME_NOW
from anjia.registers.family import Changes, add, circle, family, member
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import (
    DEAD,
    DECLARED_DEAD,
    DUPLICATE,
    ELSEWHERE,
    EMIGRATED,
    FOREIGN,
    NORMAL,
    SERVING,
    refusal,
    turn,
)

SERVED, DISCHARGED, NATIONALITY_BACK = "1", "2", "naturalise"
LAST_HOME = """
SELECT household FROM registers_membership WHERE subject = %(who)s::bigint AND recorded_to IS NULL
 ORDER BY valid_from DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a registration may be opened again.

    Attributes:
        statuses: what the person must be in the register.
        move_in: code of the reason of moving in, where there is one.
        military: military status from then on, empty = as it is.
    """

    statuses: frozenset[str]
    move_in: str = ""
    military: str = ""


CLOSED = frozenset({NORMAL, ELSEWHERE})
GROUNDS: Mapping[str, Ground] = {
    SERVED: Ground(frozenset({SERVING}), "61", "2"),
    DISCHARGED: Ground(frozenset({SERVING}), "61", "0"),
    "3": Ground(CLOSED),
    "4": Ground(frozenset({EMIGRATED}), "81"),
    "5": Ground(frozenset({DECLARED_DEAD})),
    "6": Ground(frozenset({EMIGRATED})),
    "7": Ground(CLOSED),
    "8": Ground(CLOSED),
    "9": Ground(frozenset({NORMAL, DEAD, SERVING, EMIGRATED, FOREIGN, DECLARED_DEAD, ELSEWHERE})),
    NATIONALITY_BACK: Ground(frozenset({FOREIGN}), "82"),
}
"""Code of restore_kind → from which status, and what it means."""


@operation("restore", needs="person kind", takes="household paper")
def restore(*, on: date, person: int, kind: str, household: int | None = None, paper: str = "") -> Prepared:
    """Opens a closed registration again (RESTORE); the number is the old one and the gap stays visible.

    Args:
        kind: code of restore_kind: 1 discharged soldier, 2 returned or expelled recruit, 3 released
            prisoner, 4 settled back, 5 declaration of death revoked, 6 gave up going abroad, 7 cancelled
            on marriage, 8 migration paper lost, 9 cancelled by mistake.
        household: who receives the person; without it the household of before while it is open.

    Raises:
        AnjiaError: `ground-unknown`, `household-needed` (422); when done `ground-not-restorable` (422),
            `membership-overlap` (409) for somebody who is registered.
    """
    if kind not in GROUNDS or kind == NATIONALITY_BACK:
        raise refusal(
            "ground-unknown", "没有这种恢复户口的原因", "There is no such ground of restoring",
            ("请从 1 至 9 中选择", "Choose one of 1 to 9"),
        )  # fmt: skip
    return reopen("restore", on, person, kind, household=household, paper=paper)


def reopen(do: str, on: date, person: int, kind: str, *, household: int | None, paper: str) -> Prepared:
    """Prepares the reopening of a registration on one of the `GROUNDS`."""
    target = _target(person, household)
    looked = circle([person], [target])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, ground = family(seen, looked), GROUNDS[kind]
        if any(row["subject"] == person for row in found.members):
            raise _registered()
        status = standing.entry(seen, "status", person)
        _restorable(status["status"], kind)
        home = found.homes.get(target)
        if home is None:
            raise conflict()
        changes: Changes = ([], [])
        if status["status"] != NORMAL:
            add(changes, turn("status", status, on, status=NORMAL, ground=paper))
        if ground.military:
            add(changes, turn("condition", standing.entry(seen, "condition", person), on, military=ground.military))
        back = member(
            person, on, household=target, relation=relating.code_in(found, target, person, found.kin),
            division=home["division"], ground=ground.move_in,
        )  # fmt: skip
        changes[1].append(back)
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "household": target})

    reads = (*looked.reads(), standing.read("status", [person]), standing.read("condition", [person]))
    return Prepared(do, looked.subjects, (), reads, decide, on)


def _target(person: int, household: int | None) -> int:
    last: list[dict[str, Any]] = []
    if household is None:
        last = rows(LAST_HOME, date.max, timezone.now(), who=person)
    target = household if household is not None else last[0]["household"] if last else None
    if target is None or not rows(HOME_NOW, date.max, timezone.now(), homes=[target]):
        raise refusal(
            "household-needed", "原来的户已撤销，请写明落到哪一户", "The household of before is closed; name another",
            ("请写明接收的户，或先立户", "Name the household that receives the person, or set one up"),
        )  # fmt: skip
    return int(target)


def _restorable(status: str, kind: str) -> None:
    if status not in GROUNDS[kind].statuses or status == DUPLICATE:
        raise refusal(
            "ground-not-restorable", "此人的户口不是因这个原因注销的，不能据此恢复",
            "The registration was not closed on a ground that this restores",
            ("请核对注销原因", "Check why the registration was closed"), status_now=status,
        )  # fmt: skip


def _registered() -> AnjiaError:
    return AnjiaError(
        "membership-overlap", "此人已有一处常住户口，一人只能有一处",
        "This person has a registration already; one person has one",
        ("不需要恢复；迁移请办移居", "Nothing is to be restored; to move, use a move"), status=409,
    )  # fmt: skip
