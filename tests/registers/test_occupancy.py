"""Who was registered and who lived at an address, from change to change, narrowed to what a grant shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.kernel.periods import Period
from anjia.registers import occupancy
from tests.registers.world import BEGIN, DAY, EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [
            Person("甲", "1", "1980-01-01", "户", spouse="乙", marital="20"),
            Person("乙", "2", "1982-01-01", "户", "12", marital="20"),
            Person("丙", "1", "1990-01-01", "邻"),
        ],
        homes={"户": ("J1", EAST), "邻": ("J1", WEST), "集体": ("T4", WEST)},
        dwellings={"旧居": EAST, "新居": WEST},
    )


def allowed(scope: Any, **more: Any) -> Allowed:
    actor = Actor.objects.create(username="clerk", kind="staff", name_zh="办事员")
    return Allowed(actor, "residence", "view", "household-register", scope, fields=frozenset("*"), **more)


def names(found: list[Any]) -> list[str]:
    return [spell.name for spell in found]


def test_those_registered_follow_their_household(world: World) -> None:
    now = timezone.now()
    do("settle-at-address", date(2020, 5, 1), person=world["甲"], place=world.code("新居"), companions=[world["乙"]])
    at = {"capacity": "registered"}
    assert names(occupancy.at(world["at 户"], date(2020, 4, 30), timezone.now(), **at)) == ["甲", "乙"]
    assert names(occupancy.at(world["at 户"], date(2020, 5, 1), timezone.now(), **at)) == []
    assert names(occupancy.at(world["新居"], date(2020, 5, 1), timezone.now(), **at)) == ["甲", "乙"]
    assert names(occupancy.at(world["at 户"], DAY, now, **at)) == ["甲", "乙"]


def test_a_rewritten_relation_is_no_move(world: World) -> None:
    do("change-head", date(2020, 5, 1), household=world["户"], new_head=world["乙"])
    found = occupancy.at(world["at 户"], BEGIN, timezone.now(), until=DAY, capacity="registered")
    assert [(spell.name, spell.certain) for spell in found] == [("甲", Period(BEGIN)), ("乙", Period(BEGIN))]


def test_the_people_from_change_to_change(world: World) -> None:
    for who, since in (("甲", "2010-08-18"), ("乙", "2014-08"), ("丙", "2017-01-01")):
        do("record-stay", person=world[who], place=world.code("旧居"), since=since)
    do("end-stay", person=world["甲"], since="2016-05-26")
    do("end-stay", person=world["乙"], since="2016-05-26")
    asked = Period(date(2010, 1, 1), date(2018, 1, 1))
    found = occupancy.periods(occupancy.at(world["旧居"], asked.start, timezone.now(), until=asked.end), asked)
    told = [(str(one.period.start), str(one.period.end), names(one.certain), names(one.possible)) for one in found]
    assert told == [
        ("2010-08-18", "2014-08-01", ["甲"], []),
        ("2014-08-01", "2014-09-01", ["甲"], ["乙"]),
        ("2014-09-01", "2016-05-26", ["甲", "乙"], []),
        ("2017-01-01", "2018-01-01", ["丙"], []),
    ]
    day = date(2015, 1, 1)
    people = occupancy.at(world["旧居"], day, timezone.now())
    [crowded] = occupancy.periods(people, Period(day, date(2015, 1, 2)), named=1)
    assert (crowded.crowded, crowded.count, crowded.certain) == (True, 2, ())


def test_a_grant_narrows_the_people_and_the_look_is_recorded(world: World) -> None:
    do("record-stay", person=world["甲"], place=world.code("旧居"), since="2010")
    reader = allowed("area", divisions=("990101",))
    assert names(occupancy.at(world["旧居"], DAY, timezone.now(), allowed=reader)) == ["甲"]
    looked = AccessRecord.objects.get()
    assert (looked.register, looked.outcome, looked.purpose) == ("residence", "1 rows", "household-register")
    strange = allowed_again(reader, divisions=("990102",))
    assert occupancy.at(world["旧居"], DAY, timezone.now(), allowed=strange) == []
    own = allowed_again(reader, scope="own", person=world["乙"])
    assert occupancy.at(world["旧居"], DAY, timezone.now(), allowed=own) == []


def allowed_again(before: Allowed, scope: Any = "area", **more: Any) -> Allowed:
    return Allowed(before.actor, "residence", "view", "household-register", scope, fields=frozenset("*"), **more)


def test_where_a_person_was(world: World) -> None:
    do("record-stay", person=world["甲"], place=world.code("旧居"), since="2010")
    do("record-stay", person=world["甲"], place=world.code("新居"), since="2016")
    found = occupancy.of(world["甲"], date(2016, 6, 1), timezone.now())
    assert [(spell.place, spell.on(date(2016, 6, 1))) for spell in found] == [
        (world["旧居"], None), (world["新居"], None),
    ]  # fmt: skip
    [registered] = occupancy.of(world["甲"], DAY, timezone.now(), capacity="registered")
    assert registered.place == world["at 户"]


def test_nobody_is_found_where_nobody_was(world: World) -> None:
    assert occupancy.at(world["旧居"], DAY, timezone.now()) == []
    assert occupancy.at(10**15, DAY, timezone.now(), capacity="registered") == []
    assert occupancy.periods([], Period(BEGIN, DAY)) == []
