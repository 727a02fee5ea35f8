"""A family of three generations in the first city, with the officers of its station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anjia.kernel.models import Actor
from anjia.registers import people, place
from simulators.departments.process import Running
from tests.casework.conftest import actor
from tests.registers.world import Person, World, do, make

DIVISION = "370303001001"
PERSONS = (
    Person("父", "1", "1955-03-01", "老宅", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "老宅", "12", marital="20"),
    Person("子", "1", "1985-05-05", "老宅", "20", father="父", mother="母", marital="20", spouse="媳"),
    Person("媳", "2", "1986-05-05", "老宅", "38", marital="20"),
    Person("孙", "1", "2015-06-01", "老宅", "41", father="子", mother="媳"),
)


@dataclass(frozen=True)
class Clan:
    """The members who sign in, the officers, and the departments' simulator."""

    keys: World
    father: Actor
    son: Actor
    wife: Actor
    assistant: Actor
    examiner: Actor
    approver: Actor
    departments: Running

    def number(self, name: str) -> str:
        """Gives a member's citizen number."""
        return people.number_of(self.keys[name], None) or ""

    def share(self, name: str) -> None:
        """Gives a member a share in the dwelling besides the father's."""
        self.departments.control("add", kind="title", record=title(self.keys, self.number("父"), self.number(name)))

    def divorce(self, name: str) -> None:
        """Registers a member as divorced."""
        do("change", register="condition", subject=self.keys[name], values={"marital": "40"})


def clan(departments: Running) -> Clan:
    """Writes the family, its title, its marriage and its officers."""
    world = make(PERSONS, homes={"老宅": ("J1", DIVISION)})
    area: dict[str, Any] = {"areas": ["370303001"], "station": "370303001000"}
    made = Clan(
        world,
        *(actor(who, "resident", "resident", person=world[name]) for who, name in (
            ("father", "父"), ("son", "子"), ("wife", "媳"))),
        actor("assistant", "staff", "window-assistant", **area),
        actor("examiner", "staff", "examining-officer", **area),
        actor("approver", "staff", "approving-officer", **area),
        departments,
    )  # fmt: skip
    for one in PERSONS:
        record = {"no": made.number(one.name), "name": one.name, "birth_on": one.born, "sex": one.sex}
        departments.control("add", kind="person", record=record)
    pair = [{"no": made.number(name), "name": name} for name in ("子", "媳")]
    marriage = {"certificate_no": "M-1", "spouses": pair, "registered_on": "2012-02-02", "ended_on": None}
    departments.control("add", kind="marriage", record=marriage)
    departments.control("add", kind="title", record=title(world, made.number("父")))
    return made


def title(world: World, *holders: str) -> dict[str, Any]:
    """Gives the title of the family's dwelling."""
    return {
        "title_no": "T-9", "holders": [{"no": no, "name": "某", "share": 1 / len(holders)} for no in holders],
        "usage": "住宅", "land_right": "出让", "address": "老宅号",
        "place_code": place.code_of(DIVISION, world["at 老宅"]), "registered_on": "2001-01-01", "seized": False,
        "mortgaged": False,
    }  # fmt: skip
