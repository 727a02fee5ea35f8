"""Takes CSV files into the register: read, judged, written by acts; what is not taken is in the file of rejects."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.violations import translate
from anjia.registers.bulk import copying, fence, invariants
from anjia.registers.bulk.columns import Ints
from anjia.registers.bulk.leaves import Written
from anjia.registers.intake import batches, reading, sheets
from anjia.registers.intake.batches import Origin
from anjia.registers.intake.faults import Rejects
from anjia.registers.intake.sifting import File, Intake

ACTOR, ACTOR_NAME = "register-import", "数据导入"
AHEAD = 2
"""Blocks that may wait for the database."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did.

    Attributes:
        load: its id.
        again: True when the same files were imported before; nothing was done then.
    """

    load: int
    files: tuple[dict[str, Any], ...]
    again: bool = False

    @property
    def rejected(self) -> int:
        """Gives how many rows are in the file of rejects."""
        return sum(one["rejected"] for one in self.files)


def take(
    owner_url: str, paths: Sequence[Path], rejects: Path, *, actor: str = ACTOR, prefixes: Sequence[str] = (),
    say: Say = print,
) -> Report:
    """Imports files whole: every good row goes in, every other one into the file of rejects.

    Into an empty register they are loaded behind the fence; into one that holds entries, in one transaction
    under all its constraints. Either way a killed import leaves nothing, and the same command does it again;
    the same files are never imported twice.

    Args:
        owner_url: connection URL of the tables' owner.
        actor: user name of whom the acts name.
        prefixes: unassigned address codes that made-up citizen numbers may carry.

    Raises:
        AnjiaError: `sheet-unknown`, `header-…`, `load-running`, or what the register refuses as a whole.
    """  # fmt: skip
    files = [File(path, sheets.register_of(path.stem), reading.digest_of(path)) for path in paths]
    for one in files:
        reading.header_of(one.path, sheets.sheet(one.register))
    digest = hashlib.sha256("".join(sorted(f"{one.register}{one.digest}" for one in files)).encode()).hexdigest()
    with psycopg.connect(owner_url, autocommit=True) as owner, fence.alone(owner):
        before = owner.execute(
            "SELECT id, report FROM registers_load WHERE digest = %s AND ended_at IS NOT NULL", [digest]
        ).fetchone()
        if before is not None:
            return Report(before[0], tuple(before[1]["files"]), again=True)
        with Rejects(rejects) as rejected:
            work = Intake(owner, files, rejected, prefixes, say)
            try:
                load = _load(owner, owner_url, work, digest, _actor(owner, actor))
            except psycopg.Error as error:
                raise translate(error) from error
        while log.seal() is not None:
            pass
    return Report(load, tuple(one.to_json() for one in files))


def _load(owner: psycopg.Connection[Any], url: str, work: Intake, digest: str, actor: int) -> int:
    work.following = _next(owner, "kernel_subject")
    work.judge()
    try:
        fence.put_up(owner, "import", digest)
    except AnjiaError as error:
        if error.code != "register-occupied":
            raise
        return _beside(owner, work, digest, actor)
    try:
        return _fenced(owner, url, work, actor)
    except BaseException:
        fence.mend(owner)
        raise


def _fenced(owner: psycopg.Connection[Any], url: str, work: Intake, actor: int) -> int:
    """Loads an empty register: rows first, keys and constraints after them."""
    load = int(owner.execute("SELECT id FROM registers_load WHERE ended_at IS NULL").fetchone()[0])  # type: ignore[index]
    given: dict[str, int] = {}

    def number(table: str, count: int) -> Ints:
        first = given.setdefault(table, _next(owner, table))
        given[table] = first + count
        return np.arange(first, first + count)

    with _writer(url) as put:
        put([work.subjects()])
        work.write(_origins(owner, load, actor, b""), number, put)
    work.say("putting keys, indexes and constraints back")
    copying.put_back(url, work.say)
    work.say("checking the invariants")
    with owner.transaction():
        invariants.check(owner)
        for table, following in given.items():
            name = "kernel_act_number" if table == "kernel_act" else f"{table}_id_seq"
            owner.execute(
                sql.SQL("SELECT setval(%s::regclass, greatest(%s, (SELECT last_value FROM {})))").format(
                    sql.Identifier(name)
                ),
                [name, following - 1],
            )
        _advance(owner, work)
        fence.take_down(owner, _told(work))
    return load


def _beside(owner: psycopg.Connection[Any], work: Intake, digest: str, actor: int) -> int:
    """Adds to a register that holds entries, under its constraints, in one transaction."""
    with owner.transaction():
        owner.execute("SELECT pg_advisory_xact_lock_shared(%s::bigint)", [log.GATE])
        load = int(owner.execute(
            "INSERT INTO registers_load (what, digest, started_at, restore, report) "
            "VALUES ('import', %s, clock_timestamp(), '{\"tables\": [], \"first\": {}}', '{}') RETURNING id", [digest]
        ).fetchone()[0])  # type: ignore[index] # fmt: skip
        root = owner.execute("SELECT root FROM kernel_batch ORDER BY id DESC LIMIT 1").fetchone()

        def number(table: str, count: int) -> Ints:
            name = "kernel_act_number" if table == "kernel_act" else f"{table}_id_seq"
            rows = owner.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [name, count]).fetchall()
            return np.array([value for (value,) in rows], dtype=np.int64)

        def put(written: list[Written]) -> None:
            copying.copy(owner, written)

        _renumber(work, number)
        put([work.subjects()])
        work.write(_origins(owner, load, actor, bytes(root[0]) if root else b""), number, put)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _advance(owner, work)
        owner.execute(
            "UPDATE registers_load SET ended_at = clock_timestamp(), report = %s WHERE id = %s",
            [Jsonb(_told(work)), load],
        )
    return load


def _renumber(work: Intake, number: batches.Number) -> None:
    """Takes the subjects from the sequence, since others take from it as well."""
    for kind, subjects in work.keys.subjects.items():
        fresh = number("kernel_subject", len(subjects))
        work.keys.subjects[kind] = fresh[np.argsort(np.argsort(subjects))]


@contextmanager
def _writer(url: str) -> Iterator[Callable[[list[Written]], None]]:
    """Gives what hands rows to a connection of its own, which writes them while the next ones are made."""
    waiting: queue.Queue[list[Written] | None] = queue.Queue(AHEAD)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with copying.session(url) as owner:
                while (written := waiting.get()) is not None:
                    copying.copy(owner, written)
        except BaseException as error:  # told to the thread that reads
            failed.append(error)
            while waiting.get() is not None:
                pass

    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def put(written: list[Written]) -> None:
        if failed:
            raise failed[0]
        waiting.put(written)

    try:
        yield put
    finally:
        waiting.put(None)
        thread.join()
    if failed:
        raise failed[0]


def _origins(owner: psycopg.Connection[Any], load: int, actor: int, root: bytes) -> Callable[[File], Origin]:
    found = owner.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").fetchone()
    at = int(found[0]) if found else 0
    return lambda file: Origin(load, file.path.name, file.digest, definition(file.register), actor, at, root)


def definition(register: str) -> str:
    """Gives the digest of the shape of a register's file, the definition under which its rows are imported."""
    shapes = [[one.name, one.kind, one.refers, sorted(one.allowed or ())] for one in sheets.sheet(register).shapes]
    return hashlib.sha256(json.dumps([register, shapes]).encode()).hexdigest()


