"""The desk's pages of permits and newcomers: by area, on both axes, at once and only once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anjia.casework.models import Case
from anjia.kernel.models import AccessRecord
from anjia.registers import endorsing, people
from anjia.registers.stay import Stay
from simulators.departments.process import Running
from tests.casework import residents
from tests.casework.conftest import actor
from tests.casework.residents import City, Clock
from tests.registers.world import Person, number

pytestmark = pytest.mark.django_db
Visit = Callable[..., Client]


@pytest.fixture
def city(db: None, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    with residents.first_city(shared_departments, departments_folder, settings, residents.months_ago(8)) as found:
        yield found


@pytest.fixture
def serial(city: City) -> str:
    residents.registered(city, residents.months_ago(7))
    residents.permitted(city)
    return held(city).serial


def held(city: City) -> endorsing.PermitView:
    view = endorsing.permit(city.person, timezone.localdate(), timezone.now())
    assert view is not None
    return view


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def test_the_list_holds_what_is_due_in_the_area(
    city: City, serial: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    assert serial not in visit(city.approver).get("/counter/permits/").content.decode()
    clock.to(held(city).due_on - timedelta(days=20))
    page = visit(city.approver).get("/counter/permits/").content.decode()
    assert serial in page
    assert "罗＊来" in page
    assert residents.NAME not in page
    assert serial not in visit(city.approver).get("/counter/permits/?show=late").content.decode()
    clock.to(held(city).due_on + timedelta(days=1))
    assert "已过 1 天" in visit(city.approver).get("/counter/permits/?show=late").content.decode()
    stranger = actor("stranger", "staff", "approving-officer", areas=["370302001"], station="370302001000")
    assert serial not in visit(stranger).get("/counter/permits/?show=late").content.decode()
    assert visit(stranger).get(f"/counter/permits/{serial}/").status_code == 404
    assert visit(city.approver).get("/counter/permits/R00000000000000/").status_code == 404


def test_a_permit_is_read_on_both_axes_and_the_look_is_recorded(city: City, serial: str, visit: Visit) -> None:
    client = visit(city.assistant)
    yesterday = timezone.localdate() - timedelta(days=1)
    assert "这一天没有居住证" in client.get(f"/counter/permits/{serial}/?on={yesterday}").content.decode()
    page = client.get(f"/counter/permits/{serial}/").content.decode()
    assert "石桥路1号" in page
    assert "起可以签注" in page
    assert AccessRecord.objects.filter(register="permit", subject=city.person).count() == 2


def test_an_endorsement_at_the_window_is_one_case_and_one_act(
    city: City, serial: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch).to(held(city).due_on - timedelta(days=3))
    client = visit(city.approver)
    key = key_in(client.get(f"/counter/permits/{serial}/").content.decode())
    for _ in range(2):
        answer = client.post(f"/counter/permits/{serial}/endorse/", {"key": key, "check": "yes"})
        assert answer.status_code == 302
    assert (held(city).endorsements, Case.objects.filter(item="D19", state="decided").count()) == (1, 1)
    again = client.post(f"/counter/permits/{serial}/endorse/", {"key": "", "check": "yes"})
    assert again.status_code == 400
    assert visit(city.examiner).post(f"/counter/permits/{serial}/endorse/", {"key": key}).status_code == 403


def newcomer(city: City, **changed: str) -> dict[str, str]:
    return {
        "name": "钱新来", "number": number(Person("钱新来", "2", "1999-02-03"), 5), "ethnicity": "01",
        "home_division": "", "home_address": "外省外县一号", "place_code": city.town.dwelling,
        "arrived_on": timezone.localdate().isoformat(), "ground": "kin", "reported_by": "self",
        "phone": "13900000000", "seen": "yes",
    } | changed  # fmt: skip


def test_a_newcomer_is_registered_at_the_window_at_once(city: City, visit: Visit) -> None:
    known = {"no": newcomer(city)["number"], "name": "钱新来", "birth_on": "1999-02-03", "sex": "2"}
    city.departments.control("add", kind="person", record=known)
    client = visit(city.approver)
    key = key_in(client.get("/counter/newcomers/").content.decode())
    for _ in range(2):
        answer = client.post("/counter/newcomers/", {**newcomer(city), "key": key})
        assert answer.status_code == 302
    person = people.find_by_number(newcomer(city)["number"])
    assert person is not None
    stay = Stay.objects.get(subject=person, recorded_to=None)
    assert (stay.ground, stay.home_division, stay.since) == ("kin", "990199", timezone.localdate())
    assert Case.objects.filter(item="D17", person=person).count() == 1


def test_what_is_wrong_is_said_beside_what_was_typed(city: City, visit: Visit) -> None:
    client = visit(city.approver)
    key = key_in(client.get("/counter/newcomers/").content.decode())
    bad = client.post("/counter/newcomers/", {**newcomer(city, number="123", home_division="1"), "key": key})
    assert bad.status_code == 422
    page = bad.content.decode()
    assert "身份号码应为 18 位" in page
    assert "钱新来" in page
    local = newcomer(city, number=city.town.tenant_no, name="田租客")
    refused = client.post("/counter/newcomers/", {**local, "key": key})
    assert refused.status_code in (403, 409, 422)
    other = client.post("/counter/newcomers/", {**newcomer(city, number=city.number), "key": key})
    assert "登记簿中这个号码是另一个姓名" in other.content.decode()
    assert not Stay.objects.exists()
