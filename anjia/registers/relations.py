"""Relation codes to the head, rewritten from the kinship graph (GB/T 4761-2008).

Walk from the head to each member over parent, spouse and child edges and take the shortest path; its
steps name the code. Codes of birth order (长子, 次女 …) need the full list of siblings, so a child is
20 or 30 here: a wrong 长子 would be a false statement. Source: register notes, section 3 (assumed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HEAD, OTHER_KIN, NOT_KIN = "02", "97", "99"
MALE = "1"
DEPTH = 4

# Path → (code of a man, code of a woman); S spouse, C child, F father, M mother.
CODES: Mapping[str, tuple[str, str]] = {
    "S": ("11", "12"),
    "C": ("20", "30"),
    "CS": ("28", "38"),
    "SC": ("27", "37"),
    "F": ("51", "52"),
    "M": ("51", "52"),
    "FS": ("57", "58"),
    "MS": ("57", "58"),
    "FF": ("61", "62"),
    "FM": ("61", "62"),
    "MF": ("63", "64"),
    "MM": ("63", "64"),
    "SFF": ("65", "65"),
    "SFM": ("65", "65"),
    "SMF": ("65", "65"),
    "SMM": ("65", "65"),
    "FC": ("70", "70"),
    "MC": ("70", "70"),
}


@dataclass(frozen=True, slots=True)
class Graph:
    """Kinship among some persons.

    Attributes:
        sex: person → GB/T 2261.1.
        father, mother, spouse: person → kin.
        children: person → children, in order of their keys.
    """

    sex: Mapping[int, str]
    father: Mapping[int, int] = field(default_factory=dict)
    mother: Mapping[int, int] = field(default_factory=dict)
    spouse: Mapping[int, int] = field(default_factory=dict)
    children: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def steps(self, person: int) -> Iterable[tuple[str, int]]:
        """Gives the edges that leave a person, spouse and children before parents."""
        if person in self.spouse:
            yield "S", self.spouse[person]
        for child in self.children.get(person, ()):
            yield "C", child
        if person in self.father:
            yield "F", self.father[person]
        if person in self.mother:
            yield "M", self.mother[person]


def graph(kinship: Iterable[Mapping[str, Any]], sex: Mapping[int, str]) -> Graph:
    """Gives the graph of kinship entries (`subject`, `kind`, `kin`)."""
    edges: dict[str, dict[int, int]] = {"father": {}, "mother": {}, "spouse": {}}
    children: dict[int, set[int]] = {}
    for row in kinship:
        if row["kind"] not in edges:
            continue
        edges[row["kind"]][row["subject"]] = row["kin"]
        if row["kind"] == "spouse":
            edges["spouse"].setdefault(row["kin"], row["subject"])
        else:
            children.setdefault(row["kin"], set()).add(row["subject"])
    ordered = {parent: tuple(sorted(found)) for parent, found in children.items()}
    return Graph(sex, edges["father"], edges["mother"], edges["spouse"], ordered)


def relation(head: int, member: int, kin: Graph, *, before: str = NOT_KIN) -> str:
    """Gives the code of a member under a head.

    Args:
        before: the code that the member had; without a path it tells kin from others.
    """
    if head == member:
        return HEAD
    found = _path(head, member, kin)
    if found is None:
        return NOT_KIN if before == NOT_KIN else OTHER_KIN
    return _code(found, head, member, kin)


def _path(head: int, member: int, kin: Graph) -> tuple[tuple[str, int], ...] | None:
    seen, edge = {head}, [((), head)]
    paths: list[tuple[tuple[tuple[str, int], ...], int]] = list(edge)
    for _ in range(DEPTH):
        longer = []
        for path, at in paths:
            for step, to in kin.steps(at):
                if to == member:
                    return (*path, (step, to))
                if to not in seen:
                    seen.add(to)
                    longer.append(((*path, (step, to)), to))
        paths = longer
    return None


def _code(path: tuple[tuple[str, int], ...], head: int, member: int, kin: Graph) -> str:
    steps = "".join(step for step, _ in path)
    is_woman = kin.sex.get(member) != MALE
    if steps in ("SF", "SM"):
        pair = ("55", "56") if kin.sex.get(head) == MALE else ("53", "54")
    elif steps == "CC":
        pair = ("41", "42") if kin.sex.get(path[0][1]) == MALE else ("43", "44")
    elif steps == "CCS":
        pair = ("46", "45")
    elif steps == "CCC":
        pair = ("47", "48")
    else:
        pair = CODES.get(steps, (OTHER_KIN, OTHER_KIN))
    return pair[is_woman]
