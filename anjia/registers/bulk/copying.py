"""Bringing rows behind the fence, and putting its guards up again on both cores."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from anjia.registers.bulk import fence
from anjia.registers.bulk.leaves import Written

CHUNK = 1 << 20
CORES = 2
SESSION = (
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '256MB'",
    "SET max_parallel_maintenance_workers = 1",
)
Say = Callable[[str], None]


def session(url: str) -> psycopg.Connection[Any]:
    """Opens a connection that brings rows; while it lives, nobody takes its loading for a dead one's leftovers."""
    owner = psycopg.connect(url, autocommit=True)
    owner.execute("SELECT pg_advisory_lock_shared(%s::bigint)", [fence.PART])
    for setting in SESSION:
        owner.execute(setting)
    return owner


def copy(owner: psycopg.Connection[Any], written: Sequence[Written]) -> None:
    """Writes a block whole or not at all."""
    with owner.transaction():
        for one in written:
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(one.table), sql.SQL(", ").join(map(sql.Identifier, one.columns))
            )
            with owner.cursor().copy(statement) as into:
                for at in range(0, len(one.text), CHUNK):
                    into.write(one.text[at : at + CHUNK])


def put_back(url: str, say: Say) -> None:
    """Builds keys, indexes and constraints again, the largest tables first, one table a connection.

    Every row is checked by what is built; the first that does not fit stops all.

    Raises:
        psycopg.Error: of the first constraint that does not hold.
    """
    todo: queue.SimpleQueue[fence.Restore] = queue.SimpleQueue()
    with psycopg.connect(url, autocommit=True) as owner:
        for table in sorted(fence.guards(owner), key=lambda one: -_weight(owner, one)):
            todo.put(table)
    failed: list[BaseException] = []
    crew = [threading.Thread(target=_builder, args=(url, todo, failed, say)) for _ in range(CORES)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if failed:
        raise failed[0]


def _builder(url: str, todo: queue.SimpleQueue[fence.Restore], failed: list[BaseException], say: Say) -> None:
    try:
        with session(url) as owner:
            while not failed:
                table = todo.get_nowait()
                for name, statement in fence.missing(owner, table):
                    started = time.monotonic()
                    owner.execute(statement)
                    if (spent := time.monotonic() - started) > 1:
                        say(f"{name}: {spent:.0f} s")
                owner.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table["name"])))
    except queue.Empty:
        return
    except BaseException as error:  # told to the thread that waits
        failed.append(error)


def _weight(owner: psycopg.Connection[Any], table: fence.Restore) -> int:
    found = owner.execute("SELECT pg_relation_size(%s::regclass)", [table["name"]]).fetchone()
    overlaps = sum("EXCLUDE" in definition for _, definition in table["keys"])
    return int(found[0]) * (1 + 4 * overlaps) if found else 0
