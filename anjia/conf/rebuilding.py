"""Rebuilds the register in a second database on the same server and compares the two."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from anjia.conf.installation import Installation, of_database

Say = Callable[[str], object]
SHOWN = 20
"""Faults of one kind that are shown."""


def rebuild(here: Installation, *, into: str | None, compare: bool, size: int, check_every: int, say: Say) -> int:
    """Replays all acts; gives 0 when all fits and every register is identical, 1 otherwise.

    Args:
        into: owner's URL of the database to rebuild, which is kept; None makes one and drops it.
        size: acts in one transaction.
        check_every: acts after which the invariants are checked; 0 never.
    """
    from anjia.kernel.log import one_snapshot

    with database(here, into) as url, psycopg.connect(url) as target, one_snapshot():
        faults = _replay(target, size, check_every, say)
        equal = not compare or _compare(target, say)
    return 0 if equal and not faults else 1


def _replay(target: psycopg.Connection, size: int, check_every: int, say: Say) -> int:
    from anjia.kernel.merkle import Fault
    from anjia.registers import invariants, rebuilding

    started, faults, shown = time.monotonic(), list[Fault](), 0
    queries = [(one.id, one.sql) for one in invariants.INVARIANTS if one.level == "violation" and not one.needs]
    replay, checked = rebuilding.Replay(target), 0
    for batch in rebuilding.batches(rebuilding.authentic(faults), min(size, check_every or size)):
        faults.extend(replay.apply(batch))
        while shown < min(len(faults), SHOWN):
            say(str(faults[shown]))
            shown += 1
        if check_every and replay.acts - checked >= check_every:
            checked = replay.acts
            say(f"after act {replay.last}: {_counts(replay.check(queries))}")
    replay.finish()
    spent = time.monotonic() - started
    say(
        f"{replay.acts} acts and {replay.entries} entries replayed in {spent:.1f} s ({replay.acts / spent:.0f} acts/s, "
        f"{replay.entries / spent:.0f} entries/s), every leaf recomputed, all constraints on, {len(faults)} faults"
    )
    return len(faults)


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items())) or "no violation"


def _compare(target: psycopg.Connection, say: Say) -> bool:
    from django.db import connection

    from anjia.registers import rebuilding

    started, equal = time.monotonic(), True
    say(f"{'register':24}{'rows here':>12}{'rows there':>12}  {'digest here':16}  {'digest there':16}  equal")
    for one in rebuilding.compare(connection.connection, target):
        name = one.table.removeprefix("registers_")
        say(
            f"{name:24}{one.rows[0]:>12}{one.rows[1]:>12}  {one.digests[0][:16]}  {one.digests[1][:16]}  "
            f"{'yes' if one.equal else 'NO'}"
        )
        equal = equal and one.equal
    say(f"compared in {time.monotonic() - started:.1f} s: {'identical' if equal else 'NOT identical'}")
    return equal


@contextmanager
def database(here: Installation, into: str | None) -> Iterator[str]:
    """Gives the owner's URL of a migrated, empty database; one that was made here is dropped at the end."""
    url = into or of_database(here.owner, f"{unquote(urlsplit(here.owner).path.lstrip('/'))}_rebuilt_{os.getpid()}")
    environment = here.environment() | {"ANJIA_DATABASE_URL": url}
    environment.pop("ANJIA_DSN", None)
    try:
        subprocess.run([sys.executable, "-m", "anjia.conf.main", "migrate"], env=environment, check=True)
        yield url
    finally:
        if into is None:
            name = sql.Identifier(unquote(urlsplit(url).path.lstrip("/")))
            with psycopg.connect(of_database(here.owner, "postgres"), autocommit=True) as owner:
                owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
