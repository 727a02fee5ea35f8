"""The next day on which time alone turns an answer, for everybody at once: exact, and the same as for one person."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.specs import FactSpec, RuleSpec
from anjia.rules import foreseeing
from anjia.rules.compiling import compiled
from anjia.rules.finding import WORDS
from anjia.rules.laying import write
from anjia.rules.snapshot import BASE, Snapshot

ON = date(2026, 11, 25)
FACTS = {"a.born": "date", "a.since": "date", "a.until": "date", "a.count": "int"}
RULES = {
    "age": ["years_between(a.born, today) >= cfg.age"],
    "young": ["years_between(a.born, today) < 18"],
    "between": ["years_between(a.born, today) >= 16 and years_between(a.born, today) < 60"],
    "half-year": ["months_between(a.since, today) >= 6"],
    "days": ["days_between(a.since, today) >= 180", "today < a.until"],
    "grace": ["today <= add_days(a.until, 90)"],
    "month-end": ["today < add_months(a.since, a.count)"],
    "turned": ["add_months(today, 6) > a.until"],
    "left": ["days_between(today, a.until) in (30, 60)"],
    "sum": ["years_between(a.born, today) + a.count >= 80"],
    "most": ["max(years_between(a.born, today), a.count) >= 70"],
    "unsolved": ["days_between(a.since, today) * 2 > days_between(a.born, today) // 300"],
}


def rule(name: str, whens: list[str], reads: str = "all") -> RuleSpec:
    clauses = [
        {"id": f"c{n}", "when": when, "text": {"zh": "条", "en": "c"}, "basis": [{"law": "x", "tag": "assumed"}],
         "remedy": {"zh": "办", "en": "do"}}
        for n, when in enumerate(whens)
    ]  # fmt: skip
    return msgspec.convert(
        {"kind": "rule", "id": name, "title": {"zh": "规", "en": "r"}, "chapter": "S", "plain": {"zh": "白", "en": "p"},
         "tags": [], "valid_from": date(2020, 1, 1), "clause": clauses, "example": [], "reads": reads}, RuleSpec,
    )  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    made = [
        FactSpec("fact", name, {"zh": "事", "en": "f"}, kind, "register", {"zh": "簿", "en": "r"}, date(2020, 1, 1))
        for name, kind in FACTS.items()
    ]
    return Catalogue(
        Definition("fact", one.id, one.id, {}, one, one.valid_from, None, Path("x.toml")) for one in made
    )


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Four hundred invented rows, with leap days, ends of months and unknowns."""
    draw, n, folder = np.random.default_rng(4), 400, tmp_path_factory.mktemp("snapshot")
    day = np.datetime64(ON, "D").astype(int)
    odd = [np.datetime64(one, "D").astype(int) for one in ("2008-02-29", "1966-11-26", "2026-05-31", "2026-05-25")]
    held: dict[str, tuple[str, Any]] = {
        "a.born": ("date", day - draw.integers(0, 36000, n)),
        "a.since": ("date", day - draw.integers(-30, 400, n)),
        "a.until": ("date", day + draw.integers(-200, 300, n)),
        "a.count": ("int", draw.integers(0, 30, n)),
    }
    for name in ("a.born", "a.since", "a.until"):
        held[name][1][: len(odd)] = odd
    columns: dict[str, Any] = {}
    for name, (kind, values) in held.items():
        known = draw.random(n) > 0.08
        columns[name] = {"kind": kind}
        write(folder / f"{name}.arrow", kind, values.astype(np.int32), known.astype(np.uint8))
    for name, kind in BASE.items():
        columns[name] = {"kind": kind}
        write(folder / f"{name}.arrow", kind, np.arange(n, dtype=np.int32) * (kind == "int"), np.ones(n, np.uint8))
    schema = pa.schema([("text", pa.string())])
    with pa.OSFile(str(folder / "texts.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(pa.record_batch([pa.array(["x"])], schema=schema))
    return Snapshot(folder, {"rows": n, "on": ON.isoformat(), "columns": columns})


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("reads", ["all", "first"])
def test_the_day_is_the_first_on_which_the_answer_is_another(
    name: str, reads: str, snapshot: Snapshot, catalogue: Catalogue
) -> None:
    one, until = rule(name, RULES[name], reads), ON + timedelta(days=400)
    parameters = {"age": 60}
    found = foreseeing.turns(one, snapshot, ON, until, parameters, catalogue=catalogue)
    assert foreseeing.is_timed(one, catalogue, ON, parameters)
    for row in range(0, snapshot.rows, 1 if name != "unsolved" else 7):
        values = snapshot.values(row)
        answers = [verdict(one, values, ON + timedelta(days=n), parameters) for n in range(401)]
        first = next((n for n in range(401) if answers[n] != answers[0]), None)
        day = None if np.isnat(found.day[row]) else found.day[row].astype(date)
        assert day == (None if first is None else ON + timedelta(days=first)), (row, values)
        assert WORDS[found.before[row]] == answers[0]
        assert WORDS[found.after[row]] == answers[first or 0]


def verdict(one: RuleSpec, values: dict[str, Any], on: date, parameters: dict[str, Any]) -> str:
    given = {f"cfg.{name}": value for name, value in parameters.items()}
    return judged_plain(one, {**values, **given}, on)


def judged_plain(one: RuleSpec, values: dict[str, Any], on: date) -> str:
    ready = compiled(one)
    given = {**values, "today": on}
    return ready.verdict([clause.verdict(given) for clause in ready.clauses])


def test_a_rule_without_time_is_not_timed(catalogue: Catalogue) -> None:
    assert not foreseeing.is_timed(rule("still", ["a.count > 3"]), catalogue, ON, {})
