"""Judges every person by every rule in four readers, and gives every clause on which they differ.

The readers: NumPy blocks over the snapshot; closures; DuckDB; PostgreSQL. The closures judge each distinct
combination of the facts that a rule reads, once a block of persons, and every person is compared; an even
sample of persons goes the whole road of a case besides, through `anjia.rules.judge`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import FactSpec, RuleSpec
from anjia.rules import engines, nobody
from anjia.rules.compiling import CompiledRule, compiled
from anjia.rules.finding import CODES, WORDS, Verdicts, evaluate
from anjia.rules.judging import judge
from anjia.rules.ports import Fact
from anjia.rules.scene import COMPUTED, Dictionary, dictionary
from anjia.rules.snapshot import Snapshot

BLOCK = 65536
SAMPLE = 1000
"""Persons who go the whole road of a case."""

Codes = NDArray[np.uint8]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One person on whom a reader differs from NumPy; `person` is the row of the snapshot."""

    reader: str
    rule: str
    clause: str
    person: int
    numpy: str
    other: str


@dataclass(slots=True)
class Proof:
    """What was proven.

    Attributes:
        counts: rule → {yes, no, unknown}.
        differences: per rule, how many (person, clause) pairs differ.
        told: rule that nobody meets → the facts, told in a case only, for which nobody can.
        first: the first difference of each rule and reader.
        seconds: reader → time.
    """

    persons: int
    clauses: int
    counts: dict[str, dict[str, int]]
    differences: dict[str, int]
    told: dict[str, tuple[FactSpec, ...]]
    first: list[Difference] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def prove(
    rules: Sequence[RuleSpec], snapshot: Snapshot, on: date, parameters: Mapping[str, Any], *, catalogue: Catalogue,
    postgres: bool = True, sample: int = SAMPLE, say: Say = lambda text: None,
) -> Proof:  # fmt: skip
    """Judges everybody of a snapshot by all rules in all readers.

    Args:
        postgres: ask PostgreSQL too; needs a connection of Django and makes a temporary table.
        sample: how many persons go the whole road of a case.
    """
    started = time.monotonic()
    verdicts = evaluate(rules, snapshot, on, parameters, catalogue=catalogue, clauses=True)
    ready = [compiled(rule) for rule in rules]
    proof = Proof(
        snapshot.rows, sum(len(rule.clause) for rule in rules), {rule.id: verdicts.count(rule.id) for rule in rules},
        {rule.id: 0 for rule in rules}, {}, seconds={"numpy": time.monotonic() - started},
    )  # fmt: skip
    known = dictionary(catalogue, on)
    for rule in ready:
        if not proof.counts[rule.rule.id]["yes"]:
            proof.told[rule.rule.id] = nobody.told_in_cases(rule, verdicts, known)
    say(f"numpy: {proof.seconds['numpy']:.1f} s")
    _Work(proof, verdicts, ready, snapshot, on, parameters, catalogue).run(postgres, sample, say)
    return proof


