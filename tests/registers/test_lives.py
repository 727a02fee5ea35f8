"""Births and deaths: who comes into the register and who leaves it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import history, people
from tests.registers.world import DAY, EAST, Person, World, do, make, number

pytestmark = pytest.mark.django_db
BABY = Person("婴", "2", "2026-10-20")


@pytest.fixture
def world(db: None) -> World:
    return make(
        [
            Person("父", "1", "1990-01-01", "户", spouse="母", marital="20"),
            Person("母", "2", "1991-01-01", "户", "12", marital="20"),
            Person("幼", "1", "2015-01-01", "户", "20", father="父", mother="母"),
        ],
        homes={"户": ("J1", EAST)},
    )


def birth(world: World, **more: Any) -> Any:
    given = {
        "household": world["户"], "name": "婴", "sex": "2", "birth_on": date(2026, 10, 20), "ethnicity": "01",
        "number": number(BABY), "father": world["父"], "mother": world["母"],
    } | more  # fmt: skip
    return do("register-person", event="BIRTH", **given)


def test_a_child_is_registered_with_its_parents(world: World) -> None:
    child = birth(world).summary["person"]
    view = history.household(world["户"], DAY, timezone.now())
    assert {one.name: one.relation for one in view.members} == {"父": "02", "母": "12", "幼": "20", "婴": "30"}
    assert people.find_by_number(number(BABY)) == child


@pytest.mark.parametrize(
    "wrong", [{"sex": "1"}, {"birth_on": date(2026, 10, 21)}, {"number": number(BABY)[:17] + "?"}]
)
def test_a_number_that_does_not_fit_is_refused(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(AnjiaError, match="number-mismatch"):
        birth(world, **wrong)


def test_a_number_belongs_to_one_person(world: World) -> None:
    birth(world)
    with pytest.raises(AnjiaError, match="number-taken"):
        birth(world, name="婴二", twin=True)


def test_a_death_ends_the_registration_and_asks_for_a_head(world: World) -> None:
    with pytest.raises(AnjiaError, match="head-needed"):
        do("record-death", event="DEATH", person=world["父"])
    do("record-death", event="DEATH", person=world["父"], new_head=world["母"])
    view = history.household(world["户"], DAY, timezone.now())
    assert {one.name: one.relation for one in view.members} == {"母": "02", "幼": "20"}
    assert history.membership(world["父"], DAY, timezone.now()) is None
    with pytest.raises(AnjiaError, match="person-not-registrable"):
        do("record-death", event="DEATH", person=world["父"])
