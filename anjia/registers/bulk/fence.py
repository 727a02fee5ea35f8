"""The fence around an empty register while it is loaded.

Indexes, keys and exclusion constraints are taken down, the application's privileges with them, and a
record says so; all are put up again, and with them validated, when the rows are in. A loading that was
killed is found by its record and undone by whoever starts next: nothing half loaded is ever read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from anjia.kernel.errors import AnjiaError
from anjia.registers import REGISTERS
from anjia.registers.bulk.invariants import TRIGGERS

WHOLE, PART = 0x6C6F6164, 0x6C6F6165
"""Advisory locks: of the one that loads, alone, and of each connection that brings rows, shared."""
KERNEL = ("kernel_act", "kernel_subject")

Restore = Mapping[str, Any]

KEYS = """
SELECT c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
 WHERE c.conrelid = %s::regclass AND c.contype IN ('p', 'u', 'x') ORDER BY c.contype, c.conname
"""
INDEXES = """
SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
 WHERE x.indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
 ORDER BY i.relname
"""
DEFERRED = """
SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = ANY(%s) AND tgenabled = 'O' ORDER BY tgname
"""
GRANTS = """
SELECT a.grantee::regrole::text, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.oid = %s::regclass AND a.grantee <> c.relowner AND a.grantee <> 0
   AND a.privilege_type IN ('SELECT', 'INSERT') ORDER BY 1, 2
"""
LEFT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
 WHERE locktype = 'advisory' AND objid = %s AND pid <> pg_backend_pid()
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def alone(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Holds the lock of the one that loads, for the block, and undoes a loading that was killed.

    Args:
        owner: the tables' owner, in autocommit.

    Raises:
        AnjiaError: `load-running` (409).
    """
    if not _one(owner, "SELECT pg_try_advisory_lock(%s::bigint)", WHOLE):
        raise AnjiaError(
            "load-running",
            "另一个装载正在进行",
            "Another loading is under way",
            ("请等它结束，或停掉它再来", "Wait for it, or stop it and come again"),
            status=409,
        )
    try:
        mend(owner)
        yield
    finally:
        if not owner.closed:
            owner.execute("SELECT pg_advisory_unlock(%s::bigint)", [WHOLE])


def unfinished(owner: psycopg.Connection[Any]) -> bool:
    """Says whether a loading has begun and not ended."""
    return bool(_one(owner, "SELECT EXISTS (SELECT FROM registers_load WHERE ended_at IS NULL)"))


def put_up(owner: psycopg.Connection[Any], what: str, digest: str = "") -> None:
    """Takes the guards of the empty register down and the fence up, in one transaction.

    Raises:
        AnjiaError: `register-occupied` (409) when a register holds entries already.
    """
    tables = [f"registers_{register}" for register in REGISTERS]
    with owner.transaction():
        names = sql.SQL(", ").join(map(sql.Identifier, (*tables, *KERNEL)))
        owner.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        if any(_filled(owner, table) for table in tables):
            raise occupied()
        # Acts of other things than entries may be there; their table then keeps its guards.
        fenced = [*tables, *(table for table in KERNEL if not _filled(owner, table))]
        restore = {"tables": [_taken_down(owner, table) for table in fenced],
                   "first": {table: _next(owner, table) for table in KERNEL}}  # fmt: skip
        owner.execute(
            "INSERT INTO registers_load (what, digest, started_at, restore, report) "
            "VALUES (%s, %s, clock_timestamp(), %s, '{}')",
            [what, digest, Jsonb(restore)],
        )


def occupied() -> AnjiaError:
    """Gives the error for a register that holds entries where an empty one is needed."""
    return AnjiaError(
        "register-occupied",
        "登记簿里已有数据，只能装入空库",
        "The register holds data already; only an empty one is loaded at once",
        ("请换一个空的数据库", "Use an empty database"),
        status=409,
    )


