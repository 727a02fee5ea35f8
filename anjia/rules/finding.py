"""Judges everybody by any rules in one pass over a snapshot, and keeps what was found as bitmaps.

    >>> verdicts = evaluate(rules, snapshot, on, parameters, catalogue=catalogue)
    >>> verdicts.count("S-20")                        # {"yes": …, "no": …, "unknown": …}
    >>> verdicts.mask("S-20", "yes")                  # (rows,) bool; verdicts.bitmap(…) the same packed
    >>> verdicts = evaluate(rules, snapshot, on, parameters, catalogue=catalogue, clauses=True)
    >>> verdicts.mask("S-20", "no", clause="consent")

The verdicts are those that `anjia.rules.judge` gives for each person over the same facts (`anjia rules
prove` shows it). `on` may be another day than the snapshot's: the facts stay, time moves. To compare two
drafts of a rule, evaluate twice, with the rules or the parameters of each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import Expression
from anjia.kernel.expressions.claims import BLOCK, NONE, Bits, Claim, Claims
from anjia.kernel.specs import RuleSpec
from anjia.rules import coding
from anjia.rules.compiling import CompiledRule, compiled
from anjia.rules.scene import dictionary
from anjia.rules.snapshot import Snapshot

Verdict = Literal["yes", "no", "unknown", "not_applicable"]
CODES: dict[str, int] = {"unknown": 0, "yes": 1, "no": 2, "not_applicable": 3}
"""Verdict → its number; bit 0 lies in one bitmap, bit 1 in another."""
WORDS: tuple[Verdict, ...] = ("unknown", "yes", "no", "not_applicable")


@dataclass(frozen=True, slots=True)
class Marks:
    """The verdicts of one rule or clause over all rows: two bitmaps, most significant bit first."""

    low: Bits
    high: Bits

    def bits(self, verdict: str) -> Bits:
        """Gives the bitmap of the rows with a verdict; bits after the last row mean nothing."""
        code = CODES[verdict]
        low, high = self.low if code & 1 else ~self.low, self.high if code & 2 else ~self.high
        return low & high


class Verdicts:
    """What everybody got under some rules on a day.

    Attributes:
        rules: in the order in which they were asked for.
        on: the day of the judgement.
        rows: how many persons, in the order of the snapshot.
    """

    def __init__(self, rules: Sequence[RuleSpec], on: date, rows: int, marks: dict[tuple[str, str], Marks]) -> None:
        self.rules = tuple(rules)
        self.on = on
        self.rows = rows
        self._marks = marks

    def bitmap(self, rule: str, verdict: Verdict, *, clause: str = "") -> Bits:
        """Gives the rows with a verdict as packed bits ((rows + 7) // 8 bytes), zero after the last row."""
        found = self._marks[rule, clause].bits(verdict)
        if self.rows % 8:
            found[-1] &= 0xFF << (8 - self.rows % 8) & 0xFF
        return found

    def mask(self, rule: str, verdict: Verdict, *, clause: str = "") -> NDArray[np.bool_]:
        """Gives the rows with a verdict, (rows,) bool."""
        return np.unpackbits(self.bitmap(rule, verdict, clause=clause), count=self.rows).view(np.bool_)

    def codes(self, rule: str, *, clause: str = "") -> NDArray[np.uint8]:
        """Gives each row's verdict as its number in `CODES`, (rows,) uint8."""
        marks = self._marks[rule, clause]
        high = np.unpackbits(marks.high, count=self.rows)
        return np.unpackbits(marks.low, count=self.rows) + (high << 1)

    def at(self, row: int, rule: str, *, clause: str = "") -> Verdict:
        """Gives the verdict of one person."""
        marks, place, bit = self._marks[rule, clause], row // 8, 7 - row % 8
        return WORDS[(int(marks.low[place]) >> bit & 1) | (int(marks.high[place]) >> bit & 1) << 1]

    def count(self, rule: str, *, clause: str = "") -> dict[str, int]:
        """Gives how many rows have each verdict: yes, no, unknown, and for a clause not_applicable."""
        words: tuple[Verdict, ...] = ("yes", "no", "unknown", *(("not_applicable",) if clause else ()))
        return {word: int(np.bitwise_count(self.bitmap(rule, word, clause=clause)).sum()) for word in words}


def evaluate(
    rules: Sequence[RuleSpec],
    snapshot: Snapshot,
    on: date,
    parameters: Mapping[str, Any],
    *,
    catalogue: Catalogue,
    clauses: bool = False,
    threads: int | None = None,
) -> Verdicts:
    """Judges everybody of a snapshot by rules, in one pass; pieces that rules share are computed once.

    Args:
        rules: each id once.
        on: `today` of the rules.
        parameters: the city's parameters by id, as of `Catalogue.parameters`.
        catalogue: where facts are declared, and how computed ones follow from others.
        clauses: keep the verdict of each clause too (a quarter of a byte a person and clause).
        threads: how many blocks at a time; by default the processors, at most four.

    Raises:
        AnjiaError: `fact-mistyped`, `expression-overflow` as `kernel.expressions.compile`.
    """
    ready = [compiled(rule) for rule in rules]
    reading = _reading(ready, snapshot, on, parameters, catalogue)
    keys = [(rule.rule.id, "") for rule in ready]
    if clauses:
        keys += [(rule.rule.id, clause.clause.id) for rule in ready for clause in rule.clauses]
    size = (snapshot.rows + 7) // 8
    marks = {key: Marks(np.zeros(size, np.uint8), np.zeros(size, np.uint8)) for key in keys}

    def work(start: int) -> None:
        stop = min(start + BLOCK, snapshot.rows)
        _judge(ready, reading.claims(start, stop), marks, start, stop - start)

    with ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1)) as pool:
        for done in [pool.submit(work, start) for start in range(0, snapshot.rows, BLOCK)]:
            done.result()
    return Verdicts(rules, on, snapshot.rows, marks)


