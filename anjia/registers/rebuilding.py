"""Replays all acts into an empty database, through the same constraints, and compares by digests.

Acts are applied in their order, some hundred in one transaction: entries of earlier transactions are
closed, then the new ones go in with the moment at which they were recorded and, where a later act of the
same transaction closed them, with its moment. Exclusion constraints look at both time axes, so two
entries that were ever true and known at once are refused here as they were when they were written;
constraint triggers speak at the end of each transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from anjia.kernel import journal, log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.journal import Closed, Done, Opened
from anjia.kernel.merkle import Fault
from anjia.registers import REGISTERS

ENTRIES = 50_000
"""Entries after which a transaction ends though it has few acts."""

KINDS = {"particulars": "P", "household": "H", "place": "L"}
"""Registers that every person, household and place has an entry in."""

ACT_COLUMNS = (
    "id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number", "station",
    "effective_on", "at", "reason", "evidence", "leaf", "prior_root", "parts",
)  # fmt: skip
STAGES = """
CREATE TEMP TABLE opening (register text, id bigint, act bigint, at timestamptz, subject bigint, valid_from date,
    valid_to date, closed_by bigint, closed_at timestamptz, own jsonb) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE closing (register text, id bigint, act bigint, at timestamptz) ON COMMIT DELETE ROWS;
"""
# Small stages meet large tables, which nobody has analysed yet: keys are the way, whatever the planner believes.
BY_KEY = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"
FREELY = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
CLOSE = """
UPDATE registers_{0} e SET recorded_to = c.at, closed_by = c.act FROM closing c
 WHERE c.register = '{0}' AND e.id = c.id
   AND e.recorded_to IS NULL AND e.recorded_from < c.at AND e.opened_by < c.act
"""
NOT_CLOSED = """
SELECT c.id FROM closing c LEFT JOIN registers_{0} e ON e.id = c.id
 WHERE c.register = '{0}' AND (e.id IS NULL OR e.closed_by IS DISTINCT FROM c.act)
"""
OPEN = """
INSERT INTO registers_{0} (id, subject, valid_from, valid_to, recorded_from, recorded_to, opened_by, closed_by, {1})
SELECT o.id, o.subject, o.valid_from, o.valid_to, o.at, o.closed_at, o.act, o.closed_by, {2}
  FROM opening o, jsonb_populate_record(NULL::registers_{0}, o.own) r WHERE o.register = '{0}'
"""
SUBJECTS = """
INSERT INTO kernel_subject (id, kind)
SELECT DISTINCT o.subject, CASE o.register WHEN 'particulars' THEN 'P' WHEN 'household' THEN 'H' ELSE 'L' END
  FROM opening o WHERE o.register = ANY(%s) ON CONFLICT (id) DO NOTHING
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


@dataclass
class Replay:
    """An empty database into which acts are replayed.

    Attributes:
        target: connection of the owner of its tables.
        acts, entries: how much was replayed so far.
        last: id of the last act.
    """

    target: psycopg.Connection[Any]
    acts: int = 0
    entries: int = 0
    last: int = 0
    _own: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Makes the stages.

        Raises:
            AnjiaError: `rebuild-occupied` (409) when the database holds acts already.
        """
        if self.target.execute("SELECT FROM kernel_act LIMIT 1").fetchone() is not None:
            raise AnjiaError(
                "rebuild-occupied", "目标数据库不是空库", "The database to rebuild into is not empty",
                ("请换一个空的数据库", "Name an empty database"), status=409,
            )  # fmt: skip
        self._own = {name: journal.own_columns(name) for name in REGISTERS}
        self.target.execute(BY_KEY)
        self.target.execute("SET synchronous_commit = off")
        self.target.execute(STAGES)
        self.target.commit()

    def apply(self, batch: Sequence[Done]) -> Iterator[Fault]:
        """Does some acts in one transaction; gives closings of what was not open and known (INV-13).

        Raises:
            AnjiaError: `rebuild-refused` (409) when a constraint refuses what the acts wrote.
        """
        opening, closing, faults = _stage(batch)
        yield from faults
        try:
            with self.target.transaction():
                yield from self._write(batch, opening, closing)
                self.target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.IntegrityError as error:
            raise _refused(batch, error) from error
        self.acts += len(batch)
        self.entries += len(opening)
        self.last = batch[-1].id

    def _write(self, batch: Sequence[Done], opening: dict[Any, _Opening], closing: list[Closed]) -> Iterator[Fault]:
        copy_rows(self.target, "kernel_act", ACT_COLUMNS, map(_act, batch))
        copy_rows(self.target, "closing", ("register", "id", "act", "at"),
              ((row.register, row.id, row.act, row.at) for row in closing))  # fmt: skip
        names = ("register", "id", "act", "at", "subject", "valid_from", "valid_to", "closed_by", "closed_at", "own")
        copy_rows(self.target, "opening", names, (one.row() for one in opening.values()))
        self.target.execute(SUBJECTS, [list(KINDS)])
        for name in sorted({row.register for row in closing}):
            wanted = sum(row.register == name for row in closing)
            if self.target.execute(CLOSE.format(name)).rowcount != wanted:
                for (number,) in self.target.execute(NOT_CLOSED.format(name)).fetchall():
                    yield _not_open(name, number)
        for name in sorted({one.opened.register for one in opening.values()}):
            own = self._own[name]
            self.target.execute(OPEN.format(name, ", ".join(own), ", ".join(f"r.{one}" for one in own)))

    def check(self, queries: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Counts what the replayed register breaks at this moment.

        Args:
            queries: (id of the invariant, query).
        """
        found: dict[str, int] = {}
        with self.target.transaction():
            self.target.execute(FREELY)
            for name, query in queries:
                rows = self.target.execute(f"SELECT count(*) FROM ({query}) broken").fetchone()
                found[name] = found.get(name, 0) + (rows[0] if rows else 0)
        return {name: count for name, count in found.items() if count}

    def finish(self) -> None:
        """Moves the sequences past what was replayed, so that the register can be used."""
        with self.target.transaction():
            self.target.execute("SELECT setval('kernel_act_number', greatest(%s, 1))", [self.last])
            for table in ("kernel_subject", *(f"registers_{name}" for name in REGISTERS)):
                self.target.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"
                )


