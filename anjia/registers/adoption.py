"""Adoption: legal parents are replaced from the day, the number stays (民法典 Art. 1105, 1111, 1112; rule B-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import relating, standing
from anjia.registers.family import ADULT, Changes, Family, Row, add, circle, family, leave, member
from anjia.registers.names import require_standard
from anjia.registers.operations import Prepared, operation
from anjia.registers.relations import Graph
from anjia.registers.standing import birthday, refusal, turn

BASIS, GROUND, MOVED_OUT = "adoption", "25", "2"
TIES = (
    "SELECT id, subject, valid_from, valid_to, kin, kind, basis FROM registers_kinship WHERE recorded_to IS NULL "
    "AND (valid_to IS NULL OR kind = 'guardian' AND valid_to > %s::date) AND subject = %s::bigint "
    "AND kind IN ('father', 'mother', 'guardian')"
)


@operation("adopt", needs="child certificate", takes="person father mother household name new_head")
def adopt(
    *, on: date, child: int, certificate: str, person: int | None = None, father: int | None = None,
    mother: int | None = None, household: int | None = None, name: str | None = None, new_head: int | None = None,
) -> Prepared:  # fmt: skip
    """Replaces the parents of a registered child (ADOPT); an unregistered one comes in by `backfill` of kind 3.

    Args:
        person: who applies; an adopter only when named as father or mother too.
        father, mother: the legal parents from the day on; a parent who stays (the spouse of the
            adopter) is named as well.
        certificate: number of the certificate of adoption.
        household: where the child goes; without it the child stays registered where it is.
        name: new name by agreement; without it the old one stays.

    Raises:
        AnjiaError: `parent-needed`, `name-not-standard` (422); when done `parents-unchanged` (422),
            `person-not-registrable` (409), `head-needed` (422).
    """
    parents = {kind: kin for kind, kin in (("father", father), ("mother", mother)) if kin is not None}
    if not parents or child in parents.values():
        raise refusal(
            "parent-needed", "请写明收养后的父亲或母亲", "Name the father or mother after the adoption",
            ("请按收养登记证填写", "Take them from the certificate"),
        )  # fmt: skip
    if name is not None:
        require_standard(name)
    looked = circle([child, *parents.values()], [] if household is None else [household])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        standing.living(seen, child)
        row = standing.entry(seen, "particulars", child)
        changes = _ties(seen, child, parents, row["birth_on"], on)
        if name is not None and name != row["name"]:
            add(changes, turn("particulars", row, on, name=name, former_name=row["name"]))
        kin = _graph(found, seen, child, parents)
        here = next((one for one in found.members if one["subject"] == child), None)
        if household is None or (here is not None and here["household"] == household):
            add(changes, relating.rewrite(found, kin, on))
        else:
            add(changes, leave(found, [child], on, MOVED_OUT, new_head) if here is not None else ([], []))
            changes[1].append(_arrival(found, household, child, here, kin, on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": child})

    reads = (
        *looked.reads(), standing.read("status", [child]), standing.read("particulars", [child]),
        Read("ties", TIES, [on, child]),
    )  # fmt: skip
    return Prepared("adopt", looked.subjects, (), reads, decide, on)


def _ties(seen: Seen, child: int, parents: Mapping[str, int], born: date, on: date) -> Changes:
    """Ends what tied the child to parents and guardians who go, and ties it to those who come."""
    changes: Changes = ([], [])
    stay = {(row["kind"], row["kin"]) for row in seen["ties"] if row["kin"] in parents.values()}
    come = [(kind, kin) for kind, kin in parents.items() if (kind, kin) not in stay]
    if not come:
        raise refusal(
            "parents-unchanged", "收养后的父母和登记簿上的一样", "The parents are those of the register already",
            ("请按收养登记证填写收养人", "Name the adopter as the certificate does"),
        )  # fmt: skip
    for row in seen["ties"]:
        if (row["kind"], row["kin"]) not in stay:
            add(changes, truncate("kinship", row, on))
    for kind, kin in come:
        changes[1].append(Open("kinship", child, on, None, {"kin": kin, "kind": kind, "basis": BASIS}))
    until = birthday(born, ADULT)
    if until > on:
        guard = [kin for _, kin in come if ("guardian", kin) not in stay]
        values = ({"kin": kin, "kind": "guardian", "basis": ""} for kin in guard)
        changes[1].extend(Open("kinship", child, on, until, one) for one in values)
    return changes


def _graph(found: Family, seen: Seen, child: int, parents: Mapping[str, int]) -> Graph:
    stay = {(row["kind"], row["kin"]) for row in seen["ties"] if row["kin"] in parents.values()}
    gone = [(child, row["kind"], row["kin"]) for row in seen["ties"] if (row["kind"], row["kin"]) not in stay]
    come = [relating.edge(child, kind, kin, BASIS) for kind, kin in parents.items() if (kind, kin) not in stay]
    return relating.graph(found, seen, come, without=gone)


def _arrival(found: Family, household: int, child: int, here: Row | None, kin: Graph, on: date) -> Open:
    home = found.homes.get(household)
    if home is None:
        raise conflict()
    return member(
        child, on, household=household, relation=relating.code_in(found, household, child, kin),
        division=home["division"], ground=GROUND, from_place=found.address_of(here["household"]) if here else "",
    )  # fmt: skip
