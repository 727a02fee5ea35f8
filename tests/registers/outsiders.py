"""A person from elsewhere as tests take one in, with two dwellings of the city."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.registers.world import EAST, WEST, Person, World, do, make, number

HOME = {"home_division": "980101", "home_address": "外省外市外县一号"}
ARRIVED = date(2024, 3, 1)


def town() -> World:
    """Two dwellings in two counties and a local person."""
    return make([Person("本", "1", "1990-01-01", "户")], homes={"户": ("J1", EAST)}, dwellings={"东": EAST, "西": WEST})


def take_in(name: str = "外", born: str = "1990-05-01", sex: str = "1", serial: int = 7, on: date = ARRIVED) -> int:
    """Takes a person in and gives the key."""
    one = Person(name, sex, born)
    done = do(
        "take-in-person", on, event="RESREG", name=name, sex=sex, birth_on=date.fromisoformat(born), ethnicity="01",
        number=number(one, serial),
    )  # fmt: skip
    return int(done.summary["person"])


def settle(world: World, person: int, where: str = "东", arrived: date = ARRIVED, on: date | None = None,
           **more: Any) -> Any:  # fmt: skip
    """Registers a residence."""
    given = {**HOME, **more}
    return do(
        "register-residence", on or arrived, event="RESREG", person=person, place=world.code(where),
        arrived_on=arrived, **given,
    )  # fmt: skip


def issue(world: World, person: int, on: date, where: str = "东", ground: str = "job") -> Any:
    """Issues a permit."""
    return do("issue-permit", on, event="PERMIT_ISSUE", person=person, place=world.code(where), ground=ground)
