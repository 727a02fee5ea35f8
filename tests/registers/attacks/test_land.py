"""A change of registration writes to registers alone: never to member rolls, land contracts or homesteads (INV-12)."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from anjia.registers import REGISTERS
from tests.registers.world import EAST, WEST, Person, do, make

ROLLS = re.compile(r"roll|land|contract|homestead")
WRITTEN = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
FUNCTIONS = """
SELECT DISTINCT p.proname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE NOT t.tgisinternal AND t.tgrelid::regclass::text LIKE 'registers_%%'
"""


def test_no_register_is_a_roll_or_land() -> None:
    assert [name for name in REGISTERS if ROLLS.search(name)] == []


@pytest.mark.django_db
def test_no_trigger_of_a_register_writes_anything() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        found = dict(cursor.fetchall())
    assert len(found) > 5
    for name, source in found.items():
        assert not re.search(r"\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b", source), name


@pytest.mark.django_db
def test_moving_and_dying_write_to_registers_acts_and_counters_alone() -> None:
    world = make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "97")],
        homes={"户": ("J1", EAST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )
    # What this session wrote before is counted too until the server takes the counts in.
    before = _written()
    do("settle-at-address", person=world["乙"], place=world.code("新居"))
    do("join-collective", person=world["甲"], division=WEST)
    do("record-death", person=world["甲"])
    written = {name for name, rows in _written().items() if rows > before.get(name, 0)}
    assert "registers_membership" in written
    kernel = {"kernel_act", "kernel_subject", "kernel_counter", "kernel_datakey"}
    kernel.add("registers_changed")  # the queue of whom search has to remake
    assert written <= {f"registers_{name}" for name in REGISTERS} | kernel


def _written() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())
