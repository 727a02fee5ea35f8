"""A family of three generations, its neighbours and collective households, for the tests of households."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from anjia.registers import history
from anjia.registers.history import HouseholdView
from tests.registers.world import DAY, EAST, WEST, Person, World, make

PERSONS = (
    Person("父", "1", "1955-03-01", "老宅", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "老宅", "12", marital="20"),
    Person("子", "1", "1985-05-05", "老宅", "22", father="父", mother="母", marital="20", spouse="媳"),
    Person("媳", "2", "1986-05-05", "老宅", "38", marital="20"),
    Person("孙", "1", "2015-06-01", "老宅", "41", father="子", mother="媳"),
    Person("孙女", "2", "2018-06-01", "老宅", "42", father="子", mother="媳"),
    Person("女", "2", "1990-08-08", "女户", "02", father="父", mother="母"),
    Person("邻", "1", "1980-01-01", "邻户", "02"),
    Person("工", "1", "1992-01-01", "厂", "99", marital="20", spouse="妻"),
    Person("妻", "2", "1993-01-01", "妻户", "02", marital="20"),
    Person("工子", "1", "2020-02-29", "妻户", "20", father="工", mother="妻"),
    Person("无户", "1", "1970-07-07"),
    Person("亡", "1", "1940-01-01", dead=True),
)
HOMES = {
    "老宅": ("J1", EAST), "女户": ("J1", EAST), "邻户": ("J1", EAST), "妻户": ("J1", WEST),
    "厂": ("T1", WEST), "社区": ("T4", WEST), "东社区": ("T4", EAST),
}  # fmt: skip


def built() -> World:
    """Writes the village; the daughter's household and the neighbour's have dwellings of their own."""
    return make(PERSONS, homes=HOMES, dwellings={"新居": WEST, "空房": EAST})


def household(world: World, name: str | int, on: date = DAY) -> HouseholdView | None:
    """The household as the register knows it now."""
    return history.find_household(world[name] if isinstance(name, str) else name, on, timezone.now())


def relations(view: HouseholdView | None) -> dict[str, str]:
    """Name → relation."""
    assert view is not None
    return {member.name: member.relation for member in view.members}

