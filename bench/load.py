"""Rows a second of `anjia import`, against a bare COPY of the same rows into the same tables and constraints.

A synthetic town is exported as CSV and imported into the empty register: read, typed, judged, rejected where
wrong, numbers encrypted, acts with leaves, constraints validated, log sealed. The peer is COPY alone: it brings
the very rows that the import wrote (acts and subjects too), encrypted and digested already, into the same
emptied tables with all keys, indexes, exclusion constraints and triggers in place, in one transaction. Both are
timed to the end of their commit, in turn on one machine; medians. `first delivery` is what a register holds
today; `both axes` also what it held before, which needs an act for each moment of the past.

Run: python bench/load.py [--quick]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402
from psycopg import sql  # noqa: E402

from bench.decisions import ground, harness  # noqa: E402

AIM = 0.5
QUICK, FULL = 2_000, 60_000
"""Residents of the town: about 19 entries each."""
SHAPES = {"first delivery": False, "both axes": True}
CITY = ROOT / "cities" / "zibo"
ON = date(2025, 6, 30)


@dataclass(frozen=True, slots=True)
class Turn:
    """One import and one COPY of what it wrote."""

    read: int
    written: int
    importing: float
    copying: float


def main() -> None:
    """Measures and prints."""
    quick = harness.options(__doc__).quick
    size, rounds = (QUICK, 2) if quick else (FULL, 3)
    with ground.database(), tempfile.TemporaryDirectory(prefix="anjia-load-") as folder:
        from anjia.conf import installation

        url = installation.here().owner
        with psycopg.connect(url, autocommit=True) as owner:
            exported(owner, url, Path(folder), size)
            turns: dict[str, list[Turn]] = {name: [] for name in SHAPES}
            for _ in range(rounds):
                for name in SHAPES:
                    turns[name].append(turn(owner, url, Path(folder), name))
        from django.db import connection

        connection.close()
    rows: list[list[Any]] = [["", "rows read", "rows written", "import s", "COPY s", "import rows/s", "COPY rows/s"]]
    ratios = {}
    for name, found in turns.items():
        importing = statistics.median(one.importing for one in found)
        copying = statistics.median(one.copying for one in found)
        ratios[name] = round(statistics.median(one.copying / one.importing for one in found), 3)
        one = found[0]
        rows.append([name, one.read, one.written, importing, copying, round(one.read / importing),
                     round(one.read / copying)])  # fmt: skip
    harness.table(rows)
    for name, ratio in ratios.items():
        print(f"{name}: import / COPY: {ratio} (aim {AIM} or better)")
    harness.result(name="load", ratios=ratios, aim=AIM, unit="rows of CSV per second", n=turns["both axes"][0].read)


def exported(owner: psycopg.Connection[Any], url: str, folder: Path, size: int) -> None:
    """Makes the town and writes its files, once with and once without the axis of knowledge."""
    from anjia.kernel.grants import Allowed
    from anjia.kernel.models import Actor
    from anjia.registers.intake import giving
    from anjia.synthesis import settling

    settling.synthesize(url, CITY, folder / "state", size=size, seed=1, on=ON, say=lambda text: None)
    actor = Actor.objects.create_actor("bench", None, kind="system", name_zh="bench")
    allowed = Allowed(actor, "person", "export", "household-register", "all", fields=frozenset({"*"}))
    for name, axes in SHAPES.items():
        giving.give(owner, folder / name, allowed, axes=axes)


def turn(owner: psycopg.Connection[Any], url: str, folder: Path, name: str) -> Turn:
    """Imports into the empty register, keeps what was written, empties it and copies that in."""
    from anjia.registers.intake import taking

    empty(owner)
    started = time.perf_counter()
    report = taking.take(
        url, sorted((folder / name).glob("*.csv")), folder / "rejects.csv", prefixes=("370399",), say=lambda text: None
    )
    importing = time.perf_counter() - started
    kept = [(table, columns(owner, table), folder / f"{table}.copy") for table in tables()]
    for table, names, path in kept:
        with path.open("wb") as file, owner.cursor().copy(copy("COPY {} ({}) TO STDOUT", table, names)) as out:
            for part in out:
                file.write(part)
    empty(owner)
    started = time.perf_counter()
    written = 0
    with owner.transaction():
        for table, names, path in kept:
            with path.open("rb") as file, owner.cursor() as cursor:
                with cursor.copy(copy("COPY {} ({}) FROM STDIN", table, names)) as into:
                    while part := file.read(1 << 20):
                        into.write(part)
                written += cursor.rowcount
        # The triggers speak at the commit; without statistics one of them reads all numbers for each number.
        owner.execute("ANALYZE")
    copying = time.perf_counter() - started
    return Turn(sum(one["read"] for one in report.files), written, importing, copying)


def tables() -> list[str]:
    """Gives the tables that an import fills."""
    from anjia.registers import REGISTERS

    return ["kernel_subject", "kernel_act", *(f"registers_{register}" for register in REGISTERS)]


def empty(owner: psycopg.Connection[Any]) -> None:
    """Empties the register and forgets what was imported."""
    names = sql.SQL(", ").join(map(sql.Identifier, (*tables(), "registers_load", "kernel_batch")))
    owner.execute(sql.SQL("TRUNCATE {}").format(names))
    owner.execute("CHECKPOINT")


def columns(owner: psycopg.Connection[Any], table: str) -> list[str]:
    """Gives the columns of a table that are stored as given."""
    found = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND is_generated = 'NEVER' ORDER BY ordinal_position", [table]
    ).fetchall()  # fmt: skip
    return [name for (name,) in found]


def copy(statement: str, table: str, names: Sequence[str]) -> sql.Composed:
    """Gives a COPY statement."""
    return sql.SQL(statement).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)))


if __name__ == "__main__":
    main()
