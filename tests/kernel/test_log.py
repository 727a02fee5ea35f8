"""The log of acts finds every change, removal and insertion, also by the database's owner."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from anjia.kernel import acts, log
from anjia.kernel.entries import Open, Plan
from anjia.kernel.models import Act, Batch
from anjia.registers import REGISTERS
from tests.conftest import owner_url
from tests.registers.world import DAY, EAST, WEST, Person, World, do, draft, make

EVIDENCE = {"数": [1, 2.5, None, True], "text": "龢 \u2028 \"x\"", "nested": {"b": 1, "a": {"z": [], "y": {}}}}


@pytest.fixture
def world(transactional_db: None) -> World:
    with psycopg.connect(owner_url()) as connected:
        connected.execute("ALTER SEQUENCE kernel_act_number RESTART")
    made = make(
        [Person("甲", "1", "1980-01-01", "户", phone="13800000000"), Person("乙", "2", "1982-01-01", "户", "97")],
        homes={"户": ("J1", EAST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )
    do("join-collective", person=made["甲"], division=WEST, new_head=made["乙"])
    assert log.seal() is not None
    do("change", register="particulars", subject=made["甲"], values={"name": "新"})
    acts.commit(draft("NOTE", subjects=(made["甲"],), evidence=EVIDENCE, case_number="C-1"))
    assert log.seal() is not None
    do("settle-at-address", person=made["甲"], place=made.code("新居"))
    return made


def faults() -> list[str]:
    return [f"{one.what} {one.number}" for one in log.verify(REGISTERS)]


def owner(sql: str, *params: Any) -> None:
    """Does what only the owner of the database can."""
    with psycopg.connect(owner_url()) as connected:
        connected.execute("SET session_replication_role = replica")
        assert connected.execute(sql, params).rowcount == 1


def test_what_nobody_touched_fits(world: World) -> None:
    assert faults() == []
    assert [(one.first_act, one.last_act) for one in Batch.objects.order_by("id")] == [(1, 2), (3, 4)]


def test_sealing_again_waits_for_new_acts(world: World) -> None:
    assert log.seal() is not None
    assert log.seal() is None
    assert faults() == []


def test_each_act_carries_the_root_of_the_batch_before_it(world: World) -> None:
    roots = [bytes(one.root) for one in Batch.objects.order_by("id")]
    carried = [bytes(one.prior_root) for one in Act.objects.order_by("id")]
    assert carried == [b"", b"", roots[0], roots[0], roots[1]]


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE kernel_act SET evidence = jsonb_set(evidence, '{数,0}', '2') WHERE id = 4", "act 4"),
        ("UPDATE kernel_act SET reason = 'other' WHERE id = 5", "act 5"),
        ("UPDATE kernel_act SET actor_id = 1 WHERE id = 2", "act 2"),
        ("UPDATE kernel_act SET at = at + interval '1 microsecond' WHERE id = 4", "act 4"),
        ("UPDATE kernel_act SET prior_root = '' WHERE id = 5", "act 5"),
        ("DELETE FROM kernel_act WHERE id = 4", "batch 2"),
        ("DELETE FROM kernel_batch WHERE last_act = 2", "batch 2"),
        ("UPDATE kernel_batch SET root = sha256('x') WHERE last_act = 4", "batch 2"),
        (
            "INSERT INTO kernel_act SELECT 0, gen_random_uuid(), event, definition, actor_id, grant_id, on_behalf_of,"
            " case_number, station, effective_on, at, reason, evidence, leaf, prior_root FROM kernel_act WHERE id = 4",
            "batch 1",
        ),
        ("UPDATE registers_particulars SET name = '改' WHERE opened_by = 3 AND valid_to IS NULL", "act 3"),
        ("UPDATE registers_membership SET relation = '97' WHERE opened_by = 5 AND valid_to IS NULL", "act 5"),
        ("UPDATE registers_membership SET closed_by = 4 WHERE closed_by = 5", "act 5"),
        (
            "UPDATE registers_membership SET recorded_to = recorded_to - interval '1 microsecond' WHERE closed_by = 5",
            "entry of membership",
        ),
        (
            "UPDATE registers_particulars SET recorded_from = recorded_from + interval '1 microsecond'"
            " WHERE opened_by = 3 AND valid_to IS NULL",
            "entry of particulars",
        ),
        ("UPDATE registers_residence SET opened_by = 999 WHERE opened_by = 5", "entry of residence"),
        ("DELETE FROM registers_residence WHERE opened_by = 5", "act 5"),
        ("UPDATE registers_identity SET ciphertext = '\\x00' WHERE kind = 'phone'", "act 1"),
    ],
)
def test_every_change_by_the_owner_is_found(world: World, sql: str, where: str) -> None:
    owner(sql)
    found = faults()
    assert any(one.startswith(where) for one in found), found


ACT = {
    "id": "id + 1000", "key": "gen_random_uuid()", "event": "'X'", "definition": "'1'", "actor_id": "9",
    "grant_id": "9", "on_behalf_of": "9", "case_number": "'C-9'", "station": "'9'",
    "effective_on": "effective_on + 1", "at": "at + interval '1 microsecond'", "reason": "'x'",
    "evidence": "evidence || '{\"more\": 1}'", "leaf": "set_byte(leaf, 0, get_byte(leaf, 0) # 1)",
    "prior_root": "'\\x00'", "parts": "parts || '\\x00'",
}  # fmt: skip
"""For each column of an act another content."""

BATCH = {
    "id": "id + 5", "first_act": "first_act + 1", "last_act": "last_act + 1", "prior_root": "'\\x01'",
    "root": "set_byte(root, 31, get_byte(root, 31) # 1)", "at": "at + interval '1 microsecond'",
}  # fmt: skip
OTHER = {
    "bigint": "coalesce({}, 0) + 1", "integer": "coalesce({}, 0) + 1",
    "smallint": "coalesce({}, 0) + 1", "date": "coalesce({}, '2100-01-01') + 1", "boolean": "NOT {}",
    "character varying": "CASE {} WHEN '1' THEN '2' ELSE '1' END", "text": "{} || '.'", "uuid": "gen_random_uuid()",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "timestamp with time zone": "coalesce({}, now()) + interval '1 microsecond'",
}  # fmt: skip
"""For each type of column another content."""

FILLED = {"particulars", "status", "condition", "kinship", "household", "membership", "residence", "place", "identity"}
"""Registers that the world of this file holds entries of."""


@pytest.mark.parametrize("act", [1, 4, 5])
@pytest.mark.parametrize("column", ACT)
def test_each_column_of_an_act_is_covered(world: World, column: str, act: int) -> None:
    assert set(ACT) == {one.column for one in Act._meta.fields}
    owner(f"UPDATE kernel_act SET {column} = {ACT[column]} WHERE id = %s", act)
    assert any(one in ("act 4", f"act {act}", "batch 1", f"act {act + 1000}") for one in faults())


@pytest.mark.parametrize("column", BATCH)
def test_each_column_of_a_batch_is_covered(world: World, column: str) -> None:
    assert set(BATCH) == {one.column for one in Batch._meta.fields}
    last = Batch.objects.latest("id").pk
    owner(f"UPDATE kernel_batch SET {column} = {BATCH[column]} WHERE id = %s", last)
    assert {f"batch {last}", f"batch {last + 5}"} & set(faults())


@pytest.mark.parametrize("register", REGISTERS)
def test_each_column_of_each_register_is_covered(world: World, register: str) -> None:
    """One after the other, in the first entry that was closed or else the first one."""
    kin = Open("kinship", world["甲"], DAY, None, {"kin": world["乙"], "kind": "guardian"})
    acts.commit(draft("NOTE", subjects=(world["甲"],), decide=lambda seen, moment: Plan((), (kin,))))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s "
            "AND is_generated = 'NEVER'",
            [f"registers_{register}"],
        )
        columns = cursor.fetchall()
        cursor.execute(f"SELECT id, closed_by FROM registers_{register} ORDER BY closed_by NULLS LAST, id LIMIT 1")
        found = cursor.fetchone()
    if found is None:
        assert register not in FILLED
        return
    entry, closed_by = found
    tried = 0
    for column, kind in columns:
        if column == "id" and closed_by is None:
            continue  # The database's own key of an entry that no act has named yet says nothing.
        other = OTHER[kind].format(column)
        table = f"registers_{register}"
        with psycopg.connect(owner_url()) as connected:
            connected.execute("SET session_replication_role = replica")
            before = connected.execute(f"SELECT {column} FROM {table} WHERE id = %s", [entry]).fetchone()
        try:
            owner(f"UPDATE {table} SET {column} = {other} WHERE id = %s", entry)
        except psycopg.IntegrityError:
            continue  # A constraint stops even the owner.
        seen, key = faults(), entry + 1 if column == "id" else entry
        owner(f"UPDATE {table} SET {column} = %s WHERE id = %s", *(before or ()), key)
        assert seen, (column, other)
        tried += 1
    assert faults() == []
    assert tried > 4


def test_a_changed_entry_is_named(world: World) -> None:
    owner("UPDATE registers_residence SET place = place + 1 WHERE opened_by = 5")
    assert [one.split(" ")[:3] for one in faults()] == [["act", "5"], ["entry", "of", "residence"]]


def test_an_entry_that_was_put_in_is_found(world: World) -> None:
    owner(
        "INSERT INTO registers_status (subject, valid_from, recorded_from, opened_by, status, ground) "
        "SELECT 999, valid_from, recorded_from, opened_by, '0', '' FROM registers_status "
        "WHERE subject = %s",
        world["甲"],
    )
    assert "act 1" in faults()


def test_a_leaf_made_to_fit_still_breaks_its_batch(world: World) -> None:
    owner("UPDATE kernel_act SET leaf = sha256('x') WHERE id = 4")
    assert {"act 4", "batch 2"} <= set(faults())


def test_an_act_under_way_is_not_sealed_over(world: World) -> None:
    """An act that took its number early and commits late lies in a later batch, or the batch waits."""
    log.seal()
    taken, go = threading.Event(), threading.Event()

    def slow() -> None:
        def decide(seen: acts.Seen, moment: acts.Moment) -> Any:
            taken.set()
            go.wait(20)
            return acts.Plan()

        try:
            acts.commit(draft("SLOW", subjects=(world["乙"],), decide=decide))
        finally:
            connection.close()

    def sealing() -> None:
        try:
            log.seal()
        finally:
            connection.close()

    late = threading.Thread(target=slow)
    late.start()
    assert taken.wait(20)
    acts.commit(draft("FAST", subjects=(world["甲"],)))
    batch = threading.Thread(target=sealing)
    batch.start()
    batch.join(0.3)
    go.set()
    for thread in (late, batch):
        thread.join(20)
        assert not thread.is_alive()
    log.seal()
    assert faults() == []
    assert Act.objects.latest("id").pk == Batch.objects.latest("id").last_act


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(0.001, 1e12)
    | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_characters="\0", codec="utf-8")), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.django_db
@settings(max_examples=100, deadline=None)
@given(evidence=st.dictionaries(st.sampled_from("abc甲乙"), JSON, max_size=3))
def test_any_evidence_reads_back_as_it_was_hashed(evidence: dict[str, Any]) -> None:
    done = acts.commit(draft("EVIDENCE", evidence=evidence))
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence::text FROM kernel_act WHERE id = %s", [done.act_id])
        [stored] = cursor.fetchone()
    act = Act.objects.get(pk=done.act_id)
    names = ("id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number", "station",
             "effective_on", "at", "reason")  # fmt: skip
    row = {name: getattr(act, name) for name in names} | {"evidence": log.msgspec.json.decode(stored)}
    assert log.leaf(row, [], []) == bytes(act.leaf)


def test_the_order_of_entries_and_keys_says_nothing() -> None:
    act = {"id": 1, "key": uuid.UUID(int=1), "at": datetime(2026, 1, 1, tzinfo=UTC), "evidence": {"a": 1, "b": 2}}
    turned = {"evidence": {"b": 2, "a": 1}, "at": act["at"], "key": act["key"], "id": 1}
    one = ("membership", 1, date(2026, 1, 1), None, {"relation": "02", "ground": ""})
    two = ("status", 1, date(2026, 1, 1), None, {"status": "0"})
    first = log.leaf(act, [("a", 1), ("b", 2)], [one, two])
    assert first == log.leaf(turned, [("b", 2), ("a", 1)], [two, one])
    assert first != log.leaf(act, [("a", 1)], [one, two])
    assert first != log.leaf(act, [("a", 1), ("b", 2)], [one, (*two[:3], date(2027, 1, 1), two[4])])
    assert first != log.leaf(act, [("a", 1), ("b", 2)], [one, two], b"root")


def test_the_tree_is_that_of_rfc_6962() -> None:
    """Source: RFC 6962, section 2.1.3: seven leaves split 4 and 3."""
    leaves = [bytes([n]) * 32 for n in range(7)]
    left = log.node(log.node(leaves[0], leaves[1]), log.node(leaves[2], leaves[3]))
    right = log.node(log.node(leaves[4], leaves[5]), leaves[6])
    assert log.root(leaves) == log.node(left, right)
