"""What no row shows by itself: two entries true at once, a number given twice, a household without a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from django.contrib.postgres.constraints import ExclusionConstraint
from numpy.typing import NDArray

from anjia.registers.bulk.columns import NEVER, Column, Ints
from anjia.registers.intake import sheets
from anjia.registers.intake.conditions import holds
from anjia.registers.intake.reading import NOTHING, Block
from anjia.registers.intake.sheets import KEY, NUMBER

FOREVER = 1 << 62
Truth = NDArray[np.bool_]
TRUE_AT_ONCE = "entry-overlap"


@dataclass(slots=True)
class Gathered:
    """The good rows of one register, as far as they are judged together.

    Attributes:
        arrays: name → parts, one a block; texts as numbers of `words`.
        bad: rows refused here: position → column and code.
    """

    register: str
    arrays: dict[str, list[Column]] = field(default_factory=dict)
    words: dict[str, dict[object, int]] = field(default_factory=dict)
    bad: dict[int, tuple[str, str]] = field(default_factory=dict)
    _whole: dict[str, Column] = field(default_factory=dict)

    def add(self, block: Block, file: int) -> None:
        """Takes the good rows of a block."""
        good = np.flatnonzero(block.good())
        count = len(block.lines)
        taken = {"file": np.full(len(good), file, dtype=np.int16), "line": block.lines[good].astype(np.int32)}
        for name, none in (("valid_from", NEVER), ("valid_to", NEVER), ("recorded_from", NOTHING),
                           ("recorded_to", NOTHING)):  # fmt: skip
            taken[name] = block.values.get(name, np.full(count, none))[good]
        taken[KEY] = block.values[KEY][good]
        for name in _judged(self.register):
            column = block.values.get(name)
            taken[name] = np.full(len(good), NOTHING) if column is None else self._numbered(name, column[good])
        for rule in sheets.exclusions(self.register):
            taken[rule.name] = holds(rule.condition, block.values, count)[good]
        for name, column in taken.items():
            self.arrays.setdefault(name, []).append(column)

    def __getitem__(self, name: str) -> Column:
        if name not in self._whole:
            parts = self.arrays.pop(name, [])
            self._whole[name] = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        return self._whole[name]

    def put(self, name: str, column: Column) -> None:
        """Puts a column in the place of another."""
        self._whole[name] = column

    def forget(self, *names: str) -> None:
        """Lets go of what is judged already."""
        for name in names:
            self._whole.pop(name, None)

    def word(self, name: str, text: str) -> int:
        """Gives the number of a text of a column, one that no row has when it never came."""
        return self.words.get(name, {}).get(text, -2)

    def standing(self) -> Truth:
        """Says which rows are good and hold today as far as the register knows."""
        return (self["valid_to"] == NEVER) & (self["recorded_to"] == NOTHING) & self.left()

    def left(self) -> Truth:
        """Says which rows are still good."""
        result = np.ones(len(self["line"]), dtype=bool)
        result[list(self.bad)] = False
        return result

    def refuse(self, rows: Ints, column: str, code: str) -> None:
        """Refuses rows."""
        for row in rows.tolist():
            self.bad.setdefault(row, (column, code))

    def _numbered(self, name: str, column: Column) -> Ints:
        if column.dtype != object:
            return column
        known = self.words.setdefault(name, {})
        return np.fromiter(
            (known.setdefault(value, len(known)) for value in column.tolist()), dtype=np.int64, count=len(column)
        )


def _judged(register: str) -> list[str]:
    """Gives the own columns that are judged together with others."""
    names = {name for rule in sheets.exclusions(register) for name in _keys(rule)} - {"subject"}
    names |= {"household": {"kind", "division", "number"}, "membership": {"household", "relation", "division"},
              "status": {"status"}, "identity": {"kind", NUMBER, "issued_here"}}.get(register, set())  # fmt: skip
    return sorted(names)


def _keys(rule: ExclusionConstraint) -> list[str]:
    return [str(name) for name, operator in rule.expressions if operator == "="]


def overlaps(rows: Gathered) -> None:
    """Refuses the later of two rows that one exclusion rule does not allow beside each other."""
    for rule in sheets.exclusions(rows.register):
        able = np.flatnonzero(rows[rule.name] & rows.left())
        keys = [rows[KEY if name == "subject" else name][able] for name in _keys(rule)]
        begin, end = rows["valid_from"][able], rows["valid_to"][able]
        known, closed = rows["recorded_from"][able], rows["recorded_to"][able]
        known = np.where(known == NOTHING, FOREVER - 1, known)
        closed = np.where(closed == NOTHING, FOREVER, closed)
        found = colliding(keys, (begin, end), (known, closed))
        rows.refuse(able[found], "valid_from", TRUE_AT_ONCE)


def colliding(keys: list[Ints], valid: tuple[Ints, Ints], recorded: tuple[Ints, Ints]) -> Ints:
    """Gives the positions that must go so that no two rows of a key overlap on both axes; the first stays."""
    order = np.lexsort(keys[::-1])
    bad = np.zeros(len(order), dtype=bool)
    at, step = np.arange(len(order)), 1
    sorted_keys = [key[order] for key in keys]
    (begin, end), (known, closed) = ((low[order], high[order]) for low, high in (valid, recorded))
    while len(at := at[at + step < len(order)]):
        at = at[np.logical_and.reduce([key[at] == key[at + step] for key in sorted_keys])]
        other = at + step
        both = (begin[at] < end[other]) & (begin[other] < end[at])
        both &= (known[at] < closed[other]) & (known[other] < closed[at])
        both &= ~bad[at] & ~bad[other]
        bad[other[both]] = True
        step += 1
    return order[bad]


def numbers_twice(rows: Gathered) -> None:
    """Refuses citizen numbers issued here that stand for a second row."""
    citizen, issued = rows.word("kind", "citizen_no"), rows.word("issued_here", False)  # type: ignore[arg-type]
    able = np.flatnonzero(
        (rows["kind"] == citizen) & (rows["issued_here"] != issued) & (rows["recorded_to"] == NOTHING) & rows.left()
    )
    first = np.unique(rows[NUMBER][able], return_index=True)[1]
    rows.refuse(np.delete(able, first), NUMBER, "number-taken")


def homes(rows: Mapping[str, Gathered]) -> None:
    """Refuses open registrations and households that the register's invariants do not allow, until all is well."""
    home, member = rows.get("household"), rows.get("membership")
    if member is None and home is None:
        return
    count = 1 + max((int(one[name].max()) for one, name in _named(home, member) if len(one[name])), default=0)
    alive = np.zeros(count, dtype=bool)
    if (status := rows.get("status")) is not None:
        able = status.standing() & (status["status"] == status.word("status", "0"))
        alive[status[KEY][able & (status[KEY] < count)]] = True
    while True:
        before = sum(len(one.bad) for one in (home, member) if one is not None)
        _members(home, member, alive, count)
        _heads(home, member, count)
        if sum(len(one.bad) for one in (home, member) if one is not None) == before:
            return


