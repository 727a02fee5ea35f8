"""The register on both time axes: what was true, and what was known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import history
from anjia.registers.particulars import Particulars
from tests.registers.world import BEGIN, DAY, EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [
            Person("甲", "1", "1980-01-01", "户", "02", spouse="乙", marital="20"),
            Person("乙", "2", "1982-01-01", "户", "12", marital="20"),
        ],
        homes={"户": ("J1", EAST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )


def names(world: World, on: date, known_at: object = None) -> str:
    return history.person(world["甲"], on, known_at or timezone.now()).name


def test_valid_is_half_open_on_the_day_itself(world: World) -> None:
    do("change", register="particulars", subject=world["甲"], values={"name": "新甲"})
    assert names(world, DAY - timedelta(days=1)) == "甲"
    assert names(world, DAY) == "新甲"


def test_recorded_is_half_open_at_the_moment_itself(world: World) -> None:
    done = do("change", register="particulars", subject=world["甲"], values={"name": "新甲"})
    assert names(world, DAY, done.at - timedelta(microseconds=1)) == "甲"
    assert names(world, DAY, done.at) == "新甲"


def test_a_correction_changes_the_past_and_keeps_what_was_known(world: World) -> None:
    before = timezone.now()
    wrong = Particulars.objects.get(subject=world["甲"], recorded_to=None)
    do("correct", event="CORRECT", register="particulars", subject=world["甲"], entry=wrong.pk, values={"name": "正"})
    assert names(world, BEGIN) == "正"
    assert names(world, BEGIN, before) == "甲"


def test_a_change_is_no_correction(world: World) -> None:
    do("change", register="condition", subject=world["甲"], values={"marital": "40"})
    assert history.person(world["甲"], BEGIN, timezone.now()).marital == "20"
    assert history.person(world["甲"], DAY, timezone.now()).marital == "40"


def test_before_anything_was_known_nobody_is_found(world: World) -> None:
    with pytest.raises(AnjiaError) as caught:
        history.person(world["甲"], DAY, timezone.now() - timedelta(days=1))
    assert (caught.value.code, caught.value.status) == ("person-unknown", 404)
    with pytest.raises(AnjiaError) as caught:
        history.household(world["户"], BEGIN - timedelta(days=1), timezone.now())
    assert caught.value.code == "household-unknown"


def test_a_household_is_found_by_its_number_even_when_it_is_closed(world: World) -> None:
    number = history.household(world["户"], DAY, timezone.now()).number
    do("settle-at-address", person=world["甲"], place=world.code("新居"), companions=[world["乙"]])
    assert history.household_by_number(number, timezone.now()) == world["户"]
    assert history.household_by_number("000000000", timezone.now()) is None


def test_since_counts_the_unbroken_stay_and_not_an_earlier_one(world: World) -> None:
    do("change-head", date(2020, 1, 1), household=world["户"], new_head=world["乙"])
    [head, other] = history.household(world["户"], DAY, timezone.now()).members
    assert (head.name, head.relation, head.since) == ("乙", "02", BEGIN)
    assert (other.name, other.relation, other.since) == ("甲", "11", BEGIN)
    do("join-collective", date(2021, 1, 1), person=world["甲"], division=WEST)
    do("settle-at-address", date(2022, 1, 1), person=world["甲"], place=world.code("新居"))
    do("join-collective", date(2023, 1, 1), person=world["甲"], division=WEST)
    [back] = history.household(world["集体"], DAY, timezone.now()).members
    assert back.since == date(2023, 1, 1)


def test_the_members_come_head_first_and_the_head_is_named(world: World) -> None:
    view = history.household(world["户"], DAY, timezone.now())
    assert [member.name for member in view.members] == ["甲", "乙"]
    assert view.head == world["甲"]
    assert history.household(world["集体"], DAY, timezone.now()).head is None


def test_several_households_at_one_address(world: World) -> None:
    found = history.households_at(world["at 户"], DAY, timezone.now())
    assert [view.subject for view in found] == [world["户"]]
    assert history.place(world["新居"], DAY, timezone.now())["division"] == WEST
    assert history.place(10**9, DAY, timezone.now()) is None


def test_the_story_tells_moves_changes_and_corrections_apart(world: World) -> None:
    wrong = Particulars.objects.get(subject=world["甲"], recorded_to=None)
    do("correct", event="AMEND_NAME", register="particulars", subject=world["甲"], entry=wrong.pk,
       values={"name": "正"})  # fmt: skip
    do("change", event="AMEND_MARITAL", register="condition", subject=world["甲"], values={"marital": "40"})
    do("change-head", event="HEAD", household=world["户"], new_head=world["乙"])
    story = history.timeline(world["甲"], timezone.now())
    told = {(one.register, one.what) for one in story}
    assert ("particulars", "corrected") in told
    assert ("condition", "corrected") not in told
    assert ("membership", "corrected") not in told
    assert [one.values["relation"] for one in story if one.register == "membership" and one.what == "opened"] == [
        "11", "02",
    ]  # fmt: skip
    assert story == sorted(story, key=lambda one: (one.on, one.at, one.act), reverse=True)


def test_the_story_as_known_earlier_knows_nothing_of_later(world: World) -> None:
    before = timezone.now()
    do("change-head", event="HEAD", household=world["户"], new_head=world["乙"])
    told = history.timeline(world["户"], before, of="household")
    assert {one.on for one in told} == {BEGIN}
    assert {one.on for one in history.timeline(world["户"], timezone.now(), of="household")} == {BEGIN, DAY}


def test_two_moves_of_one_day_are_no_correction(world: World) -> None:
    do("change-head", event="HEAD", household=world["户"], new_head=world["乙"])
    do("join-collective", event="MOVE", person=world["甲"], division=WEST)
    story = history.timeline(world["甲"], timezone.now())
    assert not [one for one in story if one.what == "corrected"]
