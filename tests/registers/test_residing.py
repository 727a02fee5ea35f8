"""Persons from elsewhere: who they are, since when they stay, and what starts the clock anew."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import history, people
from anjia.registers.residence import Residence
from anjia.registers.stay import Stay
from tests.registers.outsiders import ARRIVED, HOME, settle, take_in, town
from tests.registers.world import Person, World, commit, do, number, prepared, refused


@pytest.fixture
def world(db: None) -> World:
    return town()


def since(person: int) -> date:
    return Stay.objects.get(subject=person, recorded_to=None, valid_to=None).since


def test_a_person_from_elsewhere_is_taken_in_without_a_registration(world: World) -> None:
    person = take_in()
    view = history.person(person, ARRIVED, timezone.now())
    assert (view.name, view.status) == ("外", "8")
    assert history.membership(person, ARRIVED, timezone.now()) is None
    assert people.find_by_number(number(Person("外", "1", "1990-05-01"), 7)) == person


def test_a_number_that_is_known_takes_nobody_in_again(world: World) -> None:
    person = take_in()
    with pytest.raises(AnjiaError) as caught:
        take_in(name="同")
    assert (caught.value.code, caught.value.facts["person"]) == ("person-known", person)
    wrong = {"name": "外", "sex": "2", "birth_on": date(1990, 5, 1), "ethnicity": "01"}
    assert refused(
        lambda: do("take-in-person", number=number(Person("外", "1", "1990-05-01"), 9), **wrong)
    ) == "number-mismatch"


@pytest.mark.parametrize(
    ("on", "proved", "clock"),
    [
        (ARRIVED, False, ARRIVED), (ARRIVED + timedelta(3), False, ARRIVED),
        (ARRIVED + timedelta(4), False, ARRIVED + timedelta(4)), (ARRIVED + timedelta(200), True, ARRIVED),
    ],
)  # fmt: skip
def test_the_clock_starts_on_arrival_when_declared_in_time_or_proved(
    world: World, on: date, proved: bool, clock: date
) -> None:
    person = take_in()
    settle(world, person, on=on, proved=proved)
    assert since(person) == clock
    lives = Residence.objects.get(subject=person, recorded_to=None)
    assert (lives.place, lives.valid_from) == (world["东"], ARRIVED)


def test_a_move_inside_the_city_keeps_the_clock(world: World) -> None:
    person = take_in()
    settle(world, person)
    settle(world, person, "西", date(2024, 8, 1), ground="unit", reported_by="employer")
    assert since(person) == ARRIVED
    assert [one.place for one in Residence.objects.filter(subject=person, recorded_to=None).order_by("valid_from")] == [
        world["东"], world["西"],
    ]  # fmt: skip
    stay = Stay.objects.get(subject=person, recorded_to=None, valid_to=None)
    assert (stay.ground, stay.reported_by, stay.home_address) == ("unit", "employer", HOME["home_address"])


@pytest.mark.parametrize(("days", "kept"), [(0, True), (90, True), (91, False)])
def test_an_absence_restarts_the_clock_after_ninety_days(world: World, days: int, kept: bool) -> None:
    person, left = take_in(), date(2024, 9, 1)
    settle(world, person)
    do("end-residence", left, event="RESREG", person=person, for_good=False)
    back = left + timedelta(days)
    settle(world, person, "西", back)
    assert since(person) == (ARRIVED if kept else back)


def test_what_is_refused(world: World) -> None:
    person = take_in()
    assert refused(lambda: settle(world, world["本"])) == "person-local"
    assert refused(lambda: settle(world, person, arrived=ARRIVED, on=ARRIVED - timedelta(1))) == "arrival-later"
    assert refused(lambda: settle(world, person, home_address="")) == "home-needed"
    assert refused(lambda: do("end-residence", ARRIVED, person=person)) == "stay-missing"
    settle(world, person)
    later = {"person": person, "left_on": ARRIVED + timedelta(9)}
    assert refused(lambda: do("end-residence", ARRIVED, **later)) == "arrival-later"
    assert refused(lambda: settle(world, person, arrived=date(2024, 5, 1))) == "residence-there-already"
    assert refused(lambda: settle(world, person, "西", ARRIVED - timedelta(9), on=ARRIVED)) == "arrival-too-early"
    assert refused(lambda: settle(world, person, "西", reported_by="neighbour", arrived=date(2024, 5, 1))) == (
        "code-unknown"
    )


def test_death_ends_the_stay_of_a_person_from_elsewhere(world: World) -> None:
    person = take_in()
    settle(world, person)
    do("record-death", date(2024, 6, 1), event="DEATH", person=person)
    assert Stay.objects.get(subject=person, recorded_to=None).close_ground == "death"
    assert history.person(person, date(2024, 6, 1), timezone.now()).status == "1"


@pytest.mark.django_db(transaction=True)
def test_two_windows_take_the_same_person_in_once() -> None:
    given = {
        "name": "外", "sex": "1", "birth_on": date(1990, 5, 1), "ethnicity": "01",
        "number": number(Person("外", "1", "1990-05-01"), 7),
    }  # fmt: skip
    line = threading.Barrier(4)

    def run() -> str:
        ready = prepared("take-in-person", **given)
        line.wait(20)
        try:
            commit(ready)
        except AnjiaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        results = [one.result(30) for one in [pool.submit(run) for _ in range(4)]]
    assert sorted(results) == ["done", *["person-known"] * 3]
