"""A buyer at an auction and the former owner who is still registered there, on the definitions of the first city."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anjia.casework import cases, facts, flow, forms
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.models import Actor
from anjia.registers import history, place
from simulators.departments.process import Running
from tests.casework import people as made
from tests.casework.conftest import Town, actor, title
from tests.casework.steps import fresh, take, today
from tests.cities import connected, published

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "zibo"
HOME, ELSEWHERE = "370302001001", "370303001001"


@dataclass(frozen=True)
class Dispute:
    """The buyer (who lives elsewhere), the former owner with a child, and the officers of the dwelling."""

    town: Town
    buyer: Actor
    former: Actor
    stranger: Actor
    assistant: Actor
    examiner: Actor
    second: Actor
    county: Actor
    dwelling: str
    departments: Running


@pytest.fixture
def dispute(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[Dispute]:
    published(FOLDER)
    town = Town(**made.build(HOME, ELSEWHERE))
    home = history.household_of(town.tenant, *today())
    assert home is not None
    assert home.place is not None
    dwelling = place.code_of(HOME, home.place)
    connected(shared_departments, departments_folder, settings)
    rule(shared_departments, town, dwelling)
    own_dwelling(shared_departments, town, [])
    person = {"no": town.lessor_no, "name": "方东", "birth_on": "1970-02-02", "sex": "2"}
    shared_departments.control("add", kind="person", record=person)
    area: dict[str, Any] = {"areas": ["370302001"], "station": "370302001000"}
    yield Dispute(
        town,
        actor("buyer", "resident", "resident", person=town.lessor),
        actor("former", "resident", "resident", person=town.tenant),
        actor("stranger", "resident", "resident", person=town.child),
        actor("assistant", "staff", "window-assistant", **area),
        actor("examiner", "staff", "examining-officer", **area),
        actor("second", "staff", "examining-officer", **area),
        actor("county", "staff", "approving-officer", areas=["370302"], station="370302001000"),
        dwelling,
        shared_departments,
    )
    source.line().client.close()
    source.line.cache_clear()


def rule(departments: Running, town: Town, dwelling: str) -> None:
    """The court's ruling in the buyer's favour."""
    record = {
        "ruling_no": "（2026）鲁0302执1号", "buyer_no": town.lessor_no, "place_code": dwelling,
        "address": "柳桥路1号", "effective_on": "2026-01-05",
    }  # fmt: skip
    departments.control("add", kind="auction", record=record)


def own_dwelling(departments: Running, town: Town, holders: list[dict[str, Any]]) -> None:
    """The title of the dwelling that the former owner has elsewhere; the archive keeps it between tests."""
    departments.control("add", kind="title", record=title(town) | {"title_no": "T-9", "holders": holders})


def informed(one: Dispute, **checks: bool) -> Case:
    """The case as far as the telling of the former owner."""
    case = cases.open_case(one.buyer, "X02", channel="residents")
    case = facts.refresh(one.buyer, case)
    assert facts.known(case)["auction.effective"].value is True
    assert forms.answer(one.buyer, case, "dwelling", {"title_no": "", "wish": ""}, case.version) == {}
    case = fresh(case)
    assert forms.answer(one.buyer, case, "contact", {"phone": "13800000000"}, case.version) == {}
    case = flow.submit(one.buyer, fresh(case), key=uuid.uuid4(), version=fresh(case).version)
    assert case.station == "370302001000"
    take(one.assistant, case, "prereview")
    take(one.assistant, case, "accept")
    take(one.examiner, case, "verify", checks={"left_over.no_right": True})
    told = {"left_over.reached": True, "left_over.court_told": True, **checks}
    return take(one.examiner, case, "inform", checks=told)
