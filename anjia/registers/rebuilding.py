"""Replays all acts into an empty database, with all its constraints on at the end, and says what does not fit.

Acts are applied in their order, some thousand in one transaction: entries of earlier transactions are
closed, then the new ones go in with the moment at which they were recorded and, where a later act of the
same transaction closed them, with its moment. Checks of a row speak at once. Keys, exclusion constraints and
what looks at several rows wait behind the fence (`bulk.fence`) until all acts are in, since what an import
wrote in several acts holds only when the last of them is done. They are then put up again over every entry
that there ever was: exclusion constraints look at both time axes, so two entries that were ever true and
known at once are refused as they were when they were written. What looks at the present alone is asked of
the last state; `check` asks in between.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import msgspec
import psycopg
from psycopg import sql

from anjia.kernel import journal, log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.journal import Closed, Done, Opened
from anjia.kernel.merkle import Fault
from anjia.registers import REGISTERS
from anjia.registers.bulk import copying, culprits, fence, invariants
from anjia.registers.bulk.leaves import ENTRY_COLUMNS, Written

ENTRIES = 50_000
"""Entries after which a transaction ends though it has few acts."""
AHEAD = 1
"""Transactions that may wait for the database."""

ACT_COLUMNS = (
    "id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number", "station",
    "effective_on", "at", "reason", "evidence", "leaf", "prior_root", "parts",
)  # fmt: skip
STAGE = "CREATE TEMP TABLE closing (register text, id bigint, act bigint, at timestamptz) ON COMMIT DELETE ROWS"
# A small stage meets large tables, which nobody has analysed yet: keys are the way, whatever the planner believes.
BY_KEY = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
CLOSE = """
UPDATE registers_{0} e SET recorded_to = c.at, closed_by = c.act FROM closing c
 WHERE c.register = '{0}' AND e.id = c.id
   AND e.recorded_to IS NULL AND e.recorded_from < c.at AND e.opened_by < c.act
"""
NOT_CLOSED = """
SELECT c.id FROM closing c LEFT JOIN registers_{0} e ON e.id = c.id
 WHERE c.register = '{0}' AND (e.id IS NULL OR e.closed_by IS DISTINCT FROM c.act)
"""
# Every person, household and place has an entry in one of these registers.
SUBJECTS = """
INSERT INTO kernel_subject (id, kind) SELECT subject, 'P' FROM registers_particulars
 UNION SELECT subject, 'H' FROM registers_household UNION SELECT subject, 'L' FROM registers_place
