"""Append-only by privilege: what the application's role may not do, tried in SQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from anjia.registers import REGISTERS
from tests.registers.world import EAST, Person, World, do, make

pytestmark = pytest.mark.django_db
CLOSING = {"recorded_to", "closed_by"}
NEVER = ("kernel_act", "kernel_accessrecord", "kernel_batch", "kernel_accessbatch", "kernel_subject")


@pytest.fixture
def world(db: None) -> World:
    made = make([Person("甲", "1", "1980-01-01", "户", phone="13800000000")], homes={"户": ("J1", EAST)})
    do("change", register="particulars", subject=made["甲"], values={"name": "新"})
    return made


def refused(sql: str) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return str(cause.sqlstate)


def columns(table: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        yield from (row[0] for row in cursor.fetchall())


def test_the_tests_run_as_the_application(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("anjia_app", False)


@pytest.mark.parametrize("table", [*(f"registers_{name}" for name in REGISTERS), *NEVER, "kernel_grant"])
def test_nothing_is_ever_deleted(world: World, table: str) -> None:
    assert refused(f"DELETE FROM {table}") == "42501"
    assert refused(f"TRUNCATE {table}") == "42501"
    assert refused(f"DROP TABLE {table}") == "42501"
    assert refused(f"ALTER TABLE {table} DISABLE TRIGGER ALL") == "42501"


@pytest.mark.parametrize("register", REGISTERS)
def test_no_column_of_an_entry_ever_changes_but_its_closing(world: World, register: str) -> None:
    table = f"registers_{register}"
    tried = [name for name in columns(table) if name not in CLOSING]
    assert "subject" in tried
    for name in tried:
        assert refused(f"UPDATE {table} SET {name} = {name}") == "42501"


@pytest.mark.parametrize("table", NEVER)
def test_no_column_of_what_never_changes_changes(world: World, table: str) -> None:
    for name in columns(table):
        if (table, name) != ("kernel_subject", "kind"):
            assert refused(f"UPDATE {table} SET {name} = {name}") == "42501"
    # Locking a subject needs this privilege; a trigger sees that it serves for nothing else.
    if table == "kernel_subject":
        assert refused("UPDATE kernel_subject SET kind = 'H'") == "42501"


def test_an_entry_closes_once_and_whole(world: World) -> None:
    closed = "UPDATE registers_particulars SET {} WHERE recorded_to IS NOT NULL"
    assert refused(closed.format("recorded_to = now()")) == "42501"
    assert refused(closed.format("recorded_to = NULL, closed_by = NULL")) == "42501"
    assert refused(closed.format("closed_by = 1")) == "42501"
    is_open = "UPDATE registers_particulars SET {} WHERE recorded_to IS NULL"
    assert refused(is_open.format("closed_by = 1")) in ("42501", "23514")
    assert refused(is_open.format("recorded_to = now() + interval '1 day'")) == "23514"
    assert refused(is_open.format("recorded_to = recorded_from, closed_by = 1")) == "23514"


def test_a_grant_ends_once_and_is_never_widened(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_actor (username, password, kind, name_zh, station, is_active) "
            "VALUES ('a', '', 'staff', 'a', '', true) RETURNING id"
        )
        actor = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO kernel_grant (actor_id, role, divisions, valid_from, given_by) "
            "VALUES (%s, 'officer', '{99}', '2020-01-01', 'x')",
            [actor],
        )
    assert refused("UPDATE kernel_grant SET role = 'chief'") == "42501"
    assert refused("UPDATE kernel_grant SET divisions = '{}'") == "42501"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_grant SET valid_to = '2021-01-01'")
    assert refused("UPDATE kernel_grant SET valid_to = '2030-01-01'") == "42501"
    assert refused("UPDATE kernel_grant SET valid_to = NULL") == "42501"


def test_the_role_makes_no_tables_and_no_roles(world: World) -> None:
    assert refused("CREATE TABLE public.mine (id int)") == "42501"
    assert refused("CREATE ROLE other") == "42501"
    assert refused("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'") == "42501"
