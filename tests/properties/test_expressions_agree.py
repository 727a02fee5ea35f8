"""One expression, four readers, one answer: Python, NumPy, PostgreSQL and DuckDB on random cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest
from django.db import connection

from anjia.kernel import expressions
from anjia.kernel.expressions import Expression
from tests.properties.expression_cases import COLUMNS, KINDS, TABLES, Cases

ROOTS = ["bool", "bool", "bool", "int", "decimal", "text", "date"]
EXPRESSIONS, ROWS, BATCH = 420, 60, 30
POSTGRES = {
    "bool": "boolean",
    "int": "integer",
    "decimal": "double precision",
    "text": "text",
    "date": "date",
}
NUMPY = {"bool": bool, "int": np.int64, "decimal": float, "text": object, "date": "datetime64[D]"}


def column(name: str) -> str:
    """Gives the column of a fact; the canonical name itself is an identifier of both engines."""
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def cases() -> tuple[list[Expression], list[dict[str, Any]]]:
    """Expressions with their rows, all from one seed."""
    make = Cases(20240229)
    texts = [make.expression(ROOTS[i % len(ROOTS)], 4) for i in range(EXPRESSIONS)]
    return [expressions.parse(text) for text in texts], [make.row() for _ in range(ROWS)]


def in_python(parsed: list[Expression], rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Gives what the closures say: one list a row."""
    facts = [{**row, **TABLES} for row in rows]
    return [[expressions.evaluate(one, row) for one in parsed] for row in facts]


def in_numpy(parsed: list[Expression], rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Gives what the columns say, in blocks that do not divide the rows evenly."""
    columns = {}
    for name in COLUMNS:
        values = [row[name] for row in rows]
        some = next(value for value in values if value is not None)
        filled = [some if value is None else value for value in values]
        columns[name] = (
            np.array(filled, dtype=NUMPY[KINDS[name]]),
            np.array([value is not None for value in values]),
        )
    pairs = expressions.columns(parsed, columns, len(rows), tables=TABLES, block=17)
    return [[_plain(values[i]) if known[i] else None for values, known in pairs] for i in range(len(rows))]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def in_sql(dialect: Any, run: Callable[[str], list[Any]], parsed: list[Expression]) -> list[list[Any]]:
    """Gives what an engine says about the rows of its table `cases`, many expressions a statement."""
    found: list[list[Any]] = []
    for start in range(0, len(parsed), BATCH):
        sql = ", ".join(
            expressions.to_sql(one, dialect, column, types=KINDS, tables=TABLES)
            for one in parsed[start : start + BATCH]
        )
        part = run(f"SELECT {sql} FROM cases ORDER BY id")
        found = [[*old, *new] for old, new in zip(found or [[]] * len(part), part, strict=True)]
    return found


def table(rows: list[dict[str, Any]], run: Callable[[str, list[Any]], Any]) -> None:
    """Makes the temporary table of the rows."""
    declared = ", ".join(f"{column(name)} {POSTGRES[KINDS[name]]}" for name in COLUMNS)
    run(f"CREATE TEMPORARY TABLE cases (id integer, {declared})", [])
    for i, row in enumerate(rows):
        marks = ", ".join(["?"] * (len(COLUMNS) + 1))
        run(f"INSERT INTO cases VALUES ({marks})", [i, *(row[name] for name in COLUMNS)])


def differing(
    parsed: list[Expression], rows: list[dict[str, Any]], first: list[list[Any]], second: list[list[Any]]
) -> list[Any]:
    """Gives the cases with two answers: text, row, both answers."""
    return [
        (one.text, rows[i], first[i][j], second[i][j])
        for i in range(len(rows))
        for j, one in enumerate(parsed)
        if not same(first[i][j], second[i][j])
    ]


def same(left: Any, right: Any) -> bool:
    """Says whether two answers are the same; a truth value is never a number."""
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right) and isinstance(left, str | date) == isinstance(right, str | date)


def test_cases_are_many_and_of_all_three_values(cases: Any) -> None:
    """More than twenty thousand answers, a fair part of each truth value, few expressions constant."""
    parsed, rows = cases
    answers = in_python(parsed, rows)
    flat = [answer for row in answers for answer in row]
    assert len(flat) >= 20_000
    assert all(flat.count(value) > len(flat) / 12 for value in (True, False, None))
    types = {**KINDS}
    assert [fault for one in parsed for fault in expressions.check(one, types)] == []


def test_numpy_agrees(cases: Any) -> None:
    """Columns give what closures give."""
    parsed, rows = cases
    assert differing(parsed, rows, in_python(parsed, rows), in_numpy(parsed, rows)) == []


def test_duckdb_agrees(cases: Any) -> None:
    """DuckDB gives what closures give."""
    parsed, rows = cases
    with duckdb.connect() as engine:
        table(rows, lambda sql, values: engine.execute(sql, values))
        found = in_sql("duckdb", lambda sql: engine.execute(sql).fetchall(), parsed)
    assert differing(parsed, rows, in_python(parsed, rows), found) == []


@pytest.mark.django_db
def test_postgresql_agrees(cases: Any) -> None:
    """PostgreSQL gives what closures give."""
    parsed, rows = cases
    with connection.cursor() as cursor:
        table(rows, lambda sql, values: cursor.execute(sql.replace("?", "%s"), values or None))
        found = in_sql("postgres", lambda sql: _fetched(cursor, sql), parsed)
    assert differing(parsed, rows, in_python(parsed, rows), found) == []


def _fetched(cursor: Any, sql: str) -> list[Any]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def test_traces_say_what_closures_say(cases: Any) -> None:
    """The value at the root of a trace is the value of the expression."""
    parsed, rows = cases
    traced = [[expressions.trace(one, {**row, **TABLES}).value for one in parsed] for row in rows]
    assert differing(parsed, rows, in_python(parsed, rows), traced) == []
