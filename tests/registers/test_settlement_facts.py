"""The facts of settlement and households that the register itself knows, by the city's own queries."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.definitions import loading
from anjia.kernel.specs import FactSpec
from anjia.registers.facts import facts_of
from tests.registers.village import built
from tests.registers.world import DAY, World, do

pytestmark = pytest.mark.django_db
CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
FILES = ("settlement.toml", "households.toml")


@pytest.fixture
def world(db: None) -> World:
    return built()


@pytest.fixture(scope="module")
def specs() -> list[FactSpec]:
    found = [one for one in loading.load(CITY).catalogue.list("fact") if one.path.name in FILES]
    return [one.spec for one in found if one.spec.source == "register"]


def known(world: World, name: str, specs: list[FactSpec], on: date = DAY) -> dict[str, Any]:
    return {ident: value for ident, (value, _) in facts_of(world[name], specs, on, timezone.now()).items()}


def test_parents_and_children_who_are_registered_here(world: World, specs: list[FactSpec]) -> None:
    father = known(world, "父", specs)
    assert (father["children.registered"], father["children.first_born_on"]) == (2, date(1985, 5, 5))
    assert father["parent.registered"] is False
    child = known(world, "孙", specs)
    assert (child["children.registered"], child["parent.registered"]) == (0, True)
    assert "children.first_born_on" not in child


def test_who_is_not_registered_has_no_answer(world: World, specs: list[FactSpec]) -> None:
    assert "parent.registered" not in known(world, "无户", specs)


def test_adults_of_a_household_and_the_eldest(world: World, specs: list[FactSpec]) -> None:
    father, son = known(world, "父", specs), known(world, "子", specs)
    assert (father["household.adults"], father["head.eldest"]) == (4, True)
    assert (son["household.adults"], son["head.eldest"]) == (4, False)


def test_somebody_comes_of_age_on_the_birthday(world: World, specs: list[FactSpec]) -> None:
    assert known(world, "孙", specs, date(2033, 5, 31))["household.adults"] == 4
    assert known(world, "孙", specs, date(2033, 6, 1))["household.adults"] == 5


def test_a_rural_household_is_found_where_one_lives(world: World, specs: list[FactSpec]) -> None:
    home = world.division["空房"]
    do("set-up-collective", event="NEWHH", kind="T5", division=home, address="村委会", officer_name="协管")
    do("record-stay", person=world["邻"], place=world.code("空房"), since=DAY)
    assert known(world, "邻", specs)["village.collective_household"] is True
    assert known(world, "邻", specs)["talent.collective_household"] is False
