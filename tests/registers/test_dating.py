"""Dates known in part outside of residences: of birth, of a registration; settled when they become known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from anjia.kernel.definitions import loading
from anjia.kernel.errors import AnjiaError
from anjia.registers import dates, history, occupancy
from anjia.registers.facts import facts_of
from tests.registers.world import BEGIN, DAY, EAST, Person, World, do, make

pytestmark = pytest.mark.django_db
CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
BORN = date(1980, 1, 1)


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "12")],
        homes={"户": ("J1", EAST)}, dwellings={"旧居": EAST},
    )  # fmt: skip


def birth(world: World, known: str) -> None:
    do("doubt-date", register="particulars", subject=world["甲"], day=BORN, known=known, field="birth_on")


@pytest.mark.parametrize(("known", "shown"), [("month", "1980-01"), ("year", "1980"), ("nothing", "unknown")])
def test_a_date_of_birth_shows_as_it_is_known(world: World, known: str, shown: str) -> None:
    before = timezone.now()
    birth(world, known)
    assert history.person(world["甲"], DAY, timezone.now()).born == shown
    assert history.person(world["甲"], DAY, before).born == "1980-01-01"
    [head, _] = history.household(world["户"], DAY, timezone.now()).members
    assert (head.born, head.birth_on) == (shown, BORN)


def test_a_partly_known_birth_is_an_unknown_fact_and_a_settled_one_is_known_again(world: World) -> None:
    [spec] = [one.spec for one in loading.load(CITY).catalogue.all() if one.id == "person.birth_on"]
    assert facts_of(world["甲"], [spec], DAY, timezone.now())
    birth(world, "year")
    assert facts_of(world["甲"], [spec], DAY, timezone.now()) == {}
    settled = {"register": "particulars", "subject": world["甲"], "day": BORN, "field": "birth_on"}
    # Another day than the number says needs another number: that is a correction of the birth.
    with pytest.raises(AnjiaError) as caught:
        do("settle-date", settled="1980-07-07", **settled)
    assert caught.value.code == "number-disagrees"
    do("settle-date", settled=BORN.isoformat(), **settled)
    found = facts_of(world["甲"], [spec], DAY, timezone.now())
    assert found["person.birth_on"][0] == BORN


def test_where_somebody_only_may_live_is_an_unknown_fact(world: World) -> None:
    [spec] = [one.spec for one in loading.load(CITY).catalogue.all() if one.id == "person.residence_place"]
    do("record-stay", person=world["甲"], place=world.code("旧居"), since="2020")
    asked = (date(2019, 12, 31), date(2020, 6, 1), date(2021, 1, 1))
    assert [bool(facts_of(world["甲"], [spec], on, timezone.now())) for on in asked] == [False, False, True]
    do("open-enquiry", date(2022, 3, 1), subject=world["甲"], register="residence", state="away")
    asked = (date(2022, 2, 28), date(2022, 3, 1))
    assert [bool(facts_of(world["甲"], [spec], on, timezone.now())) for on in asked] == [True, False]


def test_a_registration_since_a_year_is_possible_inside_it(world: World) -> None:
    do("doubt-date", register="membership", subject=world["乙"], day=BEGIN, known="year")
    [sure, doubtful] = history.household(world["户"], BEGIN + timedelta(days=9), timezone.now()).members
    assert (sure.is_certain, doubtful.is_certain, doubtful.came) == (True, False, "2015")
    [_, sure] = history.household(world["户"], date(2016, 1, 1), timezone.now()).members
    assert sure.is_certain
    asked = date(2015, 6, 1)
    found = occupancy.at(world["户"], asked, timezone.now(), capacity="member")
    assert {spell.name: spell.on(asked) for spell in found} == {"甲": True, "乙": None}
    found = occupancy.at(world["at 户"], asked, timezone.now(), capacity="registered")
    assert {spell.name: spell.on(asked) for spell in found} == {"甲": True, "乙": None}


def test_settling_moves_the_day_wherever_it_stands(world: World) -> None:
    do("doubt-date", register="membership", subject=world["乙"], day=BEGIN, known="year")
    do("settle-date", event="CORRECT", register="membership", subject=world["乙"], day=BEGIN, settled="2015-03-04")
    own = history.membership(world["乙"], DAY, timezone.now())
    assert own is not None
    assert own.valid_from == date(2015, 3, 4)
    assert history.membership(world["乙"], date(2015, 3, 3), timezone.now()) is None


def test_what_cannot_be_dated_so_is_refused(world: World) -> None:
    for given in (
        {"register": "kinship", "known": "year"}, {"register": "membership", "known": "decade"},
        {"register": "membership", "known": "year", "field": "birth_on"},
    ):  # fmt: skip
        with pytest.raises(AnjiaError) as caught:
            do("doubt-date", subject=world["甲"], day=BEGIN, **given)
        assert caught.value.code == "date-not-datable"
    with pytest.raises(AnjiaError) as caught:
        do("doubt-date", register="membership", subject=world["甲"], day=DAY, known="year")
    assert caught.value.code == "date-absent"


def test_windows_at_the_ends_of_the_calendar() -> None:
    assert dates.window_end(date(9999, 12, 1), "month") == dates.NEVER
    assert dates.window_end(date(2012, 2, 1), "month") == date(2012, 3, 1)
    assert dates.parse("00000000") is None
    assert dates.parse("20100800") == dates.parse("2010-08")
    assert dates.text(dates.FIRST, "nothing") == "unknown"
