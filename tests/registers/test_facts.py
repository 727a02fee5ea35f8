"""Facts of a person are read from the registers in one trip, on both time axes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from anjia.kernel.specs import FactSpec, Words
from anjia.registers.facts import bound, facts_of
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

NAME = "select subject, name as value from registers_particulars where valid @> :on and recorded @> :known_at"
HOME = "select subject, division as value from registers_membership where valid @> :on and recorded @> :known_at"


def spec(ident: str, sql: str, kind: Any = "text") -> FactSpec:
    return FactSpec(
        kind="fact", id=ident, label=Words("事实", "Fact"), type=kind, source="register",
        source_label=Words("户口登记簿", "Register"), valid_from=date(2020, 1, 1), sql=sql,
    )  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return make([Person("甲", "1", "1980-01-01", "户")], homes={"户": ("J1", EAST), "集体": ("T4", WEST)})


def test_several_facts_of_one_person(world: World) -> None:
    count = "select subject, count(*) as value from registers_status group by subject;"
    found = facts_of(
        world["甲"], [spec("name", NAME), spec("home", HOME), spec("n", count, "int")], DAY, timezone.now()
    )
    assert {ident: value for ident, (value, _) in found.items()} == {"name": "甲", "home": EAST, "n": 1}


def test_a_fact_without_a_row_or_a_value_is_unknown(world: World) -> None:
    nothing = "select subject, null::text as value from registers_particulars"
    assert facts_of(world["甲"], [spec("a", nothing)], DAY, timezone.now()) == {}
    assert facts_of(world["户"], [spec("name", NAME)], DAY, timezone.now()) == {}
    assert facts_of(world["甲"], [], DAY, timezone.now()) == {}


def test_on_a_day_as_known_at_a_moment(world: World) -> None:
    before = timezone.now()
    do("join-collective", person=world["甲"], division=WEST)
    now = timezone.now()
    places = [
        facts_of(world["甲"], [spec("home", HOME)], on, at)["home"][0]
        for on, at in ((DAY, now), (DAY - timedelta(days=1), now), (DAY, before))
    ]
    assert places == [WEST, EAST, EAST]


def test_a_percent_sign_and_a_cast_stay_what_they_are() -> None:
    assert bound("select subject, x::text as value from t where y % 2 = 0 and z @> :on;") == (
        "select subject, x::text as value from t where y %% 2 = 0 and z @> %(on)s::date"
    )


def test_a_fact_can_never_write(world: World) -> None:
    writes = "delete from registers_status returning subject, status as value"
    with pytest.raises(DatabaseError), transaction.atomic():
        facts_of(world["甲"], [spec("bad", writes)], DAY, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registers_status")
        assert cursor.fetchone()[0] == 1
