"""The whole city at once: who is in it on a day, facts of everybody, and numbers by their blind index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import psycopg
from django.db import connection, transaction

from anjia.kernel.specs import FactSpec
from anjia.registers.facts import bound

HELD = """{0}.valid_from <= :on AND ({0}.valid_to IS NULL OR {0}.valid_to > :on)
  AND {0}.recorded_from <= :known_at AND ({0}.recorded_to IS NULL OR {0}.recorded_to > :known_at)"""

PERSONS = f"""
SELECT p.subject, coalesce(m.household, r.place) AS household, coalesce(r.division, m.division) AS division,
       p.birth_on, p.sex, p.name
  FROM registers_particulars p
  LEFT JOIN registers_membership m ON m.subject = p.subject AND {HELD.format("m")}
  LEFT JOIN registers_residence r ON r.subject = p.subject AND {HELD.format("r")}
 WHERE {HELD.format("p")} AND (m.subject IS NOT NULL OR r.subject IS NOT NULL)
 ORDER BY 2, 1
"""
"""Everybody who is registered or lives here; the dead and those who left have neither entry."""

NUMBERS = f"""
SELECT i.subject, encode(i.blind, 'hex') AS blind FROM registers_identity i
 WHERE i.kind = 'citizen_no' AND {HELD.format("i")}
"""

OF_ALL = "SELECT fact.subject, fact.value FROM ({}) fact WHERE fact.value IS NOT NULL"


@contextmanager
def one_moment() -> Iterator[None]:
    """Reads everything inside as one unchanging state of the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def persons(on: date, known_at: datetime) -> Iterator[bytes]:
    """Gives everybody as CSV with a heading, by household: subject, household, division, birth_on, sex, name."""
    return _csv(PERSONS, on, known_at)


def numbers(on: date, known_at: datetime) -> Iterator[bytes]:
    """Gives (subject, blind index of the citizen number in hex) as CSV with a heading."""
    return _csv(NUMBERS, on, known_at)


def fact(spec: FactSpec, on: date, known_at: datetime) -> Iterator[bytes]:
    """Gives a register fact of everybody as CSV with a heading: subject, value; who has none is left out."""
    return _csv(OF_ALL.format((spec.city_sql or spec.sql).strip().rstrip(";")), on, known_at)


def _csv(sql: str, on: date, known_at: datetime) -> Iterator[bytes]:
    connection.ensure_connection()
    pg: psycopg.Connection[Any] = connection.connection
    # COPY takes no parameters of the server's own, so day and moment are quoted into the text.
    cursor = psycopg.ClientCursor(pg)
    text = cursor.mogrify(bound(sql), {"on": on, "known_at": known_at})
    with connection.wrap_database_errors, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)") as copy:
        for block in copy:
            yield bytes(block)
