"""An answer that rests on a fact under enquiry says so, as long as the enquiry runs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import enquiries, occupancy
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db
SINCE, OPENED = date(2020, 8, 18), date(2022, 5, 26)


@pytest.fixture
def world(db: None) -> World:
    found = make(
        [Person("甲", "1", "1980-01-01", "户")], homes={"户": ("J1", EAST)}, dwellings={"旧居": EAST, "新居": WEST}
    )
    do("record-stay", person=found["甲"], place=found.code("旧居"), since=SINCE)
    return found


def opened(world: World, **more: object) -> None:
    do("open-enquiry", OPENED, event="ENQUIRY", subject=world["甲"], register="residence", ground="邻居反映", **more)


def closed(world: World, on: date) -> None:
    do("close-enquiry", on, event="ENQUIRY", subject=world["甲"], register="residence")


def on(world: World, day: date, known_at: object = None) -> tuple[bool | None, bool]:
    found = occupancy.at(world["旧居"], day, known_at or timezone.now())
    return (found[0].on(day), found[0].under_enquiry) if found else (False, False)


def test_an_answer_says_what_is_under_enquiry_whatever_day_it_is_about(world: World) -> None:
    before = timezone.now()
    opened(world)
    for day in (SINCE, OPENED - timedelta(days=1), OPENED, DAY):
        assert on(world, day) == (True, True)
    assert on(world, OPENED, before) == (True, False)
    [view] = enquiries.running([world["甲"]], timezone.now())
    assert (view.since, view.ground, view.state) == (OPENED, "邻居反映", "open")


def test_a_closed_enquiry_is_shown_no_more_but_as_known_before(world: World) -> None:
    opened(world)
    running = timezone.now()
    closed(world, date(2022, 8, 1))
    assert on(world, OPENED) == (True, False)
    assert on(world, OPENED, running) == (True, True)


def test_an_enquiry_about_details_is_shown_and_does_not_touch_the_answer(world: World) -> None:
    opened(world, field="station")
    [spell] = occupancy.at(world["旧居"], DAY, timezone.now())
    assert (spell.under_enquiry, len(spell.enquiries)) == (False, 1)


def test_an_enquiry_about_one_stay_leaves_the_others_alone(world: World) -> None:
    opened(world, day=SINCE)
    do("record-stay", person=world["甲"], place=world.code("新居"), since="2023-01-01")
    [there] = occupancy.at(world["新居"], DAY, timezone.now())
    assert not there.under_enquiry
    assert on(world, date(2021, 1, 1)) == (True, True)


def test_who_was_found_away_is_no_occupant_from_that_day(world: World) -> None:
    opened(world, state="away")
    assert on(world, OPENED - timedelta(days=1))[0] is True
    assert on(world, OPENED)[0] is False


def test_found_away_and_closed_before_the_next_stay_counts_as_it_stands(world: World) -> None:
    opened(world, state="away")
    closed(world, date(2022, 8, 1))
    do("record-stay", person=world["甲"], place=world.code("新居"), since="2022-09-01")
    assert on(world, OPENED)[0] is True


def test_found_away_and_closed_after_the_next_stay_began_leaves_doubt(world: World) -> None:
    opened(world, state="away")
    do("record-stay", person=world["甲"], place=world.code("新居"), since="2022-09-01")
    closed(world, date(2022, 9, 1))
    assert [on(world, day)[0] for day in (OPENED - timedelta(days=1), OPENED, date(2022, 9, 1))] == [
        True, None, False,
    ]  # fmt: skip


def test_one_fact_has_one_enquiry_at_a_time(world: World) -> None:
    opened(world)
    with pytest.raises(AnjiaError) as caught:
        opened(world)
    assert caught.value.code == "enquiry-open-already"
    opened(world, field="valid")


def test_what_is_no_fact_cannot_be_enquired(world: World) -> None:
    for register, field, code in (
        ("residence", "colour", "field-unknown"), ("identity", "", "field-unknown"), ("nothing", "", "register-unknown")
    ):  # fmt: skip
        with pytest.raises(AnjiaError) as caught:
            do("open-enquiry", subject=world["甲"], register=register, field=field)
        assert caught.value.code == code
    with pytest.raises(AnjiaError) as caught:
        closed(world, DAY)
    assert caught.value.code == "enquiry-missing"
