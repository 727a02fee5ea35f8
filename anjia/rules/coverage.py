"""Which rules of an index are in the house, which wait, and which are nowhere."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.faults import Fault
from anjia.kernel.errors import AnjiaError
from anjia.rules.mapping import RuleMap, index_id, standings
from anjia.rules.mutating import Mutant, survivors


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule of the index.

    Attributes:
        standing: `mapped`, `planned` or `unmapped`.
        places: definitions (`rule R-04-home`) and what else keeps it (`constraint …`).
        reason: why it waits, in English; empty when it does not.
        survived: changes of its definitions that no example notices; one is enough to be unmapped.
    """

    id: str
    title: str
    standing: str
    places: tuple[str, ...]
    reason: str
    survived: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """All rules of the index, with the faults of the mapping and of what is not in the index."""

    rules: tuple[Listed, ...]
    faults: tuple[Fault, ...]
    strangers: tuple[str, ...]

    def of(self, standing: str) -> list[Listed]:
        """Gives the rules that stand so."""
        return [one for one in self.rules if one.standing == standing]

    def to_json(self) -> dict[str, Any]:
        """Gives it as JSON values: counts, then the rules by standing."""
        names = ("mapped", "planned", "unmapped")
        return {
            "counts": {name: len(self.of(name)) for name in names},
            "mapped": [{"id": one.id, "places": list(one.places)} for one in self.of("mapped")],
            "planned": [{"id": one.id, "reason": one.reason} for one in self.of("planned")],
            "unmapped": [
                {"id": one.id, "title": one.title, "survived": [str(mutant) for mutant in one.survived]}
                for one in self.of("unmapped")
            ],
            "not_in_index": list(self.strangers),
            "faults": [str(fault) for fault in self.faults],
        }


def index(path: Path) -> list[tuple[str, str]]:
    """Gives id and title of every rule of an index file.

    Raises:
        AnjiaError: `index-unreadable` when the file is missing or has no column `id`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [(row["id"], row.get("title") or "") for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise AnjiaError(
            "index-unreadable",
            f"规则目录无法读取：{error}",
            f"The index of rules cannot be read: {error}",
            ("请给出有 id 一列的 CSV 文件", "Give a CSV file with a column id"),
        ) from error


def cover(wanted: Sequence[tuple[str, str]], catalogue: Catalogue, rules: RuleMap, *, mutate: bool) -> Coverage:
    """Compares an index with the definitions and the mapping.

    Args:
        mutate: change each rule a little; one whose examples do not notice counts as unmapped.
    """
    standing = standings([ident for ident, _ in wanted], catalogue, rules)
    survived: dict[str, list[Mutant]] = {}
    defined: dict[str, list[str]] = {}
    for one in catalogue.list("rule"):
        defined.setdefault(index_id(one.id), []).append(f"rule {one.id}")
        if mutate:
            survived.setdefault(index_id(one.id), []).extend(survivors(one.spec, catalogue))
    listed = [
        Listed(
            id=ident,
            title=title,
            standing="unmapped" if survived.get(ident) else standing[ident],
            places=(*defined.get(ident, ()), *(f"{one.to} {one.where}" for one in rules.places(ident))),
            reason=reason.en if standing[ident] == "planned" and (reason := rules.reason(ident)) else "",
            survived=tuple(survived.get(ident, ())),
        )
        for ident, title in wanted
    ]
    named = {*defined, *(one.rule for one in rules.mapped), *(one.rule for one in rules.planned)}
    strangers = sorted(named - standing.keys())
    return Coverage(tuple(listed), rules.faults, tuple(strangers))
