"""Relation codes to the head, rewritten from the kinship graph (GB/T 4761-2008).

Walk from the head to each member over parent, spouse and child edges and take the shortest path; its
steps name the code. Codes of birth order (长子, 次女 …) need the full list of siblings, so a child is
20 or 30 unless an officer vouches that the register has all of them: a wrong 长子 would be a false
statement. Source: register notes, section 3 (assumed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

HEAD, OTHER_KIN, NOT_KIN = "02", "97", "99"
MALE, FEMALE = "1", "2"
DEPTH = 4

# Path → (code of a man, code of a woman); S spouse, C child, B son, D daughter, F father, M mother,
# then e or y where the last generation but one is older or younger (a sibling's age decides the code).
CODES: Mapping[str, tuple[str, str]] = {
    "S": ("11", "12"),
    "C": ("20", "30"),
    "CS": ("28", "38"),
    "SC": ("27", "37"),
    "BC": ("41", "42"), "DC": ("43", "44"), "CC": ("49", "49"),
    "CCS": ("46", "45"),
    "CCC": ("47", "48"),
    "F": ("51", "52"), "M": ("51", "52"),
    "FS": ("57", "58"), "MS": ("57", "58"),
    "FF": ("61", "62"), "FM": ("61", "62"), "MF": ("63", "64"), "MM": ("63", "64"),
    "SFF": ("65", "65"), "SFM": ("65", "65"), "SMF": ("65", "65"), "SMM": ("65", "65"),
    "FFF": ("66", "67"), "FFM": ("66", "67"),
    "elder": ("71", "75"), "younger": ("73", "77"), "sibling": ("70", "70"),
    "elder's spouse": ("76", "72"), "younger's spouse": ("78", "74"),
    "father's elder": ("81", "90"), "father's younger": ("83", "90"), "father's sibling": ("97", "90"),
    "father's elder's spouse": ("89", "82"), "father's younger's spouse": ("89", "84"),
    "mother's": ("85", "88"), "mother's spouse": ("87", "86"),
    "brother's child": ("93", "94"), "sister's child": ("95", "96"),
    "father's brother's child": ("91", "91"), "father's sister's child": ("92", "92"),
    "mother's child": ("92", "92"),
}  # fmt: skip
PARENT = frozenset("FM")
ELDEST = {MALE: ("22", "23", "24", "25", "26"), FEMALE: ("32", "33", "34", "35", "36")}
"""Codes by birth order among the sons, and among the daughters."""
LATER, ONLY = {MALE: "29", FEMALE: "39"}, {MALE: "21", FEMALE: "31"}
BY_ORDER = frozenset({
    "21", "22", "23", "24", "25", "26", "29", "31", "32", "33", "34", "35", "36", "39",
})  # fmt: skip
"""Codes that say something about siblings."""
WOMEN = frozenset({
    "12", "30", "31", "32", "33", "34", "35", "36", "37", "38", "39", "42", "44", "45", "48", "52", "54",
    "56", "58", "62", "64", "67", "72", "74", "75", "77", "82", "84", "86", "88", "90", "94", "96",
})  # fmt: skip
MEN = frozenset({
    "11", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "41", "43", "46", "47", "51", "53",
    "55", "57", "61", "63", "66", "71", "73", "76", "78", "81", "83", "85", "87", "89", "93", "95",
})  # fmt: skip
"""Codes that say a member's sex (INV-06)."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Kinship among some persons.

    Attributes:
        sex: person → GB/T 2261.1, of those who are read and of every father and mother.
        father, mother, spouse: person → kin.
        children: person → children, in order of their keys.
        born: person → birth date, of those who are read.
        adopted: (parent, child) of those who are not parent and child by birth.
    """

    sex: Mapping[int, str]
    father: Mapping[int, int] = field(default_factory=dict)
    mother: Mapping[int, int] = field(default_factory=dict)
    spouse: Mapping[int, int] = field(default_factory=dict)
    children: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    born: Mapping[int, date] = field(default_factory=dict)
    adopted: frozenset[tuple[int, int]] = frozenset()

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


def graph(
    kinship: Iterable[Mapping[str, Any]], sex: Mapping[int, str], born: Mapping[int, date] | None = None
) -> Graph:
    """Gives the graph of kinship entries (`subject`, `kind`, `kin`); of two spouses the first one counts."""
    edges: dict[str, dict[int, int]] = {"father": {}, "mother": {}, "spouse": {}}
    children: dict[int, set[int]] = {}
    sexes: dict[int, str] = {}
    adopted: set[tuple[int, int]] = set()
    for row in kinship:
        if row["kind"] not in edges:
            continue
        edges[row["kind"]].setdefault(row["subject"], row["kin"])
        if row["kind"] == "spouse":
            edges["spouse"].setdefault(row["kin"], row["subject"])
        else:
            children.setdefault(row["kin"], set()).add(row["subject"])
            sexes[row["kin"]] = MALE if row["kind"] == "father" else FEMALE
            if row.get("basis"):
                adopted.add((row["kin"], row["subject"]))
    ordered = {parent: tuple(sorted(found)) for parent, found in children.items()}
    father, mother, spouse = edges.values()
    return Graph({**sexes, **sex}, father, mother, spouse, ordered, born or {}, frozenset(adopted))


def relation(head: int, member: int, kin: Graph, *, before: str = NOT_KIN, all_children: bool = False) -> str:
    """Gives the code of a member under a head.

    Args:
        before: the code that the member had; without a path it tells kin from others.
        all_children: the graph has every child of the head, with birth date, so birth order may be said.
    """
    if head == member:
        return HEAD
    if all_children and (code := birth_order(head, member, kin)):
        return code
    path = _path(head, member, kin)
    if path is None or (len(path) > 1 and path[-2][0] == "C" and path[-1][0] in PARENT):
        # The other parent of a child is no kin as long as there is no marriage.
        return NOT_KIN if before == NOT_KIN else OTHER_KIN
    return _code(path, head, member, kin)


def birth_order(head: int, member: int, kin: Graph) -> str:
    """Gives a child's code among all sons or all daughters of the head, empty when it cannot be told.

    Twins leave the order open: a birth date says no hour.
    """
    sex, children = kin.sex.get(member, ""), kin.children.get(head, ())
    if member not in children or sex not in ELDEST or any(one not in kin.born for one in children):
        return ""
    alike = [kin.born[one] for one in children if kin.sex.get(one) == sex]
    if alike.count(kin.born[member]) > 1:
        return ""
    place = sum(born < kin.born[member] for born in alike)
    return ELDEST[sex][place] if place < len(ELDEST[sex]) else LATER[sex]


def fits_sex(code: str, sex: str) -> bool:
    """Says whether a code agrees with a member's sex (INV-06); an unknown sex contradicts none."""
    return sex not in ELDEST or code not in (WOMEN if sex == MALE else MEN)


