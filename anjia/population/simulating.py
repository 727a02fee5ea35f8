"""What a change would do to everybody: who gains, who loses, by area, age, sex and household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import RuleSpec
from anjia.rules import counting, finding, hiding
from anjia.rules.compiling import compiled
from anjia.rules.snapshot import Snapshot

AGES = (0, 6, 18, 35, 50, 60, 70, 80)
SIZES = (1, 2, 3, 4, 5)
DISTRICT = 6
"""Digits of a division code that name a district or county."""
KIND = "household.kind"
CHANGES = ("gains", "losses")
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Change:
    """One rule under its old and its new text, over everybody.

    Attributes:
        before, after: (rows,) uint8 – answers as `finding.CODES`.
    """

    rule: RuleSpec
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]

    def rows(self, what: str) -> Ints:
        """Gives the rows that gain or lose: those who meet the rule on one side only."""
        yes = finding.CODES["yes"]
        old, new = self.before == yes, self.after == yes
        return np.flatnonzero(new & ~old if what == "gains" else old & ~new)


def compare(
    pairs: Sequence[tuple[RuleSpec | None, RuleSpec | None]], snapshot: Snapshot, on: date,
    before: Mapping[str, Any], after: Mapping[str, Any], *, catalogue: Catalogue,
) -> list[Change]:  # fmt: skip
    """Judges everybody by the old and by the new text of rules.

    Args:
        pairs: (old, new) of each rule; None on the left for a rule that is new: nobody met it.
        before, after: the city's parameters on either side.
        catalogue: where facts are declared.
    """
    old = finding.evaluate([one for one, _ in pairs if one], snapshot, on, before, catalogue=catalogue)
    new = finding.evaluate([one for _, one in pairs if one], snapshot, on, after, catalogue=catalogue)
    nobody = np.full(snapshot.rows, finding.CODES["no"], np.uint8)
    return [
        Change(
            second or first,  # type: ignore[arg-type]
            old.codes(first.id) if first else nobody,
            new.codes(second.id) if second else nobody,
        )
        for first, second in pairs
    ]


def affected(catalogue: Catalogue, parameter: str, on: date) -> list[RuleSpec]:
    """Gives the rules in force that read a parameter, computed facts included."""
    name = f"cfg.{parameter}"
    found = finding.expressions_of
    return [
        one.spec for one in catalogue.list("rule", on)
        if any(name in expression.names for expression in found([compiled(one.spec)], catalogue, on, {}))
    ]  # fmt: skip


def result(changes: Sequence[Change], snapshot: Snapshot, on: date) -> dict[str, Any]:
    """Gives what may be shown of a comparison as JSON values; a hidden count is null."""
    groups = {name: found for name, found in _groups(snapshot, on).items() if len(found[0])}
    return {
        "on": on.isoformat(),
        "persons": snapshot.rows,
        "least": hiding.LEAST,
        "snapshot": {name: snapshot.manifest[name] for name in ("on", "known_at", "definitions", "synthetic")},
        "rules": [_rule(change, groups) for change in changes],
    }


def _rule(change: Change, groups: Mapping[str, tuple[list[str], Ints]]) -> dict[str, Any]:
    label = np.full(len(change.before), 2, dtype=np.int64)
    label[change.rows("gains")], label[change.rows("losses")] = 0, 1
    whole = {what: int((label == at).sum()) for at, what in enumerate(CHANGES)}
    return {
        "rule": change.rule.id,
        "title": {"zh": change.rule.title.zh, "en": change.rule.title.en},
        **{what: count if count >= hiding.LEAST else None for what, count in whole.items()},
        "by": {name: _table(names, place, label) for name, (names, place) in groups.items()},
    }


def _table(names: list[str], place: Ints, label: Ints) -> list[dict[str, Any]]:
    """Gives one line a group in which there is anybody; a hidden count is None."""
    persons = np.bincount(place, minlength=len(names))
    kept = np.flatnonzero(persons)
    few = hidden_counts(persons[kept], np.full(len(kept), persons.sum()))
    found: list[dict[str, Any]] = [
        {"key": names[at], "persons": None if few[row] else int(persons[at])} for row, at in enumerate(kept)
    ]
    for at, what in enumerate(CHANGES):
        counts = np.bincount(place[label == at], minlength=len(names))[kept]
        for row, hidden in enumerate(hidden_counts(counts, persons[kept])):
            found[row][what] = None if hidden else int(counts[row])
    return found


def hidden_counts(counts: Ints, persons: Ints) -> NDArray[np.bool_]:
    """Says which counts of groups are hidden when their sum is shown, unless it is under `LEAST`.

    Hidden is a count under `LEAST`, one that leaves under `LEAST` of its group, and as many more, smallest
    first, as it takes that the hidden ones are several and can be shared out in more than one way: their
    sum, and what is left of their groups, are not under `LEAST`.
    """
    least = hiding.LEAST
    hidden: NDArray[np.bool_] = (counts < least) | ((persons - counts > 0) & (persons - counts < least))
    while hidden.any() and not hidden.all():
        total, room = counts[hidden].sum(), (persons - counts)[hidden].sum()
        if hidden.sum() > 1 and total >= least and room >= least:
            break
        rest = np.flatnonzero(~hidden)
        hidden[rest[np.argmin(counts[rest])]] = True
    return hidden


def _groups(snapshot: Snapshot, on: date) -> dict[str, tuple[list[str], Ints]]:
    """Gives each way to divide everybody: the keys of its groups and each row's place among them."""
    found: dict[str, tuple[list[str], Ints]] = {}
    found |= {"area": areas(snapshot), "age": _ages(snapshot, on), "sex": _texts(snapshot, "_sex")}
    size = np.bincount(snapshot.households)[snapshot.households]
    found["household"] = ([f"{one}+" if one == SIZES[-1] else str(one) for one in SIZES], np.clip(size, 1, 5) - 1)
    if KIND in snapshot.names:
        found["kind"] = _texts(snapshot, KIND)
    return found


def areas(snapshot: Snapshot) -> tuple[list[str], Ints]:
    """Gives the districts that occur and each row's place among them."""
    codes, position = snapshot.divisions
    names, of_code = np.unique([code[:DISTRICT] for code in codes], return_inverse=True)
    return [str(name) for name in names], of_code[position]


def _ages(snapshot: Snapshot, on: date) -> tuple[list[str], Ints]:
    years = counting.ages_of(snapshot, on)
    place = np.where(years < 0, len(AGES), np.clip(np.searchsorted(AGES, years, side="right") - 1, 0, None))
    words = hiding.bands(AGES)
    return [*(words(at) for at in range(len(AGES))), "?"], place


def _texts(snapshot: Snapshot, name: str) -> tuple[list[str], Ints]:
    column = snapshot.column(name)
    places, position = np.unique(np.where(column.known, column.value, -1), return_inverse=True)
    return ["?" if one < 0 else str(snapshot.texts[int(one)].as_py()) for one in places], position
