"""The only way to write a register: one act, one transaction, one moment, one key."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8

from anjia.kernel import log, readonly, writer
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.violations import translate

LOCK = "SELECT id FROM kernel_subject WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
# The moment is taken after the lock: taken before it, racing acts close entries in their own future.
# The number is given out behind the log's gate, so that no batch is sealed over an act under way.
# A twin that this statement does not see yet is met by the unique key of the act.
MOMENT = f"""
SELECT clock_timestamp() AS at,
       CASE WHEN pg_advisory_xact_lock_shared({log.GATE}) IS NOT NULL THEN nextval('kernel_act_number') END AS act,
       (SELECT root FROM kernel_batch ORDER BY id DESC LIMIT 1) AS root,
       done.id AS done_id, done.at AS done_at, done.event, done.case_number
  FROM (VALUES (%s::uuid)) AS asked (key) LEFT JOIN kernel_act done USING (key)
"""
SUBJECTS = """
INSERT INTO kernel_subject (kind)
SELECT kind FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (kind, place) ORDER BY place RETURNING id
"""
REPLAY = "SELECT id AS done_id, at AS done_at, event, case_number FROM kernel_act WHERE key = %s"

# Deferred constraints speak inside the act, so that their error can be told apart and named; an act
# inside somebody else's transaction defers them again for the acts that follow.
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"
CHECK_LATER = "SET CONSTRAINTS ALL DEFERRED"

Rows = list[dict[str, Any]]
Seen = Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Read:
    """A statement run under the lock whose rows `decide` sees under `name`; lists in it are cast (`%s::bigint[]`)."""

    name: str
    sql: str
    params: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Guard:
    """A statement in the act's transaction that must touch exactly `rows` rows, or all is undone."""

    sql: str
    params: Sequence[Any]
    rows: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """Work queued in the act's transaction; the worker does it at least once."""

    task: str
    args: Mapping[str, Any]
    queue: str = "default"
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An act that is not yet done.

    Attributes:
        key: idempotency key: the same key is the same act, done once.
        event: code of the register event.
        definition: digest of the definition under which it is done.
        subjects: ids to lock, persons and households alike.
        effective_on: day on which it becomes true in the world (Asia/Shanghai).
        decide: pure function from what was read under the lock to the plan.
        evidence: what the act rests on; a function is called while the database reads, and reads nothing itself.
        reads: what `decide` needs to see.
        new_subjects: kinds of the subjects that the act creates.
    """

    key: uuid.UUID
    event: str
    definition: str
    actor: int | None
    subjects: tuple[int, ...]
    effective_on: date
    reason: str
    evidence: Mapping[str, Any] | Callable[[], Mapping[str, Any]]
    decide: Callable[[Seen, Moment], Plan]
    reads: tuple[Read, ...] = ()
    new_subjects: tuple[str, ...] = ()
    grant: int | None = None
    case_number: str = ""
    station: str = ""
    on_behalf_of: int | None = None
    guards: tuple[Guard, ...] = ()
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """A done act; `replayed` says that this key had been done before."""

    act_id: int
    at: datetime
    replayed: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)


class _Replayed(Exception):
    """Leaves the transaction when the key is already done."""

    def __init__(self, committed: Committed) -> None:
        super().__init__()
        self.committed = committed


def commit(draft: Draft) -> Committed:
    """Does the act whole or not at all.

    Args:
        draft: the act; `decide` runs under the lock of all its subjects.

    Returns:
        The act's id and moment; the first doing's for a repeated key.

    Raises:
        AnjiaError: `act-conflict` (409) when a guarded row or an entry had moved on; `key-reused`
            (409) when the key belongs to another act; the error of a violated constraint; whatever
            `decide` refuses. Nothing is written then.
    """
    readonly.refuse_if_reading("acts.commit")
    try:
        with transaction.atomic():
            return _commit(draft)
    except _Replayed as done:
        return done.committed
    except AnjiaError as error:
        return _first_doing(draft, error)
    except psycopg.Error as error:
        return _first_doing(draft, translate(error))
    except DatabaseError as error:
        cause = error.__cause__
        return _first_doing(
            draft, translate(cause if isinstance(cause, psycopg.Error) else psycopg.OperationalError())
        )


def defer(job: Job) -> None:
    """Queues work that no act causes, in the caller's transaction; its `act_id` is 0."""
    readonly.refuse_if_reading("acts.defer")
    connection.ensure_connection()
    statement = writer.jobs((job,), 0)
    _send(connection.connection, statement.sql, statement.params)