def _named(home: Gathered | None, member: Gathered | None) -> list[tuple[Gathered, str]]:
    found = [(home, KEY)] if home is not None else []
    return found + ([(member, KEY), (member, "household")] if member is not None else [])  # type: ignore[return-value]


def _members(home: Gathered | None, member: Gathered | None, alive: Truth, count: int) -> None:
    if member is None:
        return
    kind, division = np.full(count, NOTHING), np.full(count, NOTHING)
    public: list[int] = []
    family = -3
    if home is not None:
        stands = np.flatnonzero(home.standing())
        kind[home[KEY][stands]] = home["kind"][stands]
        words = {word: number for number, word in enumerate(home.words.get("division", {}))}
        same = np.array([member.word("division", str(word)) for word in words] or [NOTHING])
        division[home[KEY][stands]] = same[home["division"][stands]]
        public = [home.word("kind", code) for code in ("T4", "T5")]
        family = home.word("kind", "J1")
    able = np.flatnonzero(member.standing())
    where, who, relation = member["household"][able], member[KEY][able], member["relation"][able]
    head, other = member.word("relation", "02"), member.word("relation", "99")
    collective = (kind[where] != NOTHING) & (kind[where] != family)
    member.refuse(able[kind[where] == NOTHING], "household", "household-closed")
    member.refuse(able[~alive[who]], KEY, "person-not-registrable")
    member.refuse(able[(kind[where] != NOTHING) & (division[where] != member["division"][able])], "division",
                  "membership-elsewhere")  # fmt: skip
    wrong = collective & ~np.isin(relation, [head, other]) | np.isin(kind[where], public) & (relation == head)
    member.refuse(able[wrong], "relation", "relation-not-collective")


def _heads(home: Gathered | None, member: Gathered | None, count: int) -> None:
    if home is None:
        return
    headed = np.zeros(count, dtype=bool)
    if member is not None:
        able = member.standing() & (member["relation"] == member.word("relation", "02"))
        headed[member["household"][able]] = True
    stands = np.flatnonzero(home.standing() & (home["kind"] == home.word("kind", "J1")))
    home.refuse(stands[~headed[home[KEY][stands]]], KEY, "household-headless")
