"""The main job on the real definitions of the first city: settlement by lease from phone to decision."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anjia.casework import cases, consents, facts, flow, forms
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Actor
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework import people as made
from tests.casework.conftest import Town, actor, file_lease, title
from tests.casework.steps import fresh, take, today
from tests.cities import connected, published

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "zibo"
OLD, NEW = "370302001001", "370303001001"
SEEN = {"papers.genuine": True, "application.signed": True}


@dataclass(frozen=True)
class City:
    """The applicant, the owner and the three officers of the station of the dwelling."""

    town: Town
    tenant: Actor
    lessor: Actor
    assistant: Actor
    examiner: Actor
    approver: Actor
    departments: Running


@pytest.fixture
def city(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    published(FOLDER)
    town = Town(**made.build(OLD, NEW))
    connected(shared_departments, departments_folder, settings)
    file_lease(shared_departments, town)
    person = {"no": town.tenant_no, "name": "田租客", "birth_on": "1990-01-01", "sex": "1"}
    shared_departments.control("add", kind="title", record=title(town))
    shared_departments.control("add", kind="person", record=person)
    area = {"areas": ["370303001"], "station": "370303001000"}
    yield City(
        town,
        actor("tenant", "resident", "resident", person=town.tenant),
        actor("lessor", "resident", "resident", person=town.lessor),
        actor("assistant", "staff", "window-assistant", **area),
        actor("examiner", "staff", "examining-officer", **area),
        actor("approver", "staff", "approving-officer", **area),
        shared_departments,
    )
    source.line().client.close()
    source.line.cache_clear()


def filled(city: City, **topics: dict[str, Any]) -> Case:
    """A case of the tenant with every page filled in and handed in."""
    case = facts.refresh(city.tenant, cases.open_case(city.tenant, "E25", channel="residents"))
    for topic, data in topics.items():
        now = fresh(case)
        assert forms.answer(city.tenant, now, topic, data, now.version) == {}, topic
    now = fresh(case)
    return flow.submit(city.tenant, now, key=uuid.uuid4(), version=now.version)


def through(city: City, case: Case) -> Case:
    """The case after all officers."""
    take(city.assistant, case, "prereview")
    take(city.assistant, case, "accept", checks=SEEN)
    take(city.examiner, case, "examine")
    return take(city.approver, case, "approve")


ALONG = {"statement": {"own_will": "yes", "phone": "13800000000"}}


def test_a_tenant_settles_at_the_rented_address(city: City) -> None:
    people = {"companions": [str(city.town.child)]}
    case = filled(
        city, lease={"ask_lessor": "yes"}, destination={"outcome": "rented-address", "will_live_there": "yes"},
        people=people, **ALONG,
    )  # fmt: skip
    consents.answer(city.lessor, consents.asked_of(city.town.lessor)[0].pk, True)
    done = through(city, case)
    assert done.state == "decided"
    home = history.household_of(city.town.tenant, *today())
    assert home is not None
    assert (home.kind, home.division, home.head) == ("J1", NEW, city.town.tenant)
    assert len(home.members) == 2
    evidence = Act.objects.get(pk=done.act_id).evidence
    assert {one["verdict"] for one in evidence["clauses"]} <= {"yes", "not_applicable"}
    assert {one["rule"] for one in evidence["clauses"]} == {"S-00", "P-11", "P-12", "S-20"}


def test_an_owner_who_says_no_leaves_the_community_household(city: City) -> None:
    destination = {"outcome": "rented-address", "will_live_there": "yes"}
    people = {"companions": [str(city.town.child)]}
    case = filled(city, lease={"ask_lessor": "yes"}, destination=destination, people=people, **ALONG)
    consents.answer(city.lessor, consents.asked_of(city.town.lessor)[0].pk, False)
    with pytest.raises(AnjiaError, match="rule-not-met"):
        take(city.assistant, case, "prereview")
    note = "产权人没有同意，可改落社区公共集体户"
    case = take(city.assistant, case, "prereview", verdict="supplement", note=note)
    offered = [
        choice.id for topic in forms.build(case) for one in topic.fields if one.spec.id == "outcome"
        for choice in one.choices
    ]  # fmt: skip
    assert offered == ["community-collective"]
    changed = {"outcome": "community-collective", "community": NEW, "will_live_there": "yes"}
    assert forms.answer(city.tenant, case, "destination", changed, case.version) == {}
    case = flow.submit(city.tenant, case, key=uuid.uuid4(), version=case.version)
    assert through(city, case).state == "decided"
    home = history.household_of(city.town.tenant, *today())
    assert home is not None
    assert home.kind == "T4"


def test_an_unfiled_lease_goes_to_the_community_household(city: City) -> None:
    file_lease(city.departments, city.town, filed_on=None)
    case = filled(
        city, lease={"lease_contract_no": "", "rents": "yes"},
        destination={"outcome": "community-collective", "community": NEW, "will_live_there": "yes"},
        people={"companions": [str(city.town.child)]}, **ALONG,
    )  # fmt: skip
    assert case.division == NEW
    assert through(city, case).state == "decided"


def test_an_owner_who_is_not_registered_here_is_settled_at_the_window(city: City) -> None:
    outsider = "990199196001010015"
    holder = {"no": outsider, "name": "外人", "share": 1.0}
    file_lease(city.departments, city.town, lessor_no=outsider, lessor_name="外人")
    city.departments.control("add", kind="title", record=title(city.town) | {"holders": [holder]})
    case = filled(
        city, lease={"ask_lessor": "yes"}, destination={"outcome": "rented-address", "will_live_there": "yes"},
        people={"companions": [str(city.town.child)]}, **ALONG,
    )  # fmt: skip
    case = take(city.assistant, case, "prereview")
    assert "owner.papers_seen" in [one.fact for one in flow.desk(city.assistant, case).checks]
    with pytest.raises(AnjiaError, match="rule-not-met"):
        take(city.assistant, case, "accept", checks=SEEN)
    case = take(city.assistant, case, "accept", checks=SEEN | {"owner.papers_seen": True})
    assert take(city.approver, take(city.examiner, case, "examine"), "approve").state == "decided"
