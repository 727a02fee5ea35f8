"""Writing as a program with a bug would: a whole act, but without the locks and checks of an operation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from anjia.kernel import acts, log, violations, writer
from anjia.kernel.entries import Close, Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from tests.registers.world import draft

OPEN = "recorded_to IS NULL AND valid_to IS NULL"
ENTRY = ("id", "subject", "valid_from", "valid_to")
NOT_OWN = ("valid", "recorded", "recorded_from", "recorded_to", "opened_by", "closed_by")

Deed = Callable[[], Plan | None]


def write(plan: Plan, *, new: Sequence[str] = (), pause: Callable[[], object] = lambda: None) -> int:
    """Writes a plan as an act of its own, without any lock, and gives the act's number.

    Args:
        pause: called between the last write and the commit.

    Raises:
        AnjiaError: what the database refuses, as a clerk would read it.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            drafted = draft("RAW", new_subjects=tuple(new))
            cursor.execute(acts.MOMENT, [drafted.key])
            at, act, root = cursor.fetchone()[:3]
            for statement in writer.statements(
                drafted, log.evidence_text(drafted.evidence), plan, Moment(act, at, ()), bytes(root or b"")
            ):
                cursor.execute(statement.sql, statement.params)
                if statement.rows is not None and cursor.rowcount != statement.rows:
                    raise acts.conflict()
            pause()
            return int(act)
    except DatabaseError as error:
        raise translated(error) from error


def translated(error: DatabaseError) -> AnjiaError:
    """Gives the error that a clerk would read."""
    cause = error.__cause__
    return violations.translate(cause if isinstance(cause, psycopg.Error) else psycopg.OperationalError())


def now(register: str, where: str, *params: Any) -> list[dict[str, Any]]:
    """Gives what a writer without a lock sees: open entries of a register with their own columns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM registers_{register} WHERE {OPEN} AND {where}", params)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: value for name, value in row.items() if name not in NOT_OWN} for row in rows]


def own(row: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """Gives the register's own columns of an entry, some of them changed."""
    return {name: value for name, value in row.items() if name not in ENTRY} | changed


def close(register: str, row: Mapping[str, Any]) -> Close:
    """Gives the closing of an entry."""
    return Close(register, row["id"], row["subject"])


def ended(register: str, row: Mapping[str, Any], on: date, **changed: Any) -> Plan:
    """Gives the plan that ends an entry in the world on a day."""
    if row["valid_from"] >= on:
        return Plan((close(register, row),), ())
    return Plan((close(register, row),), (Open(register, row["subject"], row["valid_from"], on, own(row, **changed)),))


def joined(*plans: Plan) -> Plan:
    """Gives one plan of several."""
    return Plan(tuple(c for one in plans for c in one.closes), tuple(o for one in plans for o in one.opens))


def opens(register: str, subject: int, on: date, until: date | None = None, /, **values: Any) -> Plan:
    """Gives the plan that opens one entry."""
    return Plan((), (Open(register, subject, on, until, values),))


def member(subject: int, household: int, division: str, on: date, until: date | None = None, /, **more: Any) -> Plan:
    """Gives the plan that opens a membership."""
    values = {"household": household, "relation": "99", "ground": "", "from_place": "", "division": division,
              "close_ground": ""}  # fmt: skip
    return opens("membership", subject, on, until, **{**values, **more})


def sleepy(seconds: float) -> Callable[[], object]:
    """Gives a pause, so that others come between a write and its commit."""
    return lambda: time.sleep(seconds)
