"""From arrival to the second endorsement on the definitions of the first city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import cases, facts, flow
from anjia.casework.models import Case
from anjia.credentials import issuing
from anjia.kernel.models import Act
from anjia.registers import endorsing
from anjia.registers.card import Card
from anjia.registers.stay import Stay
from simulators.departments.process import Running
from tests.casework import residents
from tests.casework.residents import City, Clock
from tests.casework.steps import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    with residents.first_city(shared_departments, departments_folder, settings, residents.months_ago(8)) as found:
        yield found


def permit(city: City) -> endorsing.PermitView:
    view = endorsing.permit(city.person, timezone.localdate(), timezone.now())
    assert view is not None
    return view


def lacking(city: City, case: Case, rule: str) -> list[str]:
    [judged] = [one for one in flow.desk(city.approver, case).rules if one.rule.id == rule]
    return [part.clause.id for part in judged.clauses if part.verdict == "no"]


def endorsed(city: City) -> Any:
    case = residents.submitted(city.newcomer, "D19", what={"outcome": "endorsed", "phone": "13800000000"})
    return take(city.approver, case, "decide", checks={"papers.genuine": True})


def test_an_arrival_is_registered_at_the_leased_dwelling(city: City) -> None:
    arrived = residents.months_ago(7)
    case = residents.registered(city, arrived)
    assert (case.state, case.station) == ("decided", "370303001000")
    stay = Stay.objects.get(subject=city.person, recorded_to=None)
    assert (stay.since, stay.home_address) == (arrived, residents.HOME["home_address"])
    assert Act.objects.get(pk=case.act_id).event == "RESREG"


def test_a_local_person_needs_no_registration(city: City) -> None:
    case = facts.refresh(city.local, cases.open_case(city.local, "D17", channel="residents"))
    assert "outside" in lacking(city, case, "R-01")


def test_half_a_year_is_waited_for(city: City) -> None:
    residents.registered(city, residents.months_ago(5))
    case = facts.refresh(city.newcomer, cases.open_case(city.newcomer, "D18", channel="residents"))
    assert lacking(city, case, "R-03") == ["half-year"]


def test_from_application_to_the_second_endorsement(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    residents.registered(city, residents.months_ago(7))
    done = residents.permitted(city)
    issued = permit(city)
    assert (done.state, issued.state, issued.ground) == ("decided", "valid", "job")
    document = issuing.issue_of_act(Act.objects.get(pk=done.act_id), "residence-permit", city.person)
    assert document.title_zh == "居住证电子凭证"
    clock.to(issued.due_on - timedelta(days=9))
    assert permit(city).in_window
    endorsed(city)
    assert (permit(city).years_from, permit(city).endorsements) == (issued.issued_on, 1)
    clock.to(permit(city).due_on + timedelta(days=20))
    assert endorsing.suspend_missed() == 1
    assert permit(city).state == "suspended"
    endorsed(city)
    last = permit(city)
    assert (last.state, last.issued_on, last.years_from) == ("valid", issued.issued_on, timezone.localdate())
    assert (last.years, last.years_issued, last.endorsements) == (0, 2, 2)
    assert Act.objects.get(event="PERMIT_SUSPEND").definition != "0" * 64


def test_a_lost_permit_is_replaced(city: City) -> None:
    residents.registered(city, residents.months_ago(7))
    residents.permitted(city)
    before = permit(city)
    what = {"outcome": "reissued", "lost": "yes", "phone": "13800000000"}
    case = residents.submitted(city.newcomer, "D19", what=what)
    assert take(city.approver, case, "decide", checks={"papers.genuine": True}).state == "decided"
    assert (permit(city).issued_on, permit(city).serial != before.serial) == (before.issued_on, True)


def test_a_newcomer_gets_an_id_card_here(city: City) -> None:
    residents.registered(city, residents.months_ago(7))
    contact = {"phone": "13800000000"}
    case = residents.submitted(city.newcomer, "X05", contact=contact)
    case = take(city.assistant, case, "accept", checks={**residents.SEEN, "prints.done": True})
    assert take(city.approver, case, "approve").state == "decided"
    card = Card.objects.get(subject=city.person, recorded_to=None)
    assert (card.state, card.purpose, card.years) == ("reviewed", "first", 20)
