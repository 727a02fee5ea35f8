"""A newborn from the phone to the decision, on the real definitions of the first city."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import cases, consents, facts, flow, forms
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Actor
from anjia.registers import history, people
from anjia.registers.kinship import Kinship
from anjia.registers.origin import Origin
from simulators.departments.process import Running
from tests.casework.conftest import actor
from tests.casework.steps import fresh, take, today
from tests.cities import connected, published
from tests.registers.world import Person, World, do, make
from tests.registers.world import number as written

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "zibo"
HOME = "370303001001"
FATHER = Person("田大年", "1", "1990-01-01", "户", marital="20", spouse="方小满")
MOTHER = Person("方小满", "2", "1992-02-02", "户", "12", marital="20")


@dataclass(frozen=True)
class City:
    """Both parents, the officers of their station, and the departments."""

    world: World
    father: Actor
    mother: Actor
    assistant: Actor
    approver: Actor
    departments: Running

    def number(self, name: str) -> str:
        """Gives the citizen number of a parent."""
        found = people.number_of(self.world[name], None)
        assert found is not None
        return found

    def certify(self, **more: Any) -> None:
        """Issues the child's birth certificate, or another version of it."""
        record = {
            "certificate_no": "Q370000001", "issued_on": f"{timezone.localdate()}", "multiple": False,
            "child": {"name": "田苗苗", "sex": "2", "born_on": f"{timezone.localdate()}", "place": "市妇幼保健院"},
            "father": {"no": self.number("田大年"), "name": "田大年", "ethnicity": "01"},
            "mother": {"no": self.number("方小满"), "name": "方小满", "ethnicity": "01"},
        }  # fmt: skip
        self.departments.control("add", kind="birth", record=record | more)


def open_city(shared: Running, folder: Path, settings: Any) -> City:
    """Publishes the city and makes a married couple whose child was born today."""
    published(FOLDER)
    world = make([FATHER, MOTHER], homes={"户": ("J1", HOME)})
    connected(shared, folder, settings)
    area = {"areas": ["370303001"], "station": "370303001000"}
    made = City(
        world,
        actor("father", "resident", "resident", person=world["田大年"]),
        actor("mother", "resident", "resident", person=world["方小满"]),
        actor("assistant", "staff", "window-assistant", **area),
        actor("approver", "staff", "approving-officer", **area),
        shared,
    )
    spouses = [{"no": made.number(one.name), "name": one.name} for one in (FATHER, MOTHER)]
    marriage = {"certificate_no": "J-1", "spouses": spouses, "registered_on": "2018-05-20", "ended_on": None}
    shared.control("add", kind="marriage", record=marriage)
    for one in (FATHER, MOTHER):
        person = {"no": made.number(one.name), "name": one.name, "birth_on": one.born, "sex": one.sex}
        shared.control("add", kind="person", record=person)
    made.certify()
    return made


