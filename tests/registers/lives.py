"""What tests of life events share: a family over three generations, and how to ask for what is registered."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from anjia.registers import history, people
from tests.registers.world import DAY, EAST, WEST, Person, World, make

FAMILY = (
    Person("祖", "1", "1955-03-01", "户", spouse="婆", marital="20"),
    Person("婆", "2", "1957-03-01", "户", "12", marital="20"),
    Person("父", "1", "1985-05-05", "户", "20", father="祖", mother="婆", spouse="母", marital="20"),
    Person("母", "2", "1987-05-05", "户", "38", marital="20"),
    Person("幼", "1", "2012-06-01", "户", "41", father="父", mother="母"),
    Person("独", "1", "1990-02-28", "独户"),
    Person("单", "2", "1992-02-29", "单户"),
    Person("故", "1", "1930-01-01", dead=True),
)
HOMES = {
    "户": ("J1", EAST), "独户": ("J1", EAST), "单户": ("J1", WEST), "集体": ("T4", EAST), "福利院": ("T6", EAST),
}  # fmt: skip


def family() -> World:
    """Makes the family, two who live alone, and two collective households."""
    return make(FAMILY, homes=HOMES)


def codes(world: World, home: str, on: date = DAY) -> dict[str, str]:
    """Gives name → relation of a household."""
    found = history.find_household(world[home], on, timezone.now())
    return {} if found is None else {one.name: one.relation for one in found.members}


def person(key: int, on: date = DAY) -> history.PersonView:
    """Gives a person as it is known now."""
    return history.person(key, on, timezone.now())


def registered(key: int, on: date = DAY) -> int | None:
    """Gives the household of a person, None when registered nowhere."""
    found = history.membership(key, on, timezone.now())
    return None if found is None else found.household


def number(key: int) -> str:
    """Gives the citizen number that a person carries."""
    found = people.number_of(key, None)
    assert found is not None
    return found