def take_down(owner: psycopg.Connection[Any], report: Mapping[str, Any]) -> None:
    """Gives the register back to the application; in the caller's transaction, after all checks."""
    for table in _restore(owner)["tables"]:
        _guarded(owner, table)
    owner.execute(
        "UPDATE registers_load SET ended_at = clock_timestamp(), report = %s WHERE ended_at IS NULL", [Jsonb(report)]
    )


def mend(owner: psycopg.Connection[Any]) -> bool:
    """Undoes a loading that did not end, as if it had never begun; says whether there was one."""
    if not unfinished(owner):
        return False
    # Rows that a process of the killed loading still brings must not come after the emptying.
    owner.execute(LEFT, [PART])
    owner.execute("SELECT pg_advisory_lock(%s::bigint)", [PART])
    try:
        with owner.transaction():
            restore = _restore(owner)
            tables = [table["name"] for table in restore["tables"]]
            owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
            for table, first in restore["first"].items():
                owner.execute(sql.SQL("DELETE FROM {} WHERE id >= %s").format(sql.Identifier(table)), [first])
            for table in restore["tables"]:
                for _, statement in missing(owner, table):
                    owner.execute(statement)
                _guarded(owner, table)
            owner.execute("DELETE FROM registers_load WHERE ended_at IS NULL")
    finally:
        owner.execute("SELECT pg_advisory_unlock(%s::bigint)", [PART])
    return True


def guards(owner: psycopg.Connection[Any]) -> Sequence[Restore]:
    """Gives what is to be put up again, table by table."""
    return list(_restore(owner)["tables"])


def missing(owner: psycopg.Connection[Any], table: Restore) -> list[tuple[str, sql.Composed]]:
    """Gives names and statements of the keys, constraints and indexes that a table lacks."""
    name = table["name"]
    there = {found for (found, _) in owner.execute(KEYS, [name]).fetchall()}
    there |= {found for (found, _) in owner.execute(INDEXES, [name]).fetchall()}
    add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
    keys = [
        (key, add.format(sql.Identifier(name), sql.Identifier(key), sql.SQL(definition)))
        for key, definition in table["keys"]
    ]
    # B-trees first: the checks of the others may use them.
    keys.sort(key=lambda pair: "EXCLUDE" in pair[1].as_string())
    indexes = [(index, sql.Composed([sql.SQL(definition)])) for index, definition in table["indexes"]]
    return [pair for pair in (*indexes, *keys) if pair[0] not in there]


def _taken_down(owner: psycopg.Connection[Any], table: str) -> Restore:
    name = sql.Identifier(table)
    keys, indexes = owner.execute(KEYS, [table]).fetchall(), owner.execute(INDEXES, [table]).fetchall()
    triggers = [trigger for (trigger,) in owner.execute(DEFERRED, [table, list(TRIGGERS)]).fetchall()]
    grants = owner.execute(GRANTS, [table]).fetchall()
    for key, _ in keys:
        owner.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(key)))
    for index, _ in indexes:
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    for trigger in triggers:
        owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(name, sql.Identifier(trigger)))
    for role, privilege in grants:
        owner.execute(sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(privilege), name, sql.SQL(role)))
    return {"name": table, "keys": keys, "indexes": indexes, "triggers": triggers, "grants": grants}


def _guarded(owner: psycopg.Connection[Any], table: Restore) -> None:
    name = sql.Identifier(table["name"])
    for trigger in table["triggers"]:
        owner.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}").format(name, sql.Identifier(trigger)))
    for role, privilege in table["grants"]:
        owner.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(privilege), name, sql.SQL(role)))


def _restore(owner: psycopg.Connection[Any]) -> Restore:
    found: Restore = _one(owner, "SELECT restore FROM registers_load WHERE ended_at IS NULL")
    return found


def _filled(owner: psycopg.Connection[Any], table: str) -> bool:
    return bool(owner.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))).fetchone()[0])


def _next(owner: psycopg.Connection[Any], table: str) -> int:
    return int(
        owner.execute(sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(sql.Identifier(table))).fetchone()[0]
    )


def _one(owner: psycopg.Connection[Any], statement: str, *values: Any) -> Any:
    return owner.execute(statement, list(values)).fetchone()[0]
