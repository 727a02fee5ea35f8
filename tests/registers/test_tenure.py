"""A stay that was booked wrongly between two dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import history
from tests.registers.village import built, household, relations
from tests.registers.world import BEGIN, DAY, World, do, refused

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2018, 2, 28), date(2020, 2, 29)


@pytest.fixture
def world(db: None) -> World:
    return built()


def correct(world: World, who: str = "子", home: str = "女户", **more: Any) -> Any:
    given = {"since": FIRST, "until": LAST, "relation": "71", **more}
    return do("correct-registration", event="CORRECT", person=world[who], household=world[home], **given)


def home_on(world: World, who: str, on: date, known_at: Any = None) -> int | None:
    found = history.membership(world[who], on, known_at or timezone.now())
    return found.household if found else None


def test_between_two_dates_the_person_was_elsewhere(world: World) -> None:
    earlier = timezone.now()
    correct(world)
    days = (BEGIN, FIRST - timedelta(days=1), FIRST, LAST - timedelta(days=1), LAST, DAY)
    found = [home_on(world, "子", on) for on in days]
    old, other = world["老宅"], world["女户"]
    assert found == [old, old, other, other, old, old]
    assert home_on(world, "子", FIRST, earlier) == old
    assert relations(household(world, "女户", FIRST)) == {"女": "02", "子": "71"}
    assert relations(household(world, "老宅", LAST))["子"] == "22"


def test_until_today_and_on(world: World) -> None:
    correct(world, until=None)
    assert home_on(world, "子", DAY) == world["女户"]
    assert home_on(world, "子", BEGIN) == world["老宅"]


def test_a_collective_stay_needs_no_relation(world: World) -> None:
    correct(world, home="厂", relation="")
    assert relations(household(world, "厂", FIRST))["子"] == "99"


def test_what_is_no_correction(world: World) -> None:
    assert refused(lambda: correct(world, until=FIRST)) == "period-empty"
    assert refused(lambda: correct(world, since=date(2010, 1, 1))) == "household-not-standing"
    assert refused(lambda: correct(world, who="无户")) == "stay-unknown"
    assert refused(lambda: correct(world, relation="")) == "relation-needed"
    assert refused(lambda: correct(world, relation="02")) == "household-two-heads"
    assert refused(lambda: correct(world, who="父", until=None)) == "household-headless"


def test_a_household_that_closed_takes_a_stay_in_its_days_only(world: World) -> None:
    do("join-household", person=world["女"], household=world["老宅"])
    correct(world)
    assert home_on(world, "子", FIRST) == world["女户"]
    assert refused(lambda: correct(world, since=DAY, until=DAY + timedelta(days=9))) == "household-not-standing"
    assert refused(lambda: correct(world, until=None)) == "household-not-standing"
