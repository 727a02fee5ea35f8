"""For everybody at once: the next day on which time alone turns a rule's answer.

The same reasoning as `turning`, over columns. Between the days that an expression compares with, its value
cannot change; so only those days are tried, person by person in their order, and each day found is one on
which the rule, evaluated, gives another answer than today. Facts and parameters stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Expression, Reading, tree
from anjia.kernel.expressions.columns import BLOCK
from anjia.kernel.specs import RuleSpec
from anjia.rules import coding, dayturns
from anjia.rules.compiling import CompiledRule, compiled
from anjia.rules.dayturns import FAR
from anjia.rules.finding import CODES, expressions_of
from anjia.rules.snapshot import Snapshot
from anjia.rules.turning import UnsolvedError, moves

Days = NDArray[np.int64]
Codes = NDArray[np.uint8]
NEVER = np.datetime64("NaT", "D")
Held = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Turns:
    """The next turn of one rule for everybody, in the order of the snapshot's rows.

    Attributes:
        day: (rows,) datetime64[D] – first day after `on` with another answer, NaT when there is none.
        before, after: (rows,) uint8 – the answers of `on` and of that day, as `finding.CODES`.
    """

    rule: RuleSpec
    on: date
    until: date
    day: NDArray[np.datetime64]
    before: Codes
    after: Codes

    def rows(self, before: str = "", after: str = "") -> NDArray[np.int64]:
        """Gives the rows that turn, by day; of those, the ones from and to an answer where it is named."""
        taken = ~np.isnat(self.day)
        if before:
            taken &= self.before == CODES[before]
        if after:
            taken &= self.after == CODES[after]
        found = np.flatnonzero(taken)
        return found[np.argsort(self.day[found], kind="stable")]


def is_timed(rule: RuleSpec, catalogue: Catalogue, on: date, parameters: Mapping[str, Any]) -> bool:
    """Says whether a rule depends on the day: it counts an age, a term or a period."""
    return any(moves(one.tree) for one in expressions_of([compiled(rule)], catalogue, on, parameters))


def turns(
    rule: RuleSpec, snapshot: Snapshot, on: date, until: date, parameters: Mapping[str, Any], *, catalogue: Catalogue
) -> Turns:
    """Gives for everybody the next day, after `on` and not after `until`, on which the rule's answer turns.

    Raises:
        AnjiaError: as `finding.evaluate`.
    """
    ready = compiled(rule)
    found = expressions_of([ready], catalogue, on, parameters)
    tables = {f"cfg.{name}": value for name, value in parameters.items() if isinstance(value, dict)}
    coded = coding.coded(found, snapshot, coding.kinds_of(catalogue), tables)
    day = np.full(snapshot.rows, FAR, dtype=np.int64)
    before, after = np.zeros(snapshot.rows, np.uint8), np.zeros(snapshot.rows, np.uint8)
    for start in range(0, snapshot.rows, BLOCK):
        stop = min(start + BLOCK, snapshot.rows)
        held = {name: column.block(start, stop) for name, column in coded.columns.items()}
        block = _Rows(ready, coded.expressions, coded.tables, held, stop - start)
        day[start:stop], before[start:stop], after[start:stop] = block.turn(_number(on), _number(until))
    shown = np.where(day == FAR, NEVER, day.astype("datetime64[D]"))
    return Turns(rule, on, until, shown, before, after)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some persons under one rule, with what its clauses read."""

    ready: CompiledRule
    expressions: list[Expression]
    tables: Mapping[str, Mapping[Any, Any]]
    held: Held
    n: int

    def turn(self, on: int, until: int) -> tuple[Days, Codes, Codes]:
        """Gives the day, the answer before and the answer on that day."""
        every = np.arange(self.n)
        before = self._verdict(every, np.full(self.n, on))
        day, after = np.full(self.n, FAR, dtype=np.int64), before.copy()
        pending = every
        for days in self._candidates(on, until):
            rows = pending[days[pending] != FAR]
            if not len(rows):
                continue
            new = self._verdict(rows, days[rows])
            turned = new != before[rows]
            day[rows[turned]], after[rows[turned]] = days[rows[turned]], new[turned]
            pending = np.flatnonzero(day == FAR)
        return day, before, after

    def _candidates(self, on: int, until: int) -> Iterator[Days]:
        """Gives, earliest first for each person, the days that are worth trying."""
        try:
            solver = dayturns.Solver(self._value, self.n)
            found = [one for root in self.expressions if moves(root.tree) for one in solver.days(root.tree)]
        except UnsolvedError:
            yield from (np.full(self.n, day, dtype=np.int64) for day in range(on + 1, until + 1))
            return
        if found:
            every = np.stack(found)
            every[(every <= on) | (every > until)] = FAR
            every.sort(axis=0)
            yield from every

    def _value(self, node: tree.Node) -> tuple[Any, Any]:
        one = Expression(node.text, node, frozenset(), (), frozenset())
        ((values, known),) = Reading([one], self.held, self.tables).full(0, self.n)
        return values, known

    def _verdict(self, rows: NDArray[np.int64], days: Days) -> Codes:
        held = {name: (values[rows], known[rows]) for name, (values, known) in self.held.items()}
        held["today"] = (days.astype("datetime64[D]"), np.array(True))
        pairs = Reading(self.expressions, held, self.tables).full(0, len(rows))
        return _joined(self.ready, pairs, len(rows))


def _joined(ready: CompiledRule, pairs: list[tuple[Any, Any]], n: int) -> Codes:
    """Gives the rule's answers from its expressions, as `CompiledRule.verdict` joins its clauses'."""
    left, first = iter(pairs), ready.rule.reads == "first"
    decided, open_ = np.zeros(n, bool), np.zeros(n, bool)
    for clause in ready.clauses:
        counts, sure = next(left) if clause.applies is not None else (np.True_, np.True_)
        met, known = next(left)
        idle = sure & ~counts
        yes, no = met & known & ~idle, ~met & known & counts & sure
        decided |= yes if first else no
        open_ |= ~(yes | no | idle)
    won, lost = (CODES["yes"], CODES["no"]) if first else (CODES["no"], CODES["yes"])
    return np.select([decided, open_], [won, CODES["unknown"]], lost).astype(np.uint8)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
