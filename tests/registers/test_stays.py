"""Stays on partly known days: stored as such, laid out without overlap, corrected without losing what was known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.registers import REGISTERS, history, occupancy
from anjia.registers.models import Precision, Residence
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "12")],
        homes={"户": ("J1", EAST)},
        dwellings={"旧居": EAST, "新居": WEST},
    )


def lives(world: World, home: str, since: str, **more: object) -> None:
    do("record-stay", event="RESREG", person=world["甲"], place=world.code(home), since=since, **more)


def answer(world: World, home: str, on: str, known_at: object = None) -> bool | None:
    day = date.fromisoformat(on)
    found = occupancy.at(world[home], day, known_at or timezone.now())
    return next((spell.on(day) for spell in found if spell.subject == world["甲"]), False)


def rows(world: World) -> list[tuple[str, date, date | None]]:
    found = Residence.objects.filter(subject=world["甲"], recorded_to=None).order_by("valid_from")
    names = {world["旧居"]: "旧居", world["新居"]: "新居"}
    return [(names[row.place], row.valid_from, row.valid_to) for row in found]


@pytest.mark.parametrize(
    ("since", "before", "first", "last", "after"),
    [
        ("2012-02", "2012-01-31", "2012-02-01", "2012-02-29", "2012-03-01"),
        ("2011-02", "2011-01-31", "2011-02-01", "2011-02-28", "2011-03-01"),
        ("2012-12", "2012-11-30", "2012-12-01", "2012-12-31", "2013-01-01"),
        ("2012", "2011-12-31", "2012-01-01", "2012-12-31", "2013-01-01"),
    ],
)
def test_inside_the_window_the_answer_is_possible_to_its_last_day(
    world: World, since: str, before: str, first: str, last: str, after: str
) -> None:
    lives(world, "旧居", since)
    assert [answer(world, "旧居", on) for on in (before, first, last, after)] == [False, None, None, True]


def test_an_exact_day_is_never_possible_only(world: World) -> None:
    lives(world, "旧居", "2012-02-29")
    assert [answer(world, "旧居", on) for on in ("2012-02-28", "2012-02-29", "9999-12-30")] == [False, True, True]


def test_an_unknown_begin_is_possible_for_ever_and_ends_all_the_same(world: World) -> None:
    lives(world, "旧居", "unknown")
    assert [answer(world, "旧居", on) for on in ("0001-01-01", "1900-01-01", "2026-01-01")] == [None, None, None]
    do("end-stay", person=world["甲"], since="2020-05-01")
    assert [answer(world, "旧居", on) for on in ("2020-04-30", "2020-05-01")] == [None, False]


def test_the_stay_before_ends_in_the_window_of_the_next(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "2016-05")
    asked = ("2016-04-30", "2016-05-01", "2016-05-31", "2016-06-01")
    assert [answer(world, "旧居", on) for on in asked] == [True, None, None, False]
    assert [answer(world, "新居", on) for on in asked] == [False, None, None, True]
    assert rows(world) == [("旧居", date(2010, 8, 18), date(2016, 5, 1)), ("新居", date(2016, 5, 1), None)]


def test_a_year_that_holds_the_stay_before_begins_after_it(world: World) -> None:
    lives(world, "旧居", "2021-05-16")
    lives(world, "新居", "2021")
    assert [answer(world, "新居", on) for on in ("2021-05-16", "2021-05-17", "2022-01-01")] == [False, None, True]
    assert [answer(world, "旧居", on) for on in ("2021-05-16", "2021-05-17", "2022-01-01")] == [True, None, False]


def test_a_day_between_two_stays_at_one_address_is_in_no_doubt(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "旧居", "2016-05", ground="rent")
    assert answer(world, "旧居", "2016-05-10") is True


def test_the_third_stay_bounds_the_first(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "unknown")
    assert answer(world, "旧居", "2026-01-01") is None
    do("end-stay", person=world["甲"], since="2012-03-01")
    assert [answer(world, "旧居", on) for on in ("2010-08-18", "2012-02-29", "2012-03-01")] == [True, None, False]


def test_two_moves_on_one_day_leave_the_last(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "2010-08-18")
    assert rows(world) == [("新居", date(2010, 8, 18), None)]


def test_a_stay_cannot_begin_before_the_one_that_it_follows(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    for since in ("2010-08-17", "2009", "2010-07"):
        with pytest.raises(AnjiaError) as caught:
            lives(world, "新居", since)
        assert caught.value.code == "stay-out-of-order"
    assert rows(world) == [("旧居", date(2010, 8, 18), None)]


def test_impossible_dates_and_unknown_places_are_refused(world: World) -> None:
    for since in ("2010-13", "2010-02-30", "gestern", ""):
        with pytest.raises(AnjiaError) as caught:
            lives(world, "旧居", since)
        assert caught.value.code == "date-impossible"
    with pytest.raises(AnjiaError) as caught:
        do("record-stay", person=world["甲"], place=f"{EAST}{world['甲']:08d}", since="2010")
    assert caught.value.code == "place-unknown"
    with pytest.raises(AnjiaError) as caught:
        do("end-stay", person=world["甲"], since="2010")
    assert caught.value.code == "stay-unknown"


def test_a_corrected_day_moves_the_end_of_the_stay_before_and_keeps_what_was_known(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "2016-05")
    before = timezone.now()
    do("correct-stay", event="CORRECT", person=world["甲"], day=date(2016, 5, 1), since="2016-04-11")
    assert rows(world) == [("旧居", date(2010, 8, 18), date(2016, 4, 11)), ("新居", date(2016, 4, 11), None)]
    assert answer(world, "新居", "2016-04-11") is True
    assert answer(world, "新居", "2016-04-11", before) is False
    assert answer(world, "新居", "2016-05-10", before) is None
    assert not Precision.objects.filter(recorded_to=None).exists()


def test_a_stay_that_was_none_is_struck_and_the_one_before_lasts_on(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "2016-05")
    do("correct-stay", event="CORRECT", person=world["甲"], day=date(2016, 5, 1), strike=True)
    assert rows(world) == [("旧居", date(2010, 8, 18), None)]
    do("correct-stay", event="CORRECT", person=world["甲"], day=date(2010, 8, 18), place=world.code("新居"))
    assert rows(world) == [("新居", date(2010, 8, 18), None)]


def test_only_what_differs_is_written(world: World) -> None:
    lives(world, "旧居", "2010-08-18")
    lives(world, "新居", "2016-05")
    first = Residence.objects.get(subject=world["甲"], valid_from=date(2010, 8, 18), recorded_to=None)
    do("end-stay", person=world["甲"], since="2020")
    assert Residence.objects.get(pk=first.pk).recorded_to is None


def test_an_act_that_shortens_a_stay_keeps_how_exactly_its_begin_is_known(world: World) -> None:
    lives(world, "旧居", "2010")
    do("record-death", event="DEATH", person=world["甲"], new_head=world["乙"])
    assert answer(world, "旧居", "2010-06-01") is None
    assert [answer(world, "旧居", str(on)) for on in (DAY - timedelta(days=1), DAY)] == [True, False]


def test_the_log_holds_over_partly_known_dates_and_the_story_tells_them(world: World) -> None:
    lives(world, "旧居", "2010")
    lives(world, "新居", "unknown")
    do("correct-stay", event="CORRECT", person=world["甲"], day=date(2010, 1, 1), since="2010-03")
    log.seal()
    assert list(log.verify(REGISTERS)) == []
    assert [one.what for one in history.timeline(world["甲"], timezone.now()) if one.register == "residence"]
