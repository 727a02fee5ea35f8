"""A person from elsewhere on the definitions of the first city, with the officers of the station."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import cases, facts, flow, forms
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.models import Actor
from simulators.departments.process import Running
from tests.casework import people as made
from tests.casework.conftest import Town, actor
from tests.casework.steps import fresh, take
from tests.cities import connected, published
from tests.registers.outsiders import take_in
from tests.registers.world import Person, number

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "zibo"
OLD, NEW = "370302001001", "370303001001"
NAME, BORN = "罗远来", "1992-04-05"
SEEN = {"papers.genuine": True, "portrait.fits": True}
HOME = {"home_division": "410000", "home_address": "河南省某市某县一号", "phone": "13800000000"}


@dataclass(frozen=True)
class City:
    """The newcomer, a local person, and the three officers of the station."""

    town: Town
    newcomer: Actor
    local: Actor
    assistant: Actor
    examiner: Actor
    approver: Actor
    departments: Running
    number: str

    @property
    def person(self) -> int:
        """The newcomer's key."""
        assert self.newcomer.person is not None
        return self.newcomer.person


@contextmanager
def first_city(departments: Running, folder: Path, settings: Any, lease_since: date) -> Iterator[City]:
    """The first city with a newcomer who rents, works, and is in the identity base."""
    published(FOLDER)
    town = Town(**made.build(OLD, NEW))
    connected(departments, folder, settings)
    no = number(Person(NAME, "1", BORN), 33)
    person = take_in(NAME, BORN, serial=33, on=lease_since)
    for kind, record in records(town, no, lease_since).items():
        departments.control("add", kind=kind, record=record)
    area = {"areas": ["370303001"], "station": "370303001000"}
    yield City(
        town,
        actor("newcomer", "resident", "resident", person=person),
        actor("local", "resident", "resident", person=town.tenant),
        actor("assistant", "staff", "window-assistant", **area),
        actor("examiner", "staff", "examining-officer", **area),
        actor("approver", "staff", "approving-officer", **area),
        departments,
        no,
    )
    source.line().client.close()
    source.line.cache_clear()


def owner_is_known(city: City) -> None:
    """Has the identity base know the owner of the dwelling, who is registered in the officers' area."""
    owner = {"no": city.town.lessor_no, "name": "方东", "birth_on": "1970-02-02", "sex": "2"}
    city.departments.control("add", kind="person", record=owner)


def records(town: Town, no: str, since: date) -> dict[str, dict[str, Any]]:
    """What the departments hold about the newcomer."""
    return {
        "person": {"no": no, "name": NAME, "birth_on": BORN, "sex": "1"},
        "lease": {
            "contract_no": f"L-{since}", "tenant_no": no, "tenant_name": NAME, "lessor_no": town.lessor_no,
            "lessor_name": "方东", "place_code": town.dwelling, "address": "石桥路1号", "start_on": since.isoformat(),
            "end_on": "2099-01-01", "filed_on": since.isoformat(), "area_m2": 60, "rent_fen": 90_000,
        },
        "employment": {"no": no, "active": True, "unit": "样例机械厂", "months": 9},
    }  # fmt: skip


def submitted(who: Actor, item: str, **topics: dict[str, Any]) -> Case:
    """A case with every page filled in and handed in."""
    case = facts.refresh(who, cases.open_case(who, item, channel="residents"))
    for topic, data in topics.items():
        now = fresh(case)
        assert forms.answer(who, now, topic, data, now.version) == {}, topic
    now = fresh(case)
    return flow.submit(who, now, key=uuid.uuid4(), version=now.version)


def registered(city: City, arrived: date) -> Case:
    """The newcomer's residence registration, decided."""
    where = {"arrived_on": arrived.isoformat(), "lives_here": "yes", "ground": "rent", "reported_by": "self"}
    case = submitted(city.newcomer, "D17", where=where, home=HOME)
    return take(city.approver, case, "register", checks={"papers.genuine": True})


def applied(city: City, ground: str = "permit-by-job") -> Case:
    """The newcomer's application for a permit."""
    answers = {"outcome": ground, "lives_here": "yes", "phone": "13800000000"}
    return submitted(city.newcomer, "D18", ground=answers)


def permitted(city: City) -> Case:
    """The permit, decided by the three officers."""
    case = take(city.assistant, applied(city), "prereview")
    case = take(city.assistant, case, "accept", checks=SEEN)
    return take(city.approver, take(city.examiner, case, "examine"), "approve")


def months_ago(months: int) -> date:
    """The day so many months of 30 days before today."""
    return timezone.localdate() - timedelta(days=30 * months)


class Clock:
    """The house's clock in a test: days can be let pass, never taken back; entries keep their real moments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._passed = timedelta()
        real = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real() + self._passed)

    def to(self, on: date) -> None:
        """Lets days pass until a day."""
        self._passed += on - timezone.localdate()
        assert self._passed >= timedelta()

    def now(self) -> datetime:
        """The moment that the house reads."""
        return timezone.now()
