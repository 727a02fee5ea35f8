"""Facts of a person from the registers, by the SQL that the dictionary of facts declares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import psycopg
from django.db import connection

from anjia.kernel.specs import FactSpec

NAMED = re.compile(r"(?<!:):(on|known_at)\b")
TYPES = {"on": "date", "known_at": "timestamptz"}
OF_ONE = "SELECT value FROM ({}) fact WHERE fact.subject = %(subject)s::bigint"
"""The subject narrows inside the query's own scan: the planner pushes it down."""


def facts_of(
    person: int, specs: Iterable[FactSpec], on: date, known_at: datetime
) -> dict[str, tuple[Any, datetime]]:
    """Gives the facts of one person, valid on a day as known at a moment.

    Args:
        specs: dictionary entries with source `register`; each has SQL of columns (subject, value).

    Returns:
        Fact id → (value, moment of reading); a fact without a row or with NULL is absent: unknown.
    """
    given = {"on": on, "known_at": known_at, "subject": person}
    connection.ensure_connection()
    pg: psycopg.Connection[Any] = connection.connection
    asked = []
    # One trip for all facts. Each query stands inside a SELECT of its own, so it cannot write.
    with connection.wrap_database_errors, pg.pipeline():
        for spec in specs:
            cursor = psycopg.Cursor(pg)
            cursor.execute(OF_ONE.format(bound(spec.sql)), given, prepare=True)
            asked.append((spec.id, cursor))
    found = ((ident, cursor.fetchone()) for ident, cursor in asked)
    return {ident: (row[0], known_at) for ident, row in found if row is not None and row[0] is not None}


def bound(sql: str) -> str:
    """Gives a fact's SQL with its named parameters as the driver wants them."""
    escaped = sql.replace("%", "%%").strip().rstrip(";")
    return NAMED.sub(lambda name: f"%({name[1]})s::{TYPES[name[1]]}", escaped)
