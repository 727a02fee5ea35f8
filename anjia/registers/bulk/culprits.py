"""Which act wrote what a constraint refuses when it is put back over all rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from anjia.registers import REGISTERS
from anjia.registers.bulk import fence

KEY = re.compile(r"[^(]+ \((?P<keys>[^()]+)\)(?: WHERE \((?P<where>.+)\))?")
"""Of a key, an exclusion constraint or a unique index over columns, as PostgreSQL writes it."""
LINE = re.compile(r"COPY (\w+), line (\d+)")
TWICE = "SELECT id FROM kernel_subject GROUP BY id HAVING count(*) > 1"
ABOUT = "SELECT max(opened_by), max(closed_by) FROM {} WHERE {} = ANY(%s::bigint[])"


def line(error: psycopg.Error) -> tuple[str, int] | None:
    """Gives table and line, counted from zero, of the row that a COPY stopped at."""
    found = LINE.search(error.diag.context or "")
    return (found[1], int(found[2]) - 1) if found else None


def of_key(owner: psycopg.Connection[Any], error: psycopg.Error) -> int | None:
    """Gives the first act that wrote a row which shares a key with an earlier one, None when it is no such key.

    Args:
        owner: a connection to tables behind the fence whose key could not be put back.
        error: what it was refused with.
    """
    table, name = error.diag.table_name or "", error.diag.constraint_name or ""
    if table == "kernel_subject":
        return of_subjects(owner, [one for (one,) in owner.execute(TWICE).fetchall()])
    kept = {one["name"]: dict([*one["keys"], *one["indexes"]]) for one in fence.guards(owner)}
    found = KEY.fullmatch(kept.get(table, {}).get(name, ""))
    if found is None:
        return None
    pairs = [one.partition(" WITH ") for one in found["keys"].split(", ")]
    same = " AND ".join(f"a.{column} {operator or '='} b.{column}" for column, _, operator in pairs)
    rows = f"(SELECT *, ctid AS stored_at FROM {table} WHERE {found['where'] or 'true'})"
    act = "id" if table == "kernel_act" else "opened_by"
    row = owner.execute(
        f"SELECT greatest(a.{act}, b.{act}) FROM {rows} a JOIN {rows} b ON {same} AND a.stored_at < b.stored_at "
        "ORDER BY 1 LIMIT 1"
    ).fetchone()
    return int(row[0]) if row else None


def of_subjects(owner: psycopg.Connection[Any], subjects: Sequence[int]) -> int | None:
    """Gives the last act that wrote anything about some persons, households or places."""
    asked = [(f"registers_{name}", "subject") for name in REGISTERS] + [("registers_membership", "household")]
    acts: list[int] = []
    for table, column in asked:
        query = sql.SQL(ABOUT).format(sql.Identifier(table), sql.Identifier(column))
        acts += [one for one in owner.execute(query, [list(subjects)]).fetchone() or () if one is not None]
    return max(acts, default=None)