@dataclass(slots=True)
class _Opening:
    """An entry on its way in, with the act of the same transaction that closed it, if one did."""

    opened: Opened
    closed_by: int | None = None
    closed_at: datetime | None = None

    def row(self) -> tuple[Any, ...]:
        one = self.opened
        return (one.register, one.id, one.act, one.at, one.subject, one.valid_from, one.valid_to, self.closed_by,
                self.closed_at, one.own)  # fmt: skip


def batches(done: Iterable[Done], size: int) -> Iterator[list[Done]]:
    """Cuts acts into runs of at most `size` acts and about `ENTRIES` entries."""
    run: list[Done] = []
    entries = 0
    for one in done:
        run.append(one)
        entries += len(one.opened) + len(one.closed)
        if len(run) >= size or entries >= ENTRIES:
            yield run
            run, entries = [], 0
    if run:
        yield run


def authentic(faults: list[Fault]) -> Iterator[Done]:
    """Gives the acts of this register in their order; what does not fit its leaf is added to `faults`."""
    follows = log.Follows()
    for found in journal.read(REGISTERS):
        if isinstance(found, Done):
            faults.extend(log.check(found))
            faults.extend(follows.check(found))
            yield found
        else:
            faults.append(log.stray(found))


def digest(connection: psycopg.Connection[Any], table: str) -> tuple[int, str]:
    """Gives the number of rows of a table and the SHA-256 over all of them in the order of their ids."""
    columns = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attname",
        [table],
    ).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    total, rows = hashlib.sha256(), 0
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(names, sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            total.update(block)
            rows += bytes(block).count(b"\n")
    return rows, total.hexdigest()


def compare(here: psycopg.Connection[Any], there: psycopg.Connection[Any]) -> Iterator[Compared]:
    """Compares the acts and every register of two databases."""
    for connection in (here, there):
        connection.execute(STEADY)
    for table in ("kernel_act", *(f"registers_{name}" for name in REGISTERS)):
        one, other = digest(here, table), digest(there, table)
        yield Compared(table, (one[0], other[0]), (one[1], other[1]))


def _stage(batch: Sequence[Done]) -> tuple[dict[tuple[str, int], _Opening], list[Closed], list[Fault]]:
    opening: dict[tuple[str, int], _Opening] = {}
    closing: list[Closed] = []
    faults: list[Fault] = []
    for done in batch:
        for row in done.closed:
            mine = opening.get((row.register, row.id))
            if mine is None:
                closing.append(row)
            elif mine.closed_by is not None or mine.opened.at >= row.at:
                faults.append(_not_open(row.register, row.id))
            else:
                mine.closed_by, mine.closed_at = row.act, row.at
        for new in done.opened:
            opening[new.register, new.id] = _Opening(new)
    return opening, closing, faults


def _act(done: Done) -> tuple[Any, ...]:
    return (*done.act.values(), done.evidence, done.leaf, done.prior_root, done.parts)


def copy_rows(
    target: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Writes rows in COPY's text format."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with target.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(["\t".join(map(_text, row)) + "\n" for row in rows]))


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    text = value if isinstance(value, str) else str(value)
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text


def _not_open(register: str, number: int) -> Fault:
    return Fault(f"entry of {register}", number, "终止时不是当时有效的条目", "it was closed but was not open and known")


def _refused(batch: Sequence[Done], error: psycopg.Error) -> AnjiaError:
    name = error.diag.constraint_name or str(error.sqlstate)
    return AnjiaError(
        "rebuild-refused",
        f"登记行为 {batch[0].id}–{batch[-1].id} 写下的内容不符合约束 {name}",
        f"What the acts {batch[0].id}–{batch[-1].id} wrote breaks the constraint {name}",
        ("请运行 anjia log verify 和 anjia register check", "Run anjia log verify and anjia register check"),
        status=409,
        detail=(error.diag.message_detail or error.diag.message_primary or "")[:300],
    )