Path = tuple[tuple[str, int], ...]


def _path(head: int, member: int, kin: Graph) -> Path | None:
    seen = {head}
    paths: list[tuple[Path, int]] = [((), head)]
    for _ in range(DEPTH):
        longer: list[tuple[Path, int]] = []
        for path, at in paths:
            for step, to in kin.steps(at):
                if to == member:
                    return (*path, (step, to))
                if to not in seen:
                    seen.add(to)
                    longer.append(((*path, (step, to)), to))
        paths = longer
    return None


def _code(path: Path, head: int, member: int, kin: Graph) -> str:
    steps = "".join(step for step, _ in path)
    is_woman = kin.sex.get(member) == FEMALE
    if steps in ("SF", "SM"):
        pair = {FEMALE: ("53", "54"), MALE: ("55", "56")}.get(kin.sex.get(head, ""), (OTHER_KIN, OTHER_KIN))
    elif steps == "C" and (head, member) in kin.adopted:
        pair = CODES["SC"]
    elif steps in PARENT and (member, head) in kin.adopted:
        pair = CODES["FS"]
    else:
        pair = CODES.get(_shape(steps, path, head, kin), (OTHER_KIN, OTHER_KIN))
    return pair[is_woman]


def _shape(steps: str, path: Path, head: int, kin: Graph) -> str:
    """Gives the name under which `CODES` knows a path: siblings by age, lines by sex."""
    if steps == "CC":
        return {MALE: "BC", FEMALE: "DC"}.get(kin.sex.get(path[0][1], ""), "CC")
    if len(steps) >= 2 and steps[0] in PARENT and steps[1] == "C":
        return _sibling(steps[2:], path[1][1], head, kin)
    if len(steps) >= 3 and steps[0] in PARENT and steps[1] in PARENT and steps[2] == "C":
        return _parents_sibling(steps, path, kin)
    return steps


def _sibling(rest: str, sibling: int, head: int, kin: Graph) -> str:
    age = _age(sibling, head, kin)
    if rest == "C":
        return {MALE: "brother's child", FEMALE: "sister's child"}.get(kin.sex.get(sibling, ""), "")
    return {"": age, "S": f"{age}'s spouse"}.get(rest, "")


def _parents_sibling(steps: str, path: Path, kin: Graph) -> str:
    parent, sibling, rest = path[0][1], path[2][1], steps[3:]
    if steps[0] == "M":
        return {"": "mother's", "S": "mother's spouse", "C": "mother's child"}.get(rest, "")
    line = "brother" if kin.sex.get(sibling) == MALE else "sister"
    age = _age(sibling, parent, kin)
    if rest == "S" and line == "sister":
        age = "elder"
    by_rest = {
        "": f"father's {age}",
        "S": f"father's {age}'s spouse",
        "C": f"father's {line}'s child",
    }
    return by_rest.get(rest, "")


def _age(sibling: int, other: int, kin: Graph) -> str:
    if sibling not in kin.born or other not in kin.born or kin.born[sibling] == kin.born[other]:
        return "sibling"
    return "elder" if kin.born[sibling] < kin.born[other] else "younger"