def _commit(draft: Draft) -> Committed:
    connection.ensure_connection()
    pg: psycopg.Connection[Any] = connection.connection
    with pg.pipeline() as pipeline:
        lock = _send(pg, LOCK, [sorted(draft.subjects)])
        now = _send(pg, MOMENT, [draft.key])
        made = _send(pg, SUBJECTS, [list(draft.new_subjects)]) if draft.new_subjects else None
        seen = {read.name: _send(pg, read.sql, read.params) for read in draft.reads}
        evidence = log.evidence_text(draft.evidence() if callable(draft.evidence) else draft.evidence)
        pipeline.sync()
        [instant] = now.fetchall()
        if instant["done_id"] is not None:
            raise _Replayed(_replay(draft, instant))
        if lock.rowcount != len(set(draft.subjects)):
            raise conflict()
        ids = tuple(row["id"] for row in made.fetchall()) if made else ()
        moment = Moment(instant["act"], instant["at"], ids)
        plan = draft.decide({name: cursor.fetchall() for name, cursor in seen.items()}, moment)
        _locked(draft, plan, moment)
        sent = [
            (statement.rows, _send(pg, statement.sql, statement.params))
            for statement in writer.statements(draft, evidence, plan, moment, instant["root"] or b"")
        ]
        _send(pg, CHECK_NOW, [])
        if connection.savepoint_ids:
            _send(pg, CHECK_LATER, [])
    if any(rows is not None and cursor.rowcount != rows for rows, cursor in sent):
        raise conflict()
    return Committed(moment.act, moment.at, summary=plan.summary)


def _locked(draft: Draft, plan: Plan, moment: Moment) -> None:
    """Refuses a plan that touches what the act did not lock; a race could break it."""
    held = {*draft.subjects, *moment.subjects}
    touched = {close.subject for close in plan.closes} | {entry.subject for entry in plan.opens}
    touched |= {entry.values["household"] for entry in plan.opens if "household" in entry.values}
    if not touched <= held:
        raise AnjiaError(
            "act-unlocked",
            "这次登记涉及事先没有锁定的人或户，没有写入",
            "The act touches persons or households that it did not lock; nothing was written",
            ("请刷新页面再办；若再次出现请报告", "Reload and try again; report it if it comes back"),
            status=409,
            subjects=sorted(touched - held),
        )


def _send(pg: psycopg.Connection[Any], sql: str, params: Sequence[Any]) -> psycopg.Cursor[dict[str, Any]]:
    """Queues one prepared statement; its result is read after the pipeline's next sync."""
    cursor = psycopg.Cursor(pg, row_factory=dict_row)
    cursor.execute(sql, [_typed(value) for value in params], prepare=True)
    return cursor


def _typed(value: Any) -> Any:
    """Gives whole numbers one width: by their size, one statement would be prepared three times.

    Lists of them are written as PostgreSQL reads them; the driver's way is eight times as slow.
    """
    if type(value) is int:
        return Int8(value)
    if type(value) is list and all(type(one) is int for one in value):
        return f"{{{','.join(map(str, value))}}}"
    return value


def _first_doing(draft: Draft, error: AnjiaError) -> Committed:
    """Gives the act when its twin with the same key won the race; otherwise the error stands."""
    if error.status >= 500:
        raise error
    with connection.cursor() as cursor:
        cursor.execute(REPLAY, [draft.key])
        row = cursor.fetchone()
    if row is None:
        raise error
    return _replay(draft, dict(zip(("done_id", "done_at", "event", "case_number"), row, strict=True)))


def _replay(draft: Draft, before: Mapping[str, Any]) -> Committed:
    if (before["event"], before["case_number"]) != (draft.event, draft.case_number):
        raise AnjiaError(
            "key-reused",
            "这次提交的编号已用于另一件业务",
            "The key of this submission belongs to another act",
            ("请刷新页面后再办", "Reload the page and try again"),
            status=409,
        )
    return Committed(before["done_id"], before["done_at"], replayed=True)


def conflict() -> AnjiaError:
    """Gives the error for a row that had moved on since it was read."""
    return AnjiaError(
        "act-conflict",
        "登记簿或办件刚刚被别人更新，这次没有写入",
        "The register or the case was just updated by someone else; nothing was written",
        ("请刷新页面核对后再办", "Reload the page, check it and try again"),
        status=409,
    )