def get_rule(catalogue: Catalogue, ident: str, on: date) -> RuleSpec:
    """Gives a rule that judges persons.

    Raises:
        AnjiaError: `definition-unknown` (404), `rule-unjudged` (404) when it has no clause.
    """
    rule: RuleSpec = catalogue.get("rule", ident, on).spec
    if not rule.clause:
        raise AnjiaError(
            "rule-unjudged", "这条规则不判断个人", "This rule judges no person",
            ("请从列表中选择", "Choose from the list"), status=404,
        )  # fmt: skip
    return rule


def expressions_of(
    rules: Sequence[CompiledRule], catalogue: Catalogue, on: date, parameters: Mapping[str, Any]
) -> list[Expression]:
    """Gives the expressions of all clauses in order, `applies` before `when`, resolved."""
    known = dictionary(catalogue, on)
    return [
        coding.resolved(one, known, parameters)
        for rule in rules
        for clause in rule.clauses
        for one in (clause.applies, clause.when)
        if one is not None
    ]


def _reading(
    rules: Sequence[CompiledRule], snapshot: Snapshot, on: date, parameters: Mapping[str, Any], catalogue: Catalogue
) -> Claims:
    found = expressions_of(rules, catalogue, on, parameters)
    tables = {f"cfg.{name}": value for name, value in parameters.items() if isinstance(value, dict)}
    coded = coding.coded(found, snapshot, coding.kinds_of(catalogue), tables)
    return Claims(coded.expressions, {**coded.columns, "today": (on, True)}, coded.tables)


def _judge(
    rules: Sequence[CompiledRule], claims: Sequence[Claim], marks: Mapping[tuple[str, str], Marks], start: int, n: int
) -> None:
    """Writes the marks of one block, which begins at a whole byte."""
    place = slice(start // 8, (start + n + 7) // 8)
    left = iter(claims)
    for rule in rules:
        first = rule.rule.reads == "first"
        decided, open_ = NONE, NONE
        for clause in rule.clauses:
            yes, no, idle = _clause(None if clause.applies is None else next(left), next(left))
            decided = decided | (yes if first else no)
            open_ = open_ | ~(yes | no | idle)
            kept = marks.get((rule.rule.id, clause.clause.id))
            if kept is not None:
                kept.low[place], kept.high[place] = yes | idle, no | idle
        rest = ~(decided | open_)
        yes, no = (decided, rest) if first else (rest, decided)
        kept = marks[rule.rule.id, ""]
        kept.low[place], kept.high[place] = yes, no


def _clause(applies: Claim | None, when: Claim) -> tuple[Bits, Bits, Bits]:
    """Gives where a clause is met, not met, and does not apply."""
    met, unmet = when
    if applies is None:
        return met, unmet, NONE
    counts, idle = applies
    return met & ~idle, unmet & counts, idle