@dataclass(frozen=True, slots=True)
class _Work:
    proof: Proof
    verdicts: Verdicts
    rules: Sequence[CompiledRule]
    snapshot: Snapshot
    on: date
    parameters: Mapping[str, Any]
    catalogue: Catalogue

    def run(self, postgres: bool, sample: int, say: Say) -> None:
        """Runs the other readers one after another."""
        asked = engines.Asked(self.rules, self.snapshot, self.on, self.parameters, self.catalogue)
        readers: dict[str, Callable[[], Iterator[tuple[str, str, Codes]]]] = {
            "closures": self._closures, "duckdb": lambda: engines.duckdb_codes(asked),
        }  # fmt: skip
        if postgres:
            readers["postgresql"] = lambda: engines.postgres_codes(asked)
        for name, reader in readers.items():
            started = time.monotonic()
            for rule, clause, codes in reader():
                self._compare(name, rule, clause, codes)
            self.proof.seconds[name] = time.monotonic() - started
            say(f"{name}: {self.proof.seconds[name]:.1f} s")
        started = time.monotonic()
        self._cases(sample)
        self.proof.seconds["cases"] = time.monotonic() - started

    def _compare(self, reader: str, rule: str, clause: str, codes: Codes) -> None:
        ours = self.verdicts.codes(rule, clause=clause)
        wrong = np.flatnonzero(ours != codes)
        if len(wrong):
            self._note(reader, rule, clause, int(wrong[0]), WORDS[ours[wrong[0]]], WORDS[codes[wrong[0]]], len(wrong))

    def _note(
        self, reader: str, rule: str, clause: str, person: int, numpy: str, other: str, count: int = 1
    ) -> None:
        self.proof.differences[rule] += count
        if not any(one.reader == reader and one.rule == rule for one in self.proof.first):
            self.proof.first.append(Difference(reader, rule, clause, person, numpy, other))

    def _closures(self) -> Iterator[tuple[str, str, Codes]]:
        known = dictionary(self.catalogue, self.on)
        for rule in self.rules:
            codes = np.zeros((len(rule.clauses), self.snapshot.rows), dtype=np.uint8)
            names = _parts(rule, known, self.snapshot)
            for start in range(0, self.snapshot.rows, BLOCK):
                stop = min(start + BLOCK, self.snapshot.rows)
                codes[:, start:stop] = self._judged(rule, names, known, start, stop)
            for at, clause in enumerate(rule.clauses):
                yield rule.rule.id, clause.clause.id, codes[at]

    def _judged(self, rule: CompiledRule, names: Sequence[str], known: Dictionary, start: int, stop: int) -> Codes:
        """Gives (clauses, rows) of a block: each distinct combination of facts is judged once."""
        columns = [self.snapshot.column(name) for name in names]
        if not columns:
            return np.repeat(self._one(rule, {}, known)[:, None], stop - start, axis=1)
        raw = [np.where(one.known[start:stop], one.value[start:stop], 0) for one in columns]
        keys = np.zeros(stop - start, dtype=np.int64)
        for one, values in zip(columns, raw, strict=True):
            distinct, inverse = np.unique(values, return_inverse=True)
            # Made dense at each step, so that it never leaves 64 bits.
            mixed = (keys * len(distinct) + inverse) * 2 + one.known[start:stop]
            keys = np.unique(mixed, return_inverse=True)[1]
        first = np.zeros(int(keys.max(initial=-1)) + 1, dtype=np.int64)
        first[keys] = np.arange(stop - start)
        found = np.empty((len(rule.clauses), len(first)), dtype=np.uint8)
        for at, row in enumerate(first.tolist()):
            found[:, at] = self._one(rule, self.snapshot.values(start + row, tuple(names)), known)
        return found[:, keys]

    def _one(self, rule: CompiledRule, facts: Mapping[str, Any], known: Dictionary) -> Codes:
        values: dict[str, Any] = {f"cfg.{name}": value for name, value in self.parameters.items()}
        values.update(facts, today=self.on)
        for one in known.derived.values():
            if one.id not in values and (value := one.value(values)) is not None:
                values[one.id] = value
        return np.array([CODES[clause.verdict(values)] for clause in rule.clauses], dtype=np.uint8)

    def _cases(self, sample: int) -> None:
        rows = self.snapshot.rows
        for person in np.unique(np.linspace(0, rows - 1, min(sample, rows), dtype=np.int64)).tolist() if rows else ():
            scene = facts_of(self.snapshot, person)
            for rule in self.rules:
                judged = judge(
                    rule.rule, scene, on=self.on, parameters=self.parameters, catalogue=self.catalogue
                )  # fmt: skip
                self._whole(rule, judged.verdict, person)
                for one in judged.clauses:
                    ours = self._at(rule.rule.id, one.clause.id, person)
                    if ours != one.verdict:
                        self._note("cases", rule.rule.id, one.clause.id, person, ours, one.verdict)

    def _whole(self, rule: CompiledRule, verdict: str, person: int) -> None:
        ours = self._at(rule.rule.id, "", person)
        if ours != verdict:
            self._note("cases", rule.rule.id, "", person, ours, verdict)

    def _at(self, rule: str, clause: str, person: int) -> str:
        return self.verdicts.at(person, rule, clause=clause)


def facts_of(snapshot: Snapshot, row: int) -> dict[str, Fact]:
    """Gives the known facts of one person as judging reads them."""
    return {
        name: Fact(name, value, COMPUTED, snapshot.known_at) for name, value in snapshot.values(row).items()
    }  # fmt: skip


def _parts(rule: CompiledRule, known: Dictionary, snapshot: Snapshot) -> tuple[str, ...]:
    read = (part for clause in rule.clauses for name in clause.reads for part in known.parts(name))
    held = set(snapshot.names)
    return tuple(dict.fromkeys(name for name in read if name in held))