def _advance(owner: psycopg.Connection[Any], work: Intake) -> None:
    last = max((int(found.max()) for found in work.keys.subjects.values() if len(found)), default=0)
    owner.execute(
        "SELECT setval('kernel_subject_id_seq', greatest(%s, (SELECT last_value FROM kernel_subject_id_seq)))",
        [max(last, 1)],
    )
    for digits, serial in work.serials.items():
        owner.execute(
            "INSERT INTO kernel_counter (name, value) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET value = greatest(kernel_counter.value, excluded.value)",
            [f"household:{digits}", serial],
        )


def _told(work: Intake) -> dict[str, Any]:
    return {"files": [one.to_json() for one in work.files], "rejects": work.rejects.path.name}


def _actor(owner: psycopg.Connection[Any], username: str) -> int:
    found = owner.execute("SELECT id FROM kernel_actor WHERE username = %s", [username]).fetchone()
    if found is None and username == ACTOR:
        found = owner.execute(
            "INSERT INTO kernel_actor (username, password, kind, name_zh, station, is_active) "
            "VALUES (%s, '!', 'system', %s, '', false) RETURNING id", [ACTOR, ACTOR_NAME]
        ).fetchone()  # fmt: skip
    if found is None:
        raise AnjiaError(
            "actor-unknown", f"没有账号 {username}", f"There is no account {username}",
            ("请核对用户名", "Check the user name"),
        )  # fmt: skip
    return int(found[0])


def _next(owner: psycopg.Connection[Any], table: str) -> int:
    query = sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(sql.Identifier(table))
    return int(owner.execute(query).fetchone()[0])  # type: ignore[index]


