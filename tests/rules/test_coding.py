"""Texts as numbers: equality and order hold, for texts of the snapshot and for others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from anjia.kernel import expressions
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.rules import coding, laying
from anjia.rules.scene import Dictionary
from anjia.rules.snapshot import TEXTS, Snapshot

KINDS = {"a": "text", "b": "text", "n": "int", "cfg.t": "table:text", "cfg.m": "table:int"}
ROWS = [("海淀", "海淀", 1), ("a", "b", 3), (None, "b", None), ("b", None, 7), ("", "a", 12)]
TABLES = {"cfg.t": {"a": "b", "海淀": "x", "3": "a"}, "cfg.m": {"1": 10, "7": 20, "b": 5}}


@pytest.fixture
def held(tmp_path: Path) -> Snapshot:
    """A snapshot of five rows with two texts and a number."""
    texts = sorted({text for row in ROWS for text in row[:2] if text is not None})
    with pa.OSFile(str(tmp_path / f"{TEXTS}.arrow"), "wb") as file:
        schema = pa.schema([("text", pa.string())])
        with pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(pa.record_batch([pa.array(texts)], schema=schema))
    columns = {}
    for at, name in enumerate(("a", "b", "n")):
        known = np.array([row[at] is not None for row in ROWS], dtype=np.uint8)
        value = np.array(
            [0 if row[at] is None else row[at] if name == "n" else texts.index(row[at]) for row in ROWS], dtype=np.int32
        )
        laying.write(tmp_path / f"{name}.arrow", KINDS[name], value, known)
        columns[name] = {"kind": KINDS[name]}
    manifest: dict[str, Any] = {
        "on": "2024-02-29", "known_at": datetime(2024, 2, 29, tzinfo=UTC).isoformat(), "rows": len(ROWS),
        "columns": columns,
    }  # fmt: skip
    return Snapshot(tmp_path, manifest)


@pytest.mark.parametrize(
    "text",
    [
        "a == b", "a < b", "a >= 'aa'", "a == 'aa'", "'aa' == 'ab'", "'aa' < 'ab'", "a in ('b', 'zz', '海淀')",
        "min(a, b) == 'a'", "len(a) == 2", "cfg.t[a] == 'b'", "cfg.t[a] < 'x1'", "cfg.m[n] == 10", "cfg.m[b] == 5",
        "(a if n > 2 else 'q') == 'q'", "not is_known(a)", "max(a, 'aa') == 'aa'", "cfg.t[n] == 'a'",
    ],
)  # fmt: skip
def test_numbers_answer_as_texts_do(held: Snapshot, text: str) -> None:
    parsed = expressions.parse(text)
    resolved = coding.resolved(parsed, Dictionary({}, {}), {name[4:]: table for name, table in TABLES.items()})
    ready = coding.coded([resolved], held, KINDS, TABLES)
    ((values, known),) = expressions.Reading(ready.expressions, ready.columns, ready.tables).full(0, len(ROWS))
    for row, (a, b, n) in enumerate(ROWS):
        facts = {name: value for name, value in (("a", a), ("b", b), ("n", n)) if value is not None}
        wanted = expressions.evaluate(parsed, {**facts, **TABLES, "today": date(2024, 2, 29)})
        assert (bool(values[row]) if known[row] else None) is wanted, ROWS[row]


def test_an_age_compared_with_a_parameter_becomes_a_threshold(city: Catalogue) -> None:
    from anjia.kernel.expressions.thresholds import rewrite
    from anjia.rules.scene import dictionary

    known = dictionary(city, date(2024, 2, 29))
    parsed = expressions.parse("person.age >= cfg.elder_age")
    found = rewrite(coding.resolved(parsed, known, {"elder_age": 60}).tree)
    assert "add_months(today, -720)" in found.text


def test_rows_that_were_let_go_are_read_again(tmp_path: Path) -> None:
    values = np.arange(300_000, dtype=np.int64) % 1000
    known = (np.arange(300_000) % 3 > 0).astype(np.uint8)
    laying.write(tmp_path / "a.arrow", "int", laying.narrowed(values), known)
    said = {"rows": len(values), "columns": {"a": {"kind": "int", "known": int(known.sum())}}}
    column = Snapshot(tmp_path, said).column("a")
    for _ in range(2):
        found, sure = column.whole()
        assert (found == values).all()
        assert (sure == known.astype(bool)).all()
        column.release(0, len(values))


@pytest.mark.parametrize(
    ("ends", "kind"),
    [((0, 127), "int8"), ((-128, 5), "int8"), ((0, 128), "int16"), ((-40_000, 0), "int32"), ((0, 2**31), "int64")],
)
def test_whole_numbers_lie_as_narrow_as_they_fit(ends: tuple[int, int], kind: str) -> None:
    found = laying.narrowed(np.array(ends, dtype=np.int64))
    assert found.dtype == kind
    assert found.tolist() == list(ends)
