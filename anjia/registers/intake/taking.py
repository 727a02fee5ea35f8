"""Takes CSV files into the register: read, judged, written by acts; what is not taken is in the file of rejects."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.kernel.violations import translate
from anjia.registers.bulk import copying, fence, invariants
from anjia.registers.bulk.columns import Ints
from anjia.registers.bulk.leaves import Written
from anjia.registers.intake import batches, judging, reading, sheets
from anjia.registers.intake.batches import Origin
from anjia.registers.intake.faults import Rejects
from anjia.registers.intake.judging import Gathered
from anjia.registers.intake.keys import Keys
from anjia.registers.intake.reading import Block
from anjia.registers.intake.sheets import KEY, MAKERS, NUMBER

ACTOR, ACTOR_NAME = "register-import", "数据导入"
AHEAD = 2
"""Blocks that may wait for the database."""
Say = Callable[[str], None]
Bad = dict[tuple[int, int], tuple[str, str]]


@dataclass(slots=True)
class File:
    """One file of an import, with its counts: every row that was read is in or rejected."""

    path: Path
    register: str
    digest: str
    read: int = 0
    taken: int = 0
    rejected: int = 0

    def to_json(self) -> dict[str, Any]:
        """Gives the counts."""
        return {"file": self.path.name, "register": self.register, "sha256": self.digest, "read": self.read,
                "in": self.taken, "rejected": self.rejected}  # fmt: skip


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


@dataclass(slots=True)
class _Intake:
    """The work of one import."""

    owner: psycopg.Connection[Any]
    files: list[File]
    rejects: Rejects
    prefixes: Sequence[str]
    say: Say
    keys: Keys = field(default_factory=Keys)
    gathered: dict[str, Gathered] = field(default_factory=dict)
    bad: dict[str, Bad] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    following: int = 1

    def judge(self) -> None:
        """Reads all files once and finds everything that is wrong."""
        for register in sheets.order():
            mine = [n for n, one in enumerate(self.files) if one.register == register]
            if not mine:
                continue
            rows = self.gathered[register] = Gathered(register)
            makes = MAKERS.get(sheets.sheet(register).owner) == register
            for number in mine:
                self._gather(rows, number, makes)
            if makes:
                self._make_known(rows)
            judging.overlaps(rows)
            if register == "identity":
                judging.numbers_twice(rows)
            self._known_here(rows)
            if makes:
                self._let_go(rows)
            rows.forget("valid_from", "recorded_from", NUMBER)
        judging.homes(self.gathered)
        self._follow()
        for register, rows in self.gathered.items():
            found = self.bad[register] = {}
            for row, fault in rows.bad.items():
                found[int(rows["file"][row]), int(rows["line"][row])] = fault

    def _gather(self, rows: Gathered, number: int, makes: bool) -> None:
        file = self.files[number]
        self.say(f"reading {file.path.name}")
        find = self._find_but_own(rows.register) if makes else self.keys.find
        for block in reading.read(file.path, sheets.sheet(file.register), find, self.prefixes):
            file.read += len(block.lines) + len(block.unread)
            rows.add(block, number)

    def _find_but_own(self, register: str) -> reading.Find:
        """Resolves all keys but those of the register's own subjects, which its rows only now make known."""
        own = sheets.sheet(register).owner

        def find(kind: str, keys: Ints) -> Ints:
            return keys if kind == own else self.keys.find(kind, keys)

        return find

    def _make_known(self, rows: Gathered) -> None:
        kind = sheets.sheet(rows.register).owner
        numbers = rows[KEY]
        self.following += self.keys.know(kind, numbers, self.following)
        rows.put(KEY, self.keys.find(kind, numbers))

    def _let_go(self, rows: Gathered) -> None:
        self.keys.keep(sheets.sheet(rows.register).owner, rows[KEY][rows.left()])

    def _known_here(self, rows: Gathered) -> None:
        """Refuses numbers that the register has already."""
        if rows.register == "household":
            words = [str(word) for word in rows.words.get("number", {})]
            found = self.owner.execute(
                "SELECT DISTINCT number FROM registers_household WHERE number = ANY(%s) AND recorded_to IS NULL", [words]
            ).fetchall()
            taken = [rows.word("number", number) for (number,) in found]
            rows.refuse(np.flatnonzero(np.isin(rows["number"], taken)), "number", "key-known")
            for number in words:
                if len(number) == 9 and number.isdecimal():
                    self.serials[number[:4]] = max(self.serials.get(number[:4], 0), int(number[4:]))
        if rows.register == "identity" and self._is_filled("registers_identity"):
            blinds = {vault().blind("citizen_no", str(text)): n for text, n in rows.words.get(NUMBER, {}).items()}
            found = self.owner.execute(
                "SELECT blind FROM registers_identity WHERE kind = 'citizen_no' AND recorded_to IS NULL "
                "AND issued_here AND blind = ANY(%s)", [list(blinds)]
            ).fetchall()  # fmt: skip
            taken = [blinds[bytes(blind)] for (blind,) in found]
            rows.refuse(np.flatnonzero(np.isin(rows[NUMBER], taken)), NUMBER, "number-taken")

    def _is_filled(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
        return bool(self.owner.execute(query).fetchone()[0])  # type: ignore[index]

    def _follow(self) -> None:
        """Refuses what refers to a household of which no row is left, when the invariants took the last one."""
        home, member = self.gathered.get("household"), self.gathered.get("membership")
        if home is None:
            return
        self._let_go(home)
        if member is not None:
            gone = ~np.isin(member["household"], home[KEY][home.left()])
            member.refuse(np.flatnonzero(gone & member.left()), "household", "reference-unknown")
            judging.homes(self.gathered)

    def write(self, origin: Callable[[File], Origin], number: batches.Number, put: Callable[[list[Written]], None]) -> None:
        """Reads all files once more and writes what is good; the rest goes into the file of rejects."""
        total, begun, done = sum(one.read for one in self.files), time.monotonic(), 0
        for register in self.gathered:
            for n, file in enumerate(self.files):
                if file.register != register:
                    continue
                sheet, bad, whence = sheets.sheet(register), self.bad[register], origin(file)
                for block in reading.read(file.path, sheet, self.keys.find, self.prefixes):
                    rows = self._sift(block, n, file, bad)
                    if len(rows):
                        put(batches.written(block, rows, sheet, whence, number))
                    file.taken += len(rows)
                    done += len(block.lines) + len(block.unread)
                    spent = time.monotonic() - begun
                    self.say(f"{file.path.name}: {done} of {total} rows, {done / spent:.0f} rows/s, "
                             f"about {(total - done) * spent / max(done, 1):.0f} s left")  # fmt: skip

    def _sift(self, block: Block, number: int, file: File, bad: Bad) -> Ints:
        if bad:
            for row, line in enumerate(block.lines.tolist()):
                if (fault := bad.get((number, line))) is not None:
                    block.faults.setdefault(row, fault)
        for line, code, text in block.unread:
            self.rejects.add(file.path.name, line, "", code, text)
        for row, (column, code) in sorted(block.faults.items()):
            self.rejects.add(file.path.name, int(block.lines[row]), column, code, block.raw[row])
        file.rejected += len(block.unread) + len(block.faults)
        return np.flatnonzero(block.good())

    def subjects(self) -> Written:
        """Gives the subjects that become known."""
        rows = [f"{one}\t{kind}\n" for kind, found in self.keys.subjects.items() for one in np.sort(found).tolist()]
        return Written("kernel_subject", ("id", "kind"), "".join(rows).encode(), len(rows))


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
            work = _Intake(owner, files, rejected, prefixes, say)
            try:
                load = _load(owner, owner_url, work, digest, _actor(owner, actor))
            except psycopg.Error as error:
                raise translate(error) from error
        while log.seal() is not None:
            pass
    return Report(load, tuple(one.to_json() for one in files))


def _load(owner: psycopg.Connection[Any], url: str, work: _Intake, digest: str, actor: int) -> int:
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


def _fenced(owner: psycopg.Connection[Any], url: str, work: _Intake, actor: int) -> int:
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


def _beside(owner: psycopg.Connection[Any], work: _Intake, digest: str, actor: int) -> int:
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


def _renumber(work: _Intake, number: batches.Number) -> None:
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


def _advance(owner: psycopg.Connection[Any], work: _Intake) -> None:
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


def _told(work: _Intake) -> dict[str, Any]:
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