@pytest.fixture
def city(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    yield open_city(shared_departments, departments_folder, settings)
    source.line().client.close()
    source.line.cache_clear()


def handed_in(city: City, who: Actor, **child: str) -> Case:
    """A case with every page filled in and submitted."""
    case = facts.refresh(who, cases.open_case(who, "D01", channel="residents"))
    pages = {"child": {"confirmed": "yes", "certificate_no": ""} | child, "contact": {"phone": "13800000000"}}
    for topic, data in pages.items():
        now = fresh(case)
        assert forms.answer(who, now, topic, data, now.version) == {}, topic
    now = fresh(case)
    return flow.submit(who, now, key=uuid.uuid4(), version=now.version)


def decided(city: City, case: Case) -> Case:
    take(city.assistant, case, "accept")
    return take(city.approver, case, "approve")


def child_of(city: City, home: str = "户") -> history.MemberView:
    found = history.household(city.world[home], *today())
    return next(one for one in found.members if one.name == "田苗苗")


def test_a_parent_registers_a_newborn_with_nothing_typed(city: City) -> None:
    done = decided(city, handed_in(city, city.mother))
    assert done.state == "decided"
    child = child_of(city)
    assert (child.sex, child.birth_on, child.relation) == ("2", timezone.localdate(), "30")
    view = history.person(child.subject, *today())
    assert (view.birth_place, view.ethnicity, view.first_county) == ("市妇幼保健院", "01", "370303")
    number = people.number_of(child.subject, None)
    assert number is not None
    assert number[:14] == f"370399{timezone.localdate():%Y%m%d}"
    kin = set(Kinship.objects.filter(subject=child.subject).values_list("kind", "kin"))
    both = (city.world["田大年"], city.world["方小满"])
    assert kin == {("father", both[0]), ("mother", both[1]), ("guardian", both[0]), ("guardian", both[1])}
    origin = Origin.objects.get(subject=child.subject)
    assert (origin.certificate, origin.late, origin.wedlock, origin.twin) == ("Q370000001", False, True, False)
    act = Act.objects.get(pk=done.act_id)
    assert (act.event, {one["rule"] for one in act.evidence["clauses"]}) == (
        "BIRTH", {"B-01", "B-02", "B-03", "B-04", "B-09"},
    )  # fmt: skip
    assert city.number("田大年") not in str(act.evidence)


def test_the_officer_sees_the_household_with_the_child_before_it_is_written(city: City) -> None:
    case = handed_in(city, city.father)
    [after] = flow.preview(fresh(case)).after
    assert [one.name for one in after.members] == ["田大年", "方小满", "田苗苗"]
    assert len(history.household(city.world["户"], *today()).members) == 2


def test_the_same_certificate_is_not_registered_again_by_the_other_parent(city: City) -> None:
    decided(city, handed_in(city, city.mother))
    closed(city, city.father)


def test_two_parents_at_once_register_one_child(city: City) -> None:
    first, second = handed_in(city, city.mother), handed_in(city, city.father)
    decided(city, first)
    with pytest.raises(AnjiaError):
        decided(city, second)
    assert len(history.household(city.world["户"], *today()).members) == 3


def test_twins_are_registered_one_after_the_other(city: City) -> None:
    city.certify(multiple=True)
    twin = {"name": "田粟粟", "sex": "2", "born_on": f"{timezone.localdate()}", "place": "市妇幼保健院"}
    city.certify(certificate_no="Q370000002", multiple=True, child=twin)
    decided(city, handed_in(city, city.mother, certificate_no="Q370000001"))
    decided(city, handed_in(city, city.mother, certificate_no="Q370000002"))
    names = [one.name for one in history.household(city.world["户"], *today()).members]
    assert sorted(names) == ["方小满", "田大年", "田粟粟", "田苗苗"]


def other_people(city: City) -> None:
    city.certify(mother={"no": city.number("方小满"), "name": "方小满", "ethnicity": "03"})
    do("change", register="particulars", subject=city.world["方小满"], values={"ethnicity": "03"})


def test_parents_of_different_ethnicity_decide_together(city: City) -> None:
    other_people(city)
    case = handed_in(city, city.father, follows="mother")
    with pytest.raises(AnjiaError, match="rule-not-met"):
        decided(city, case)
    consents.answer(city.mother, consents.asked_of(city.world["方小满"])[0].pk, True)
    assert decided(city, case).state == "decided"
    assert history.person(child_of(city).subject, *today()).ethnicity == "03"


@pytest.mark.parametrize("spoil", [
    lambda city: city.certify(child={"name": "田苗苗", "sex": "2", "born_on": "2020-01-01", "place": "某院"}),
    lambda city: city.certify(
        father={"no": written(Person("外", "1", "1990-01-01"), 77), "name": "外", "ethnicity": "01"},
        mother={"no": written(Person("外", "2", "1990-01-01"), 78), "name": "外", "ethnicity": "01"},
    ),
])  # fmt: skip
def test_who_may_not_is_told_and_no_officer_can_pass_it(city: City, spoil: Callable[[City], None]) -> None:
    spoil(city)
    closed(city, city.mother)


def closed(city: City, who: Actor) -> None:
    case = handed_in(city, who)
    assert facts.judgement(fresh(case)).outcomes == {"with-parent": "no"}
    with pytest.raises(AnjiaError, match="rule-not-met"):
        decided(city, case)


def test_a_department_that_is_down_asks_and_never_refuses(city: City) -> None:
    city.departments.control("fault", interface="birth-certificate", mode="down", latency_ms=0)
    case = facts.refresh(city.mother, cases.open_case(city.mother, "D01", channel="residents"))
    assert facts.judgement(case).outcomes["with-parent"] == "unknown"
