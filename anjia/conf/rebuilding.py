"""Rebuilds the register in a second database on the same server and compares the two."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from anjia.conf.installation import Installation, of_database

Say = Callable[[str], object]
ACTS = 5000
"""Acts in one transaction."""
SHOWN = 20
"""Faults of one kind that are shown."""


def rebuild(here: Installation, *, into: str | None, compare: bool, size: int, check_every: int, say: Say) -> int:
    """Replays all acts; gives 0 when all fits and every register is identical, 1 otherwise.

    Args:
        into: owner's URL of the database to rebuild, which is kept; None makes one and drops it.
        size: acts in one transaction.
        check_every: acts after which the invariants are checked; 0 never.
    """
    with database(here, into) as url:
        return replay(url, compare=compare, size=size, check_every=check_every, say=say)


def replay(url: str, *, compare: bool, size: int, check_every: int, say: Say) -> int:
    """Does what `rebuild` does, into a database that is there and empty."""
    from anjia.kernel.log import one_snapshot
    from anjia.registers.bulk import fence

    with psycopg.connect(url, autocommit=True) as target, one_snapshot(), fence.alone(target):
        faults = _replay(target, url, size, check_every, say)
        equal = not compare or _compare(target, say)
    return 0 if equal and not faults else 1


def _replay(target: psycopg.Connection, url: str, size: int, check_every: int, say: Say) -> int:
    from anjia.registers import invariants, rebuilding

    started, checked, faults = time.monotonic(), 0, _Faults(say)
    queries = [(one.id, one.sql) for one in invariants.INVARIANTS if one.level == "violation" and not one.needs]
    with rebuilding.Replay(target, url) as replay:
        for batch in rebuilding.batches(rebuilding.authentic(faults), min(size, check_every or size)):
            faults.extend(replay.apply(batch))
            if check_every and replay.acts - checked >= check_every:
                checked = replay.acts
                faults.extend(replay.settle())
                say(f"after act {replay.last}: {_counts(replay.check(queries))}")
        faults.extend(replay.settle())
        replayed = time.monotonic() - started
        replay.finish(say)
    spent = time.monotonic() - started
    say(
        f"{replay.acts} acts and {replay.entries} entries replayed in {spent:.1f} s ({replay.acts / spent:.0f} acts/s, "
        f"{replay.entries / spent:.0f} entries/s; rows {replayed:.1f} s, constraints {spent - replayed:.1f} s), "
        f"every leaf recomputed, all constraints on, {faults.count} faults"
    )
    return faults.count


class _Faults:
    """Counts faults and says the first of them as soon as they are known, whatever stops the replay later."""

    def __init__(self, say: Say) -> None:
        self.count, self._say = 0, say

    def extend(self, found: Iterable[object]) -> None:
        for one in found:
            self.count += 1
            if self.count <= SHOWN:
                self._say(str(one))


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items())) or "no violation"


def _compare(target: psycopg.Connection, say: Say) -> bool:
    from django.db import connection

    from anjia.registers import digests

    started, equal = time.monotonic(), True
    say(f"{'register':24}{'rows here':>12}{'rows there':>12}  {'digest here':16}  {'digest there':16}  equal")
    for one in digests.compare(connection.connection, target):
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