"""


@dataclass
class Replay:
    """An empty database into which acts are replayed; what was replayed is undone unless it is finished.

    Attributes:
        target: connection of the owner of its tables, in autocommit.
        url: of the same, for the connections that put keys back.
        acts, entries: how much was replayed so far.
        last: id of the last act.
    """

    target: psycopg.Connection[Any]
    url: str
    acts: int = 0
    entries: int = 0
    last: int = 0
    _own: dict[str, list[str]] = field(default_factory=dict)
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _waiting: deque[Future[list[Fault]]] = field(default_factory=deque)

    def __enter__(self) -> Replay:
        """Puts the fence up; the keys that closings go by stay.

        Raises:
            AnjiaError: `rebuild-occupied` (409) when the database holds acts already.
        """
        if self.target.execute("SELECT FROM kernel_act LIMIT 1").fetchone() is not None:
            raise AnjiaError(
                "rebuild-occupied", "目标数据库不是空库", "The database to rebuild into is not empty",
                ("请换一个空的数据库", "Name an empty database"), status=409,
            )  # fmt: skip
        self._own = {name: journal.own_columns(name) for name in REGISTERS}
        fence.put_up(self.target, "rebuild")
        for table in fence.guards(self.target):
            kept = {name for name, definition in table["keys"] if definition.startswith("PRIMARY KEY")}
            for name, statement in fence.missing(self.target, table):
                if name in kept and table["name"] not in fence.KERNEL:
                    self.target.execute(statement)
        for setting in (*copying.SESSION, "SET jit = off", STAGE):
            self.target.execute(setting)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Undoes what was not finished."""
        self._writer.shutdown(cancel_futures=True)
        if not self.target.closed:
            fence.mend(self.target)

    def apply(self, batch: Sequence[Done]) -> Iterator[Fault]:
        """Does some acts in one transaction; gives closings of what was not open and known (INV-13).

        The database works while the next acts are read, so a fault may come with a later call or with `settle`.

        Raises:
            AnjiaError: `rebuild-refused` (409) when the database refuses a row that an act wrote.
        """
        opening, closing, faults = _stage(batch)
        yield from faults
        entries = list(opening.values())
        rows = _rows(batch, entries, self._own)
        self._waiting.append(self._writer.submit(self._write, batch, entries, rows, closing))
        self.acts += len(batch)
        self.entries += len(opening)
        self.last = batch[-1].id
        while len(self._waiting) > AHEAD:
            yield from self._waiting.popleft().result()

    def settle(self) -> Iterator[Fault]:
        """Waits until all acts are in the database and gives the faults that are left."""
        while self._waiting:
            yield from self._waiting.popleft().result()

    def check(self, queries: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Counts what the replayed register breaks at this moment; to be called when all is settled.

        Args:
            queries: (id of the invariant, query).
        """
        found: Counter[str] = Counter()
        # Whole tables meet without their indexes: only with statistics are they hashed and not searched row by row.
        self.target.execute("ANALYZE")
        with self.target.transaction():
            for name, query in queries:
                rows = self.target.execute(f"SELECT count(*) FROM ({query}) broken").fetchone()
                found[name] += rows[0] if rows else 0
        return {name: count for name, count in found.items() if count}

    def finish(self, say: copying.Say) -> None:
        """Puts all keys and constraints up over what was replayed and gives the register to the application.

        Raises:
            AnjiaError: `rebuild-refused` (409) when one of them does not hold.
        """
        try:
            self.target.execute(SUBJECTS)
            copying.put_back(self.url, say)
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise _refused(self._between(culprits.of_key(self.target, error)), error) from error
        with self.target.transaction():
            try:
                invariants.check(self.target)
            except AnjiaError as error:
                act = culprits.of_subjects(self.target, error.facts["subjects"])
                raise _broken(self._between(act), error.facts["constraint"], str(error.facts["subjects"])) from error
            self.target.execute("SELECT setval('kernel_act_number', greatest(%s, 1))", [self.last])
            for table in ("kernel_subject", *(f"registers_{name}" for name in REGISTERS)):
                self.target.execute(
                    sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false) FROM {}")
                    .format(sql.Literal(table), sql.Identifier(table))
                )  # fmt: skip
            fence.take_down(self.target, {"acts": self.acts, "entries": self.entries})

    def _write(
        self, batch: Sequence[Done], opening: Sequence[_Opening], rows: Sequence[Written], closing: Sequence[Closed]
    ) -> list[Fault]:
        try:
            with self.target.transaction():
                self.target.execute(BY_KEY)
                faults = self._close(closing)
                copying.copy(self.target, rows)
                return faults
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise _refused(_wrote(batch, opening, error), error) from error

    def _close(self, closing: Sequence[Closed]) -> list[Fault]:
        faults: list[Fault] = []
        text = "".join(f"{row.register}\t{row.id}\t{row.act}\t{row.at}\n" for row in closing)
        copying.copy(self.target, [Written("closing", ("register", "id", "act", "at"), text.encode(), len(closing))])
        for name, wanted in sorted(Counter(row.register for row in closing).items()):
            if self.target.execute(CLOSE.format(name)).rowcount != wanted:
                found = self.target.execute(NOT_CLOSED.format(name)).fetchall()
                faults += [_not_open(name, number) for (number,) in found]
        return faults

    def _between(self, act: int | None) -> str:
        return f"1–{self.last}" if act is None else str(act)


@dataclass(slots=True)
class _Opening:
    """An entry on its way in, with the act of the same transaction that closed it, if one did."""

    opened: Opened
    closed: Closed | None = None


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


class Faults(Protocol):
    """What takes faults as they are found; a list does."""

    def extend(self, found: Iterable[Fault], /) -> None:
        """Takes some."""


def authentic(faults: Faults) -> Iterator[Done]:
    """Gives the acts of this register in their order; what does not fit its leaf goes to `faults`."""
    follows = log.Follows()
    for found in journal.read(REGISTERS):
        if isinstance(found, Done):
            faults.extend(log.check(found))
            faults.extend(follows.check(found))
            yield found
        else:
            faults.extend([log.stray(found)])


def _stage(batch: Sequence[Done]) -> tuple[dict[tuple[str, int], _Opening], list[Closed], list[Fault]]:
    opening: dict[tuple[str, int], _Opening] = {}
    closing: list[Closed] = []
    faults: list[Fault] = []
    for done in batch:
        for row in done.closed:
            mine = opening.get((row.register, row.id))
            if mine is None:
                closing.append(row)
            elif mine.closed is not None or mine.opened.at >= row.at:
                faults.append(_not_open(row.register, row.id))
            else:
                mine.closed = row
        for new in done.opened:
            opening[new.register, new.id] = _Opening(new)
    return opening, closing, faults


def _rows(batch: Sequence[Done], opening: Iterable[_Opening], own: Mapping[str, Sequence[str]]) -> list[Written]:
    """Gives acts and entries in COPY's text format."""
    acts = "".join(["\t".join(map(_text, _act(done))) + "\n" for done in batch])
    lines: dict[str, list[str]] = {}
    for one in opening:
        lines.setdefault(one.opened.register, []).append(_line(one, own[one.opened.register]))
    return [Written("kernel_act", ACT_COLUMNS, acts.encode(), len(batch))] + [
        Written(f"registers_{name}", (*ENTRY_COLUMNS, *own[name]), "".join(found).encode(), len(found))
        for name, found in lines.items()
    ]


def _line(one: _Opening, names: Sequence[str]) -> str:
    """Gives an entry as a line; what its leaf covers is all that it is made of."""
    row, closed = one.opened, one.closed
    found = msgspec.json.decode(row.own)
    # JSON writes what COPY would have to escape with a backslash itself.
    plain = _text if "\\" in row.own else _unescaped
    own = "\t".join([plain(found[name]) for name in names])
    until, at, by = row.valid_to or "\\N", closed.at if closed else "\\N", closed.act if closed else "\\N"
    return f"{row.id}\t{row.subject}\t{row.valid_from}\t{until}\t{row.at}\t{at}\t{row.act}\t{by}\t{own}\n"


def _act(done: Done) -> tuple[Any, ...]:
    return (*done.act.values(), done.evidence, done.leaf, done.prior_root, done.parts)


def _text(value: Any) -> str:
    text = "\\x" + value.hex() if isinstance(value, bytes) else value
    if isinstance(text, str) and ("\\" in text or "\t" in text or "\n" in text or "\r" in text):
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return _unescaped(text)


def _unescaped(value: Any) -> str:
    if value is None:
        return "\\N"
    return value if isinstance(value, str) else str(value)


def _not_open(register: str, number: int) -> Fault:
    return Fault(f"entry of {register}", number, "终止时不是当时有效的条目", "it was closed but was not open and known")


def _wrote(batch: Sequence[Done], opening: Iterable[_Opening], error: psycopg.Error) -> str:
    """Gives the act whose row the database refused, or those among which it is."""
    if (found := culprits.line(error)) is None:
        return f"{batch[0].id}–{batch[-1].id}"
    table, line = found
    if table == "kernel_act":
        return str(batch[line].id)
    rows = [one.opened.act for one in opening if f"registers_{one.opened.register}" == table]
    return str(rows[line])


def _refused(acts: str, error: psycopg.Error) -> AnjiaError:
    name = error.diag.constraint_name or str(error.sqlstate)
    return _broken(acts, name, (error.diag.message_detail or error.diag.message_primary or "")[:300])


def _broken(acts: str, name: str, detail: str) -> AnjiaError:
    return AnjiaError(
        "rebuild-refused",
        f"登记行为 {acts} 写下的内容不符合约束 {name}",
        f"What act {acts} wrote breaks the constraint {name}",
        ("请运行 anjia log verify 和 anjia register check", "Run anjia log verify and anjia register check"),
        status=409, acts=acts, constraint=name, detail=detail,
    )  # fmt: skip
