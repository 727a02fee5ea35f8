"""Relations in a household when somebody joins or kinship changes; codes that stay right are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Seen
from anjia.kernel.entries import Open, truncate
from anjia.registers import relations
from anjia.registers.family import FAMILY_HOUSEHOLD, Changes, Family, add, own
from anjia.registers.relations import HEAD, NOT_KIN, OTHER_KIN, Graph

Edge = Mapping[str, Any]


def edge(subject: int, kind: str, kin: int, basis: str = "") -> Edge:
    """Gives one kinship as the graph reads it."""
    return {"subject": subject, "kind": kind, "kin": kin, "basis": basis}


def graph(
    found: Family, seen: Seen, more: Iterable[Edge] = (), *, without: Iterable[tuple[int, str, int]] = (),
    sex: Mapping[int, str] | None = None, born: Mapping[int, date] | None = None,
) -> Graph:  # fmt: skip
    """Gives the kinship graph as it will be.

    Args:
        more: kinship that begins.
        without: (subject, kind, kin) of kinship that ends.
        sex, born: what is new or changed of persons.
    """
    gone = set(without)
    kept = [row for row in seen["kinship"] if (row["subject"], row["kind"], row["kin"]) not in gone]
    return relations.graph([*kept, *more], {**found.kin.sex, **(sex or {})}, {**found.kin.born, **(born or {})})


def head_of(found: Family, household: int) -> int | None:
    """Gives the head of a household, None where there is none."""
    heads = (row["subject"] for row in found.members if row["household"] == household and row["relation"] == HEAD)
    return next(heads, None)


def code_in(found: Family, household: int, person: int, kin: Graph) -> str:
    """Gives the relation with which a person joins a household."""
    if found.homes[household]["kind"] != FAMILY_HOUSEHOLD:
        return NOT_KIN
    head = head_of(found, household)
    return HEAD if head is None else relations.relation(head, person, kin)


def rewrite(
    found: Family, after: Graph, on: date, *, estranged: Iterable[int] = (), leaving: Iterable[int] = ()
) -> Changes:
    """Rewrites the codes that a change of kinship or sex changes, in all family households that were read.

    Args:
        estranged: persons who are no kin any more where no path is left (the divorced).
        leaving: persons who move out by the same act.
    """
    changes: Changes = ([], [])
    parted, gone = set(estranged), set(leaving)
    for household, home in found.homes.items():
        head = head_of(found, household)
        if home["kind"] != FAMILY_HOUSEHOLD or head is None:
            continue
        for row in found.members:
            who, old = row["subject"], row["relation"]
            if row["household"] != household or who == head or who in gone:
                continue
            before = relations.relation(head, who, found.kin, before=old)
            lost = parted & {who, head} and before not in (OTHER_KIN, NOT_KIN)
            code = relations.relation(head, who, after, before=NOT_KIN if lost else old)
            if code not in (before, old):
                since = max(on, row["valid_from"])
                add(changes, truncate("membership", row, since))
                changes[1].append(Open("membership", who, since, None, {**own(row), "relation": code}))
    return changes
