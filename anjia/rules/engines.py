"""The readers of a rule in SQL over a snapshot: DuckDB on its mapped columns, PostgreSQL on a copy."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql as quoting
from pyarrow import csv

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Expression, to_sql
from anjia.rules import coding
from anjia.rules.compiling import CompiledRule
from anjia.rules.scene import dictionary
from anjia.rules.snapshot import Snapshot

TABLE = "anjia_facts"
ROW = "_row"
CLAUSES, NUMBERS = 31, 4
"""Clauses in one 64-bit number, two bits each, and numbers in one statement."""
STEP = 200_000
TYPES = {"bool": "boolean", "int": "bigint", "decimal": "double precision", "text": "text", "date": "date"}

Codes = NDArray[np.uint8]
Found = Iterator[tuple[str, str, Codes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Rules to be judged over a snapshot."""

    rules: Sequence[CompiledRule]
    snapshot: Snapshot
    on: date
    parameters: Mapping[str, Any]
    catalogue: Catalogue

    def clauses(self, dialect: Any) -> list[tuple[str, str, str]]:
        """Gives (rule, clause, SQL of its number in `finding.CODES`) of every clause."""
        known, kinds = dictionary(self.catalogue, self.on), coding.kinds_of(self.catalogue)
        tables = {f"cfg.{name}": value for name, value in self.parameters.items() if isinstance(value, dict)}

        def column(name: str) -> str:
            if name == "today":
                return f"CAST('{self.on.isoformat()}' AS date)"
            if name in self.snapshot.names:
                return quoted(name)
            return f"CAST(NULL AS {TYPES.get(kinds.get(name, ''), 'text')})"

        def written(one: Expression | None) -> str:
            if one is None:
                return ""
            ready = coding.resolved(one, known, self.parameters)
            return to_sql(ready, dialect, column, types=kinds, tables=tables)

        return [
            (rule.rule.id, clause.clause.id, _code(written(clause.applies), written(clause.when)))
            for rule in self.rules
            for clause in rule.clauses
        ]

    def table(self) -> pa.Table:
        """Gives the facts as an Arrow table with NULL for unknown and texts as they are."""
        columns = {ROW: pa.array(np.arange(self.snapshot.rows, dtype=np.int32))}
        for name in self.snapshot.names:
            columns[name] = _nullable(self.snapshot, name)
        return pa.table(columns)


def quoted(name: str) -> str:
    """Gives a fact's name as an identifier of both engines."""
    return '"' + name.replace('"', '""') + '"'


def duckdb_codes(asked: Asked) -> Found:
    """Gives (rule, clause, code of each person) by DuckDB."""
    with duckdb.connect() as engine:
        engine.register("held", asked.table())
        engine.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM held")
        for part, names in _statements(asked.clauses("duckdb")):
            found = engine.execute(part).fetchnumpy()
            order = np.asarray(found[ROW])
            yield from _unpacked(names, order, [np.asarray(found[f"n{at}"]) for at in range(len(found) - 1)])


def postgres_codes(asked: Asked) -> Found:
    """Gives (rule, clause, code of each person) by PostgreSQL, over a temporary table of this connection."""
    connection.ensure_connection()
    pg: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        _copied(pg, asked)
        try:
            for part, names in _statements(asked.clauses("postgres")):
                rows = _rows(pg, part)
                yield from _unpacked(names, rows[:, 0], [rows[:, at] for at in range(1, rows.shape[1])])
        finally:
            pg.execute(f"DROP TABLE IF EXISTS {TABLE}")


def _code(applies: str, when: str) -> str:
    if not applies:
        return f"CASE WHEN {when} THEN 1 WHEN NOT {when} THEN 2 ELSE 0 END"
    return (
        f"CASE WHEN NOT {applies} THEN 3 WHEN {when} THEN 1 WHEN NOT {when} AND {applies} THEN 2 ELSE 0 END"
    )


def _statements(clauses: list[tuple[str, str, str]]) -> Iterator[tuple[str, list[list[tuple[str, str]]]]]:
    """Gives statements of some packed numbers each, with the clauses that lie in each number."""
    numbers = [clauses[at : at + CLAUSES] for at in range(0, len(clauses), CLAUSES)]
    for at in range(0, len(numbers), NUMBERS):
        part = numbers[at : at + NUMBERS]
        packed = [
            " + ".join(f"({code})::bigint * {4**place}" for place, (_, _, code) in enumerate(number))
            for number in part
        ]
        listed = ", ".join(f"{text} AS n{place}" for place, text in enumerate(packed))
        yield (
            f'SELECT "{ROW}"::bigint AS "{ROW}", {listed} FROM {TABLE}',
            [[(rule, clause) for rule, clause, _ in number] for number in part],
        )


def _unpacked(names: list[list[tuple[str, str]]], order: Any, numbers: list[Any]) -> Found:
    for clauses, number in zip(names, numbers, strict=True):
        for place, (rule, clause) in enumerate(clauses):
            codes = np.empty(len(order), dtype=np.uint8)
            codes[order] = (number >> 2 * place) & 3
            yield rule, clause, codes


def _nullable(snapshot: Snapshot, name: str) -> pa.Array:
    column = snapshot.column(name)
    hidden = ~column.known
    if column.kind == "text":
        places = pa.array(column.value, mask=hidden)
        return snapshot.texts.take(places)
    values, _ = column.whole()
    kind = {"date": pa.date32(), "bool": pa.bool_()}.get(column.kind)
    if column.kind == "date":
        return pa.array(column.value, mask=hidden).view(kind)
    return pa.array(values, mask=hidden)


def _copied(pg: psycopg.Connection[Any], asked: Asked) -> None:
    table = asked.table()
    kinds = {ROW: "bigint", **{name: TYPES[asked.snapshot.kind(name)] for name in asked.snapshot.names}}
    declared = ", ".join(f"{quoted(name)} {kinds[name]}" for name in table.column_names)
    pg.execute(quoting.SQL(f"CREATE TEMPORARY TABLE {TABLE} ({declared})"))
    with pg.cursor() as cursor, cursor.copy(f"COPY {TABLE} FROM STDIN (FORMAT csv)") as copy:
        for start in range(0, table.num_rows, STEP):
            text = io.BytesIO()
            csv.write_csv(table.slice(start, STEP), text, csv.WriteOptions(include_header=False))
            copy.write(text.getvalue())
    pg.execute(f"ANALYZE {TABLE}")


def _rows(pg: psycopg.Connection[Any], part: str) -> NDArray[np.int64]:
    """Gives rows of 64-bit numbers without NULL, from COPY's binary form: every row has the same length."""
    with pg.cursor() as cursor, cursor.copy(f"COPY ({part}) TO STDOUT (FORMAT binary)") as copy:
        text = b"".join(bytes(block) for block in copy)
    body = text[19:-2]
    fields = int.from_bytes(body[:2], "big") if body else 1
    layout = np.dtype([("n", ">i2"), ("field", [("size", ">i4"), ("value", ">i8")], (fields,))])
    return np.frombuffer(body, dtype=layout)["field"]["value"].astype(np.int64)
