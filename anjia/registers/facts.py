"""Facts of a person from the registers, by the SQL that the dictionary of facts declares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection

from anjia.kernel.specs import FactSpec

NAMED = re.compile(r"(?<!:):(on|known_at)\b")
TYPES = {"on": "date", "known_at": "timestamptz"}


def facts_of(
    person: int, specs: Iterable[FactSpec], on: date, known_at: datetime
) -> dict[str, tuple[Any, datetime]]:
    """Gives the facts of one person, valid on a day as known at a moment.

    Args:
        specs: dictionary entries with source `register`; each has SQL of columns (subject, value).

    Returns:
        Fact id → (value, moment of reading); a fact without a row or with NULL is absent: unknown.
    """
    found: dict[str, tuple[Any, datetime]] = {}
    with connection.cursor() as cursor:
        for spec in specs:
            # The subject narrows inside the query's own scan: the planner pushes it down.
            cursor.execute(
                f"SELECT value FROM ({bound(spec.sql)}) fact WHERE fact.subject = %(subject)s::bigint",
                {"on": on, "known_at": known_at, "subject": person},
            )
            row = cursor.fetchone()
            if row is not None and row[0] is not None:
                found[spec.id] = (row[0], known_at)
    return found


def bound(sql: str) -> str:
    """Gives a fact's SQL with its named parameters as the driver wants them."""
    escaped = sql.replace("%", "%%").strip().rstrip(";")
    return NAMED.sub(lambda name: f"%({name[1]})s::{TYPES[name[1]]}", escaped)
