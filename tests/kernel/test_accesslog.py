"""Access records are sealed: one that is changed, taken out or put in is named, also when the owner did it."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from anjia.kernel import access, accesslog
from anjia.kernel.models import AccessBatch, AccessRecord
from tests.conftest import owner_url

pytestmark = pytest.mark.django_db(transaction=True)
CHANGES = {
    "at": "at + interval '1 microsecond'", "actor_id": "7", "grant_id": "7", "subject": "coalesce(subject, 0) + 1",
    "who_zh": "'某人'", "who_en": "'x'", "register": "'y'", "fields": "'{name,sex}'", "purpose": "'z'",
    "ground": "'z'", "case_number": "'C-9'", "outcome": "'z'", "withheld": "NOT withheld", "request_id": "'r'",
    "leaf": "set_byte(leaf, 0, get_byte(leaf, 0) # 1)", "id": "id + 1000000",
}  # fmt: skip
"""For each column of a record another content."""

BATCHES = {
    "first_record": "first_record - 1", "last_record": "last_record + 1", "at": "at + interval '1 microsecond'",
    "root": "set_byte(root, 31, get_byte(root, 31) # 1)", "id": "id + 5",
    "prior_root": "'\\x01'", "marks": "set_byte(marks, 9, get_byte(marks, 9) # 1)",
}  # fmt: skip


def look(**more: Any) -> int:
    given = {
        "actor": None, "subject": 7, "register": "person", "fields": ("name",), "purpose": "p", "ground": "g",
    } | more  # fmt: skip
    return access.record(**given)


@pytest.fixture
def looks() -> list[int]:
    """Two sealed batches of three records, and two that are not sealed."""
    found = []
    for _ in range(2):
        found += [look() for _ in range(3)]
        assert accesslog.seal() is not None
    return [*found, look(), look()]


def owner(sql: str, *params: Any) -> None:
    with psycopg.connect(owner_url()) as connected:
        connected.execute("SET session_replication_role = replica")
        assert connected.execute(sql, params).rowcount == 1


def faults() -> list[str]:
    return [f"{one.what} {one.number}" for one in accesslog.verify()]


def test_what_nobody_touched_fits(looks: list[int]) -> None:
    assert faults() == []
    assert AccessBatch.objects.count() == 2


def test_every_column_is_covered() -> None:
    assert set(CHANGES) == {one.column for one in AccessRecord._meta.fields}
    assert set(BATCHES) == {one.column for one in AccessBatch._meta.fields}


@pytest.mark.parametrize("position", [0, 4, 6])
@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_record_is_named(looks: list[int], column: str, position: int) -> None:
    number = looks[position]
    owner(f"UPDATE kernel_accessrecord SET {column} = {CHANGES[column]} WHERE id = %s", number)
    named = number + 1_000_000 if column == "id" and position == 6 else number
    assert f"access record {named}" in faults()


@pytest.mark.parametrize("column", BATCHES)
def test_a_changed_batch_is_named(looks: list[int], column: str) -> None:
    last = AccessBatch.objects.latest("id")
    owner(f"UPDATE kernel_accessbatch SET {column} = {BATCHES[column]} WHERE id = %s", last.pk)
    named = {f"access batch {last.pk}", f"access batch {last.pk + 5}"}
    assert named & set(faults()) or column == "marks"
    assert faults() != []


def test_a_missing_record_is_named(looks: list[int]) -> None:
    owner("DELETE FROM kernel_accessrecord WHERE id = %s", looks[1])
    assert {f"access record {looks[1]}", "access batch 1"} == set(faults())


def test_a_missing_batch_is_found(looks: list[int]) -> None:
    owner("DELETE FROM kernel_accessbatch WHERE id = 1")
    assert "access batch 2" in faults()


def test_a_record_that_was_put_in_is_named(looks: list[int]) -> None:
    owner(
        "INSERT INTO kernel_accessrecord (id, at, who_zh, who_en, register, fields, purpose, ground, case_number, "
        "outcome, withheld, request_id) VALUES (%s, now(), 'x', 'x', 'person', '{}', 'p', 'g', '', '', false, '')",
        looks[3] - 1,
    )
    assert {f"access record {looks[3] - 1}", "access batch 2"} == set(faults())


def test_a_leaf_made_to_fit_still_breaks_its_batch(looks: list[int]) -> None:
    owner("UPDATE kernel_accessrecord SET ground = 'other' WHERE id = %s", looks[4])
    owner("UPDATE kernel_accessrecord looked SET leaf = anjia_access_leaf(looked) WHERE id = %s", looks[4])
    assert {f"access record {looks[4]}", "access batch 2"} == set(faults())


def test_a_record_under_way_is_not_sealed_over(looks: list[int]) -> None:
    """A look that took its number early and commits late keeps the next batch waiting."""
    taken, go = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                look()
                taken.set()
                go.wait(20)
        finally:
            connection.close()

    late = threading.Thread(target=slow)
    late.start()
    assert taken.wait(20)
    assert accesslog.seal() is None
    go.set()
    late.join(20)
    assert accesslog.seal() is not None
    assert faults() == []
    assert AccessRecord.objects.latest("id").pk == AccessBatch.objects.latest("id").last_record


def test_the_application_cannot_choose_a_record_s_number_or_leaf(looks: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_accessrecord (id, at, who_zh, who_en, register, fields, purpose, ground, case_number, "
            "outcome, withheld, request_id, leaf) VALUES (%s, now(), 'x', 'x', 'person', '{}', 'p', 'g', '', '', "
            "false, '', 'x') RETURNING id",
            [looks[0] - 1],
        )
        assert cursor.fetchone()[0] > looks[-1]
    assert faults() == []
