"""A town of the first city in which every kind of application can be filed, and the way of filing one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from anjia.casework import cases, facts, flow, forms
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.models import Actor
from anjia.registers import people, place
from anjia.registers.card import Card
from simulators.departments.process import Running
from tests.casework.conftest import actor
from tests.casework.steps import fresh, take
from tests.casework.test_first_city import FOLDER
from tests.cities import connected, published
from tests.registers.world import BEGIN, Person, World, do, make

HERE = "370303001001"
PERSONS = (
    Person("父", "1", "1955-03-01", "老宅", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "老宅", "12", marital="20"),
    Person("子", "1", "1985-05-05", "老宅", "20", father="父", mother="母", marital="20", spouse="媳"),
    Person("媳", "2", "1986-05-05", "老宅", "38", marital="20"),
    Person("孙", "1", "2015-06-01", "老宅", "41", father="子", mother="媳"),
    Person("弟", "1", "1990-07-07", "老宅", "20", father="父", mother="母"),
    Person("女", "2", "1992-08-08", "新居", "02", father="父", mother="母"),
    Person("生", "1", "2003-09-09", "学校", "99"),
    Person("管", "2", "1980-10-10", "福利院", "99"),
    Person("孤", "2", "2016-11-11", "福利院", "99"),
    Person("工", "1", "1991-12-12", "单位", "99"),
    Person("重", "1", "1985-05-05", "新居", "97"),
)
HOMES = {
    "老宅": ("J1", HERE), "新居": ("J1", HERE), "学校": ("T2", HERE), "福利院": ("T6", HERE),
    "社区": ("T4", HERE), "单位": ("T1", HERE),
}  # fmt: skip
PHONE = {"contact": {"phone": "13800000000"}}
TODAY = "today"
BEFORE = BEGIN + timedelta(days=400)


@dataclass(frozen=True)
class Town:
    """The people by name, and the officers of the station and of the county."""

    world: World
    assistant: Actor
    approver: Actor
    county: Actor
    departments: Running
    residents: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        """Gives the key of a person, household or dwelling."""
        return self.world[name]

    def number(self, name: str) -> str:
        """Gives a person's citizen number."""
        return people.number_of(self[name], None) or ""

    def who(self, name: str) -> Actor:
        """Gives the person's own sign-in."""
        if name not in self.residents:
            self.residents[name] = actor(f"r{self[name]}", "resident", "resident", person=self[name])
        return self.residents[name]

    def code(self, home: str) -> str:
        """Gives the address code of a household's dwelling or of an empty dwelling."""
        spot = f"at {home}" if home in HOMES else home
        return place.code_of(self.world.division[spot], self[spot])

    def said(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Gives answers with names of people as keys or numbers: `@父` is the key, `#父` the citizen number."""
        return {name: self._one(value) for name, value in answers.items()}

    def meant(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Gives arguments of an operation with names of people and households as keys."""
        return {
            name: self[value[1:]] if str(value)[:1] == "@" else self._one(value) for name, value in arguments.items()
        }

    def _one(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._one(one) for one in value]
        if not isinstance(value, str):
            return value
        if value[:1] == "@":
            return str(self[value[1:]])
        if value.startswith("card:"):
            return Card.objects.filter(subject=self[value.removeprefix("card:")]).latest("id").number
        if value.startswith("code:"):
            return self.code(value.removeprefix("code:"))
        if value.startswith("title:"):
            return [{"no": self.number(value.removeprefix("title:")), "name": "某", "share": 1.0}]
        if value[:1] == "#":
            return self.number(value[1:])
        if value.startswith(TODAY):
            return str(timezone.localdate() - timedelta(days=int(value.removeprefix(TODAY) or 0)))
        return value


@contextmanager
def town(departments: Running, folder: Path, settings: Any) -> Iterator[Town]:
    """Publishes the first city and fills a small town of it, whose people the identity base knows."""
    published(FOLDER)
    world = make(PERSONS, homes=HOMES, dwellings={"空房": HERE}, prefix="370399")
    connected(departments, folder, settings)
    area: dict[str, Any] = {"areas": ["370303001"], "station": "370303001000"}
    made = Town(
        world,
        actor("assistant", "staff", "window-assistant", **area),
        actor("approver", "staff", "approving-officer", **area),
        actor("county", "staff", "approving-officer", areas=["370303"], station="370303000000"),
        departments,
    )
    for one in PERSONS:
        record = {"no": made.number(one.name), "name": one.name, "birth_on": one.born, "sex": one.sex}
        departments.control("add", kind="person", record=record)
    pair = [{"no": made.number(name), "name": name} for name in ("子", "媳")]
    marriage = {"certificate_no": "M-1", "spouses": pair, "registered_on": "2012-02-02", "ended_on": None}
    departments.control("add", kind="marriage", record=marriage)
    # A second household at the same address, and an institution whose officer can sign in.
    do("split-household", BEFORE, person=made["弟"])
    do("appoint-officer", BEFORE, household=made["福利院"], officer_name="管", officer=made["管"])
    yield made
    source.line().client.close()
    source.line.cache_clear()


def filed(town: Town, who: str, item: str, answers: Mapping[str, Mapping[str, Any]], *, counter: bool = False) -> Case:
    """A case with every page filled in and handed in, on the phone or by the clerk at the window."""
    by = town.assistant if counter else town.who(who)
    case = cases.open_case(by, item, person=town[who], channel="counter" if counter else "residents")
    case = facts.refresh(by, case)
    for topic, said in answers.items():
        now = fresh(case)
        errors = forms.answer(by, now, topic, town.said(said), now.version)
        assert errors == {}, [str(error) for error in errors.values()]
    now = fresh(case)
    return flow.submit(by, now, key=uuid.uuid4(), version=now.version)


def decided(town: Town, case: Case, checks: Mapping[str, bool]) -> Case:
    """The case after all its steps, each by an officer of its level; every step sees what it checks."""
    for step in item_of(case).step:
        if fresh(case).state != "open" or fresh(case).next_step != step.id:
            continue
        by = town.county if step.level == "county" else town.approver if step.action == "approve" else town.assistant
        take(by, case, step.id, checks={name: value for name, value in checks.items() if name in step.checks})
    return fresh(case)
