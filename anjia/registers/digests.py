"""Whether two databases hold the same acts and registers: rows and SHA-256 of every table, both sides at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from anjia.registers import REGISTERS

COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""
STEADY = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET intervalstyle = 'postgres'; "
    "SET extra_float_digits = 1"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One table here and there."""

    table: str
    rows: tuple[int, int]
    digests: tuple[str, str]

    @property
    def equal(self) -> bool:
        """Says whether both are the same."""
        return self.rows[0] == self.rows[1] and self.digests[0] == self.digests[1]


def digest(connection: psycopg.Connection[Any], table: str) -> tuple[int, str]:
    """Gives the number of rows of a table and the SHA-256 over all of them in the order of their ids."""
    columns = connection.execute(COLUMNS, [table]).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    total = hashlib.sha256()
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(names, sql.Identifier(table))
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                total.update(block)
        return cursor.rowcount, total.hexdigest()


def compare(here: psycopg.Connection[Any], there: psycopg.Connection[Any]) -> Iterator[Compared]:
    """Compares the acts and every register of two databases."""
    for connection in (here, there):
        connection.execute(STEADY)
    with ThreadPoolExecutor(1) as beside:
        for table in ("kernel_act", *(f"registers_{name}" for name in REGISTERS)):
            waiting = beside.submit(digest, there, table)
            one, other = digest(here, table), waiting.result()
            yield Compared(table, (one[0], other[0]), (one[1], other[1]))
