"""The one way to read a register on both time axes: valid on D, as known at K."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any

from django.db import connection

from anjia.kernel.grants import Allowed


def predicate(alias: str) -> str:
    """Gives the SQL condition of entries that were true on `%(on)s` and known at `%(known_at)s`."""
    return (
        f"{alias}.valid_from <= %(on)s::date AND ({alias}.valid_to IS NULL OR {alias}.valid_to > %(on)s::date) "
        f"AND {known(alias)}"
    )


def known(alias: str) -> str:
    """Gives the SQL condition of entries that were known at `%(known_at)s`."""
    return (
        f"{alias}.recorded_from <= %(known_at)s::timestamptz "
        f"AND ({alias}.recorded_to IS NULL OR {alias}.recorded_to > %(known_at)s::timestamptz)"
    )


def rows(sql: str, on: date, known_at: datetime, **parameters: Any) -> list[dict[str, Any]]:
    """Gives the rows of a query with the parameters `on`, `known_at` and its own, as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"on": on, "known_at": known_at, **parameters})
        return _dicts(cursor)


def together(*asked: tuple[str, Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Gives the rows of several queries with their parameters, asked in one trip to the database."""
    connection.ensure_connection()
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in asked]
        with connection.wrap_database_errors, connection.connection.pipeline():
            for cursor, (sql, parameters) in zip(cursors, asked, strict=True):
                cursor.execute(sql, parameters)
        return [_dicts(cursor) for cursor in cursors]


def narrowed(allowed: Allowed | None, *, division: str, subject: str) -> tuple[str, dict[str, Any]]:
    """Gives the SQL condition of the rows that a grant shows, with its parameters by name.

    Args:
        allowed: what the reader may do; None for the house's own work, which sees all.
        division: SQL expression of the row's division; `subject` that of its person.
    """
    if allowed is None:
        return "TRUE", {}
    sql, values = allowed.where(division=division, subject=subject)
    named = {f"narrowed_{number}": value for number, value in enumerate(values)}
    for name in named:
        sql = sql.replace("%s", f"%({name})s", 1)
    return sql, named


def _dicts(cursor: Any) -> list[dict[str, Any]]:
    found = cursor.fetchall()
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found]
