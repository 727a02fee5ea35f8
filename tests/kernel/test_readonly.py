"""Read views cannot write, whatever they try."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection

from anjia.kernel import access, numbers, readonly
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import AccessRecord, Actor, Counter

pytestmark = pytest.mark.django_db

WRITING = (
    "INSERT INTO kernel_counter VALUES ('a', 1)",
    "  update kernel_counter set value = 1",
    "WITH x AS (DELETE FROM kernel_counter RETURNING 1) SELECT * FROM x",
    "WITH x AS (INSERT INTO kernel_counter VALUES ('a', 1) RETURNING 1) SELECT * FROM x",
    "SELECT 1; DELETE FROM kernel_counter",
    "SELECT nextval('kernel_act_number')",
    "SELECT setval('kernel_act_number', 1)",
    "EXPLAIN ANALYZE DELETE FROM kernel_counter",
    "/* a comment */ DELETE FROM kernel_counter",
    "CALL something()",
    "COPY kernel_counter FROM STDIN",
    "TRUNCATE kernel_counter",
    "LOCK TABLE kernel_counter",
    "DO $$ BEGIN END $$",
    "MERGE INTO kernel_counter USING kernel_counter k ON false WHEN MATCHED THEN DO NOTHING",
    "SET ROLE anjia_owner",
)


@pytest.mark.parametrize("sql", WRITING)
def test_a_read_view_is_refused_what_writes(sql: str) -> None:
    with readonly.read_only(), pytest.raises(AnjiaError) as caught, connection.cursor() as cursor:
        cursor.execute(sql)
    assert (caught.value.code, caught.value.status) == ("view-wrote", 500)


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "(SELECT 1) UNION SELECT 2", "WITH updated AS (SELECT 1 AS update_at) SELECT * FROM updated"]
)
def test_a_read_view_reads(sql: str) -> None:
    with readonly.read_only(), connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.fetchall()


def test_the_orm_and_the_counters_are_refused_too() -> None:
    actor = Actor.objects.create_actor("a", None, kind="staff", name_zh="a")
    with readonly.read_only():
        assert Actor.objects.filter(username="a").exists()
        for write in (
            lambda: Counter.objects.create(name="x", value=1),
            lambda: actor.save(),
            lambda: numbers.next_value("x"),
            lambda: list(Actor.objects.raw("DELETE FROM kernel_actor RETURNING *")),
        ):
            with pytest.raises(AnjiaError, match="view-wrote"):
                write()


def test_the_record_of_the_look_is_written_all_the_same() -> None:
    with readonly.read_only():
        given = {"subject": None, "register": "person", "fields": ("name",), "purpose": "p", "ground": "g"}
        access.record(actor=None, request_id=str(uuid.uuid4()), **given)
        assert readonly.active()
    assert AccessRecord.objects.count() == 1
    assert not readonly.active()


def test_the_guard_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(RuntimeError), readonly.read_only():
        raise RuntimeError
    Counter.objects.create(name="x", value=1)


def test_the_guard_of_one_thread_is_not_anothers() -> None:
    seen: list[bool] = []
    with readonly.read_only():
        thread = threading.Thread(target=lambda: seen.append(readonly.active()))
        thread.start()
        thread.join()
    assert seen == [False]
