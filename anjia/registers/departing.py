"""Leaving the city for another one, and coming back when the papers of the move lapsed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import years_between
from anjia.registers import divisions, papers, relations, standing
from anjia.registers.asof import rows
from anjia.registers.family import ADULT, OPEN, Changes, add, circle, family, head_minor, leave, member
from anjia.registers.household import new_page, next_number
from anjia.registers.moving import MOVED_OUT
from anjia.registers.operations import Prepared, operation
from anjia.registers.papers import BY_NUMBER, VOID
from anjia.registers.relations import HEAD, NOT_KIN
from anjia.registers.standing import ELSEWHERE, NORMAL

BORN = f"SELECT sex, birth_on FROM registers_particulars WHERE {OPEN} AND subject = %s::bigint"
LEFT = """
SELECT m.household, m.relation, m.division, m.valid_to, h.kind, h.place, h.address, h.station,
       h.valid_to AS closed_on
  FROM registers_membership m
  JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL
   AND h.valid_from < m.valid_to AND (h.valid_to IS NULL OR h.valid_to >= m.valid_to)
 WHERE m.subject = %(person)s::bigint AND m.recorded_to IS NULL AND m.close_ground = '2'
 ORDER BY m.valid_to DESC, m.id DESC LIMIT 1
"""


@operation("move-out", needs="person destination", takes="companions new_head release")
def move_out(
    *, on: date, person: int, destination: str, companions: Iterable[int] = (), new_head: int | None = None,
    release: Iterable[str] = (),
) -> Prepared:  # fmt: skip
    """Closes the registrations of persons who move to another city (MOVE_OUT).

    Whether a supervised person may leave is asked before (P-14). The number stays the person's for life,
    and no roll of land or of a collective is touched (INV-12).

    Args:
        destination: where they go, in words; it stays with the person's status.
        new_head: head of those who stay, when the head moves.
        release: numbers of the electronic papers that this city holds out for the movers; they are used up.
    """
    movers = (int(person), *sorted({int(who) for who in companions} - {int(person)}))
    held = [release] if isinstance(release, str) else list(release)
    looked = circle(movers)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        homes = sorted({found.own(who)["household"] for who in movers})
        changes = leave(found, movers, on, MOVED_OUT, new_head)
        statuses = {row["subject"]: row for row in seen["status"]}
        for who in movers:
            if who not in statuses:
                raise conflict()
            add(changes, truncate("status", statuses[who], on))
            changes[1].append(Open("status", who, on, None, {"status": ELSEWHERE, "ground": destination[:100]}))
        for row in seen["residence"]:
            add(changes, truncate("residence", row, on))
        for place in range(len(held)):
            row = papers.usable(seen[f"release {place}"], None, None)
            add(changes, papers.ended(row, on, papers.USED, destination))
        summary = {"person": person, "movers": list(movers), "from_household": homes[0]}
        return Plan(tuple(changes[0]), tuple(changes[1]), summary)

    reads = (
        *looked.reads(),
        standing.read("status", movers),
        standing.read("residence", movers),
        *(Read(f"release {place}", BY_NUMBER, ["release", "", number]) for place, number in enumerate(held)),
    )
    return Prepared("move-out", looked.subjects, (), reads, decide, on)


@operation("restore-move-out", needs="person", takes="certificate")
def restore_move_out(*, on: date, person: int, certificate: str = "") -> Prepared:
    """Registers again at the place left a person whose papers of moving expired or were lost (RESTORE, B-26).

    The household that was left takes the person back; where it closed, a new one is set up at its address.
    The gap stays in the history, and the number is the same.

    Args:
        certificate: number of the 迁移证; it must be lost, cancelled or past its term, and is void then.
    """
    left = _left(person)
    reopened = left["closed_on"] is None
    looked = circle([], [left["household"]] if reopened else [])
    station = left["station"]

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not seen["status"] or seen["status"][0]["status"] != ELSEWHERE:
            raise _not_gone()
        found = family(seen, looked)
        changes: Changes = ([], [])
        if certificate:
            add(changes, _lapse(seen["certificate"], on))
        if reopened:
            household = left["household"]
            if household not in found.homes:
                raise conflict()
            relation = _relation(found, household, person, left["relation"], seen)
        else:
            household, relation = moment.subjects[0], HEAD
            if years_between(seen["born"][0]["birth_on"], on) < ADULT:
                raise head_minor()
            page = new_page(
                seen, station, place=left["place"], address=left["address"], division=left["division"]
            )
            changes[1].append(Open("household", household, on, None, page))
        add(changes, truncate("status", seen["status"][0], on))
        changes[1].append(Open("status", person, on, None, {"status": NORMAL, "ground": ""}))
        changes[1].append(member(person, on, household=household, relation=relation, division=left["division"]))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "household": household})

    reads: tuple[Read, ...] = (
        *looked.reads(),
        standing.read("status", [person]),
        Read("born", BORN, [person]),
    )
    if certificate:
        reads = (*reads, Read("certificate", BY_NUMBER, ["certificate", "", certificate]))
    if not reopened:
        reads = (*reads, next_number(station))
    subjects = tuple(sorted({*looked.subjects, person}))
    new = () if reopened else ("H",)
    return Prepared("restore-move-out", subjects, new, reads, decide, on, frozenset({"number"}))


def _left(person: int) -> Any:
    found = rows(LEFT, date.max, timezone.now(), person=person)
    if not found:
        raise _not_gone()
    if found[0]["kind"] != "J1" and found[0]["closed_on"] is not None:
        raise AnjiaError(
            "household-closed", "迁出时的集体户已经撤销", "The collective household that was left is closed",
            ("请落社区公共集体户", "Use the community household"), status=409,
        )  # fmt: skip
    return {**found[0], "station": found[0]["station"] or divisions.station_of(found[0]["division"])}


def _lapse(found: Any, on: date) -> Changes:
    if not found:
        raise conflict()
    row = found[0]
    if row["state"] in (VOID, papers.LOST):
        return [], []
    row = papers.usable(found, None, None)
    if row["valid_until"] is None or row["valid_until"] >= on:
        raise AnjiaError(
            "paper-still-valid",
            f"迁移证 {row['number']} 到 {row['valid_until'] or '长期'} 都有效，可以直接落户",
            f"Certificate {row['number']} is still valid; it can be used at the new place",
            ("请持证到迁入地落户；遗失的请先挂失", "Use it at the new place; report it lost first if it is"),
            status=409,
        )
    return papers.ended(row, on, VOID, papers.EXPIRED)


def _relation(found: Any, household: int, person: int, was: str, seen: Seen) -> str:
    """Gives the relation to the present head; where the kinship says nothing, kin stay kin and no more is claimed."""
    if found.homes[household]["kind"] != "J1":
        return NOT_KIN
    head = next(row["subject"] for row in found.members if row["household"] == household and row["relation"] == HEAD)
    born = seen["born"][0]
    kin = relations.graph(
        seen["kinship"], {**found.kin.sex, person: born["sex"]}, {**found.kin.born, person: born["birth_on"]}
    )
    return relations.relation(head, person, kin, before=NOT_KIN if was == HEAD else was)


def _not_gone() -> AnjiaError:
    return AnjiaError(
        "move-out-missing",
        "此人没有一次未落户的迁出，不能按迁移证逾期或遗失恢复户口",
        "There is no move out of this person that waits to be registered elsewhere",
        ("请核对此人的户口状态", "Check this person's status"),
        status=409,
    )
