"""Running numbers of cases and documents: given out under a row lock, never twice."""

from __future__ import annotations

from datetime import date

from django.db import connection

NEXT = (
    "INSERT INTO kernel_counter (name, value) VALUES (%s, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = kernel_counter.value + 1 RETURNING value"
)
"""Statement that gives the next value of a counter; the row stays locked to the end of the transaction."""


def next_value(name: str) -> int:
    """Gives the next value of the counter `name`, starting with 1."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [name])
        return int(cursor.fetchone()[0])


def case_number(prefix: str, division6: str, on: date) -> str:
    """Gives the next case number, for example `ZB3703031124-0148` for a day of one county."""
    day = f"{on:%y%m%d}"
    return f"{prefix}{division6}{day}-{next_value(f'case:{division6}:{on:%Y%m%d}'):04d}"


def document_number(prefix: str, division6: str, on: date) -> str:
    """Gives the next document number of a county and year, for example `ZBD370303-2026-000042`."""
    return f"{prefix}D{division6}-{on:%Y}-{next_value(f'document:{division6}:{on:%Y}'):06d}"
