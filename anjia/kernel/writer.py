"""The statements that write an act; nothing but `anjia.kernel.acts` may import this module."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg.types.json import Jsonb

from anjia.kernel import following, log
from anjia.kernel.entries import Moment, Open, Plan

if TYPE_CHECKING:
    from anjia.kernel.acts import Draft, Job

NAME = re.compile(r"[a-z][a-z_]*\Z")

INSERT_ACT = """
INSERT INTO kernel_act (id, key, event, definition, actor_id, grant_id, on_behalf_of, case_number,
    station, effective_on, at, reason, evidence, leaf, prior_root, parts)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING
"""
PARAMETERS = 60_000
"""Values that one statement may carry; PostgreSQL counts them in sixteen bits."""
FRAME = 5
"""Columns that every entry has beside its own."""

INSERT_JOBS = "SELECT cardinality(procrastinate_defer_jobs_v1(ARRAY[{}]::procrastinate_job_to_defer_v1[]))"
JOB_ROW = "ROW(%s, %s, 0, %s, NULL, %s, NULL)"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with the number of rows that it must touch (None = any)."""

    sql: str
    params: Sequence[Any]
    rows: int | None


def statements(draft: Draft, evidence: bytes, plan: Plan, moment: Moment, prior_root: bytes) -> Iterable[Statement]:
    """Gives the statements of one act in the order in which they must run.

    The first one inserts the act; if it touches no row the act was done before under this key.
    """
    yield _act(draft, evidence, plan, moment, prior_root)
    yield from _closes(plan, moment)
    yield from _opens(plan.opens, moment)
    if changed := following.touched(plan):
        yield Statement(following.QUEUE, (changed,), len(changed))
    yield from (Statement(g.sql, g.params, g.rows) for g in draft.guards)
    if draft.jobs:
        yield jobs(draft.jobs, moment.act)


def _act(draft: Draft, evidence: bytes, plan: Plan, moment: Moment, prior_root: bytes) -> Statement:
    act = {
        "id": moment.act,
        "key": draft.key,
        "event": draft.event,
        "definition": draft.definition,
        "actor_id": draft.actor,
        "grant_id": draft.grant,
        "on_behalf_of": draft.on_behalf_of,
        "case_number": draft.case_number,
        "station": draft.station,
        "effective_on": draft.effective_on,
        "at": moment.at,
        "reason": draft.reason,
        "evidence": evidence,
    }
    entries = log.digests(
        ((close.register, close.entry) for close in plan.closes),
        ((o.register, o.subject, o.valid_from, o.valid_to, o.values) for o in plan.opens),
    )
    leaf = log.leaf_of(act, entries, prior_root)
    stored = (*act.values(), leaf, prior_root, log.parts(entries))
    return Statement(INSERT_ACT, (*stored[:12], Jsonb(evidence, dumps=bytes), *stored[13:]), 1)


def _dumps(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _closes(plan: Plan, moment: Moment) -> Iterable[Statement]:
    by_register: dict[str, list[int]] = defaultdict(list)
    for close in plan.closes:
        by_register[close.register].append(close.entry)
    for register, entries in by_register.items():
        yield Statement(_close(register), (moment.at, moment.act, entries), len(entries))


def _opens(opens: Sequence[Open], moment: Moment) -> Iterable[Statement]:
    groups: dict[tuple[str, tuple[str, ...]], list[Open]] = defaultdict(list)
    for entry in opens:
        groups[entry.register, tuple(entry.values)].append(entry)
    for (register, columns), whole in groups.items():
        size = PARAMETERS // (len(columns) + FRAME)
        for at in range(0, len(whole), size):
            yield _insert(register, columns, whole[at : at + size], moment)


def _insert(register: str, columns: tuple[str, ...], rows: Sequence[Open], moment: Moment) -> Statement:
    params: list[Any] = []
    for row in rows:
        params += [row.subject, row.valid_from, row.valid_to, moment.at, moment.act]
        params += [row.values[column] for column in columns]
    return Statement(_open(register, columns, len(rows)), params, len(rows))


@lru_cache(maxsize=64)
def _close(register: str) -> str:
    return (
        f"UPDATE registers_{_name(register)} SET recorded_to = %s, closed_by = %s "
        "WHERE id = ANY(%s::bigint[]) AND recorded_to IS NULL"
    )


@lru_cache(maxsize=256)
def _open(register: str, columns: tuple[str, ...], rows: int) -> str:
    names = ["subject", "valid_from", "valid_to", "recorded_from", "opened_by", *map(_name, columns)]
    marks = "(" + ", ".join(["%s"] * len(names)) + ")"
    return f"INSERT INTO registers_{_name(register)} ({', '.join(names)}) VALUES {', '.join([marks] * rows)}"


def jobs(wanted: Sequence[Job], act: int) -> Statement:
    """Gives the statement that queues work for the worker."""
    params: list[Any] = []
    for job in wanted:
        args = {**job.args, "act_id": act}
        params += [job.queue, job.task, job.lock, Jsonb(args, dumps=_dumps)]
    return Statement(INSERT_JOBS.format(", ".join([JOB_ROW] * len(wanted))), params, 1)


def _name(identifier: str) -> str:
    """Refuses anything that is not a plain column or register name (they come from our own code)."""
    if not NAME.match(identifier):
        raise ValueError(f"not a register or column name: {identifier!r}")
    return identifier
