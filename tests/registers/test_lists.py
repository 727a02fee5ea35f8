"""Lists and counts as of a day, and the population balance between two (INV-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import balance, lists
from tests.conftest import owner_url
from tests.registers.world import BEGIN, DAY, EAST, WEST, Person, World, do, make

COUNTY = EAST[:6]


def town() -> World:
    return make(
        [
            Person("甲", "1", "1980-01-01", "户", spouse="乙", marital="20"),
            Person("乙", "2", "1982-01-01", "户", "12", marital="20"),
            Person("丙", "1", "1990-01-01", "邻"),
        ],
        homes={"户": ("J1", EAST), "邻": ("J1", WEST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )


@pytest.fixture
def world(db: None) -> World:
    return town()


def allowed(division: str) -> Allowed:
    actor = Actor.objects.create(username="clerk", kind="staff", name_zh="办事员")
    return Allowed(
        actor, "household", "view", "household-register", "area", divisions=(division,), fields=frozenset("*")
    )


def test_the_households_and_people_of_a_division_on_both_axes(world: World) -> None:
    before = timezone.now()
    do("join-collective", person=world["甲"], division=WEST, new_head=world["乙"])
    [line] = lists.households(COUNTY, DAY, timezone.now(), allowed=None)
    assert (line.head, line.members) == ("乙", 1)
    [line] = lists.households(COUNTY, DAY - timedelta(days=1), timezone.now(), allowed=None)
    assert (line.head, line.members) == ("甲", 2)
    [line] = lists.households(COUNTY, DAY, before, allowed=None)
    assert (line.head, line.members) == ("甲", 2)
    assert [one.name for one in lists.people(WEST, DAY, timezone.now(), allowed=None)] == ["丙", "甲"]
    assert [one.name for one in lists.people(WEST, DAY, before, allowed=None)] == ["丙"]


def test_a_list_is_paged_by_key(world: World) -> None:
    seen: list[str] = []
    after = ("", 0)
    while page := lists.people("", DAY, timezone.now(), allowed=None, after=after, limit=1):
        seen += [one.name for one in page]
        after = (page[-1].number, page[-1].subject)
    assert seen == ["甲", "乙", "丙"]
    first = lists.households("", DAY, timezone.now(), allowed=None, limit=2)
    rest = lists.households("", DAY, timezone.now(), allowed=None, after=first[-1].number)
    assert len({one.number for one in (*first, *rest)}) == 3


def test_a_grant_narrows_lists_and_counts_and_a_list_of_people_is_recorded(world: World) -> None:
    east = allowed(COUNTY)
    assert [one.name for one in lists.people("", DAY, timezone.now(), allowed=east)] == ["甲", "乙"]
    assert [one.head for one in lists.households("", DAY, timezone.now(), allowed=east)] == ["甲"]
    assert AccessRecord.objects.count() == 2
    [counted] = lists.count("", DAY, timezone.now(), by="county", allowed=east)
    assert (counted.key, counted.households, counted.people) == (COUNTY, 1, 2)


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("kind", {"J1": (2, 3), "T4": (1, 0)}),
        ("station", {f"{EAST[:9]}000": (1, 2), f"{WEST[:9]}000": (2, 1)}),
        ("division", {EAST: (1, 2), WEST: (2, 1)}),
    ],
)
def test_counts_by_key(world: World, by: Any, keys: dict[str, tuple[int, int]]) -> None:
    found = lists.count("", DAY, timezone.now(), by=by, allowed=None)
    assert {one.key: (one.households, one.people) for one in found} == keys
    assert lists.count("", BEGIN - timedelta(days=1), timezone.now(), by=by, allowed=None) == []


def test_the_balance_holds_by_station_and_summed(world: World) -> None:
    day = date(2020, 5, 1)
    do("settle-at-address", day, event="MOVE_INTRA", person=world["甲"], place=world.code("新居"), new_head=world["乙"])
    do("record-death", date(2020, 6, 1), event="DEATH", person=world["丙"])
    city, east, west = balance.balances(date(2020, 1, 1), date(2020, 12, 31), timezone.now())
    assert all(one.holds for one in (city, east, west))
    assert (city.before, city.total("in"), city.total("out"), city.after) == (3, 1, 2, 2)
    assert (east.before, east.after, west.before, west.after) == (2, 1, 1, 1)
    assert {(flow.way, flow.event, flow.moved) for flow in city.flows} == {
        ("in", "MOVE_INTRA", True), ("out", "MOVE_INTRA", True), ("out", "DEATH", False),
    }  # fmt: skip


def test_the_days_of_the_balance_count_by_their_ends(world: World) -> None:
    [city, *_] = balance.balances(BEGIN - timedelta(days=1), BEGIN, timezone.now())
    assert (city.before, city.total("in"), city.after, city.holds) == (0, 3, 3, True)
    [city, *_] = balance.balances(BEGIN, BEGIN, timezone.now())
    assert (city.before, city.flows, city.after, city.holds) == (3, (), 3, True)


def test_an_event_that_may_not_bring_people_in_is_out_of_balance(world: World) -> None:
    do("record-death", date(2020, 6, 1), event="BIRTH", person=world["丙"])
    [city, *_] = balance.balances(date(2020, 1, 1), date(2020, 12, 31), timezone.now())
    assert (city.difference, city.holds) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_people_whom_no_act_brought_in_are_out_of_balance() -> None:
    world = town()
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(
            "UPDATE registers_membership SET opened_by = -1, valid_from = '2020-02-02' WHERE subject = %s",
            [world["丙"]],
        )
    city, _, west = balance.balances(date(2020, 1, 1), date(2020, 12, 31), timezone.now())
    assert not city.holds
    assert [flow.event for flow in west.flows] == [""]


@pytest.mark.django_db(transaction=True)
def test_somebody_counted_twice_is_out_of_balance() -> None:
    world = town()
    do("change-head", date(2020, 5, 1), household=world["户"], new_head=world["乙"])
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("ALTER TABLE registers_membership DROP CONSTRAINT membership_once")
        owner.execute("ALTER TABLE registers_membership DROP CONSTRAINT membership_one_head")
        try:
            owner.execute(
                "UPDATE registers_membership SET valid_to = '2021-01-01' WHERE subject = %s AND valid_to IS NOT NULL",
                [world["甲"]],
            )
            [city, *_] = balance.balances(date(2019, 1, 1), date(2020, 12, 31), timezone.now())
            assert not city.holds
        finally:
            owner.execute("TRUNCATE registers_membership")
            owner.execute(
                "ALTER TABLE registers_membership ADD CONSTRAINT membership_once "
                "EXCLUDE USING gist (subject WITH =, valid WITH &&, recorded WITH &&)"
            )
            owner.execute(
                "ALTER TABLE registers_membership ADD CONSTRAINT membership_one_head "
                "EXCLUDE USING gist (household WITH =, valid WITH &&, recorded WITH &&) WHERE (relation = '02')"
            )


