"""A newcomer's way in a real browser: registered, permitted, endorsed, once missed, and endorsed late at the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from anjia.registers import endorsing
from anjia.registers.endorsing import PermitView
from simulators.departments.process import Running
from tests.casework import residents
from tests.casework.residents import City, Clock
from tests.casework.steps import take

People = Callable[..., Page]
COUNTER = ("desk", "standard", "english", "dark")


@pytest.fixture
def city(site: str, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    with residents.first_city(shared_departments, departments_folder, settings, residents.months_ago(8)) as found:
        yield found


def permit(city: City) -> PermitView:
    view = endorsing.permit(city.person, timezone.localdate(), timezone.now())
    assert view is not None
    return view


def test_from_arrival_to_the_second_endorsement(
    people_of: People, inspect: Any, picture_of: Any, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    inspect("/permit/", city.local, "permit-local", ("standard", "english"))
    inspect("/permit/", city.newcomer, "permit-none", ("standard", "english"))
    register(people_of(city.newcomer), city)
    inspect("/permit/", city.newcomer, "permit-apply")
    apply(people_of(city.newcomer), city)
    issued = permit(city)
    inspect("/permit/", city.newcomer, "permit-valid")
    clock.to(issued.due_on - timedelta(days=9))
    endorse_online(people_of(city.newcomer), inspect, city)
    assert (permit(city).endorsements, permit(city).years_from) == (1, issued.issued_on)
    clock.to(permit(city).due_on + timedelta(days=20))
    assert endorsing.suspend_missed() == 1
    inspect("/permit/", city.newcomer, "permit-suspended")
    endorse_at_the_window(people_of, picture_of, city)
    last = permit(city)
    assert (last.state, last.issued_on, last.years_from) == ("valid", issued.issued_on, timezone.localdate())
    assert (last.endorsements, last.years, last.years_issued) == (2, 0, 2)
    page = people_of(city.newcomer)
    page.goto("/permit/")
    expect(page.get_by_text("签发满 2 年，签发日期不变")).to_be_visible()


def register(page: Page, city: City) -> None:
    """The newcomer registers the leased dwelling; the officer confirms it."""
    page.goto("/permit/")
    page.get_by_role("link", name="办居住登记").click()
    page.get_by_role("button", name="先查我符不符合").click()
    page.get_by_label("哪天住到这里的").fill(residents.months_ago(7).isoformat())
    page.get_by_label("是", exact=True).check()
    page.get_by_label("租房", exact=True).check()
    page.get_by_label("本人", exact=True).check()
    page.get_by_role("button", name="保存").click()
    page.get_by_label("户口所在区县的六位代码").fill(residents.HOME["home_division"])
    page.get_by_label("户口登记的住址").fill(residents.HOME["home_address"])
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    page.locator(".aj-actionbar").get_by_role("button").click()
    case = Case.objects.get(item="D17")
    assert take(city.approver, case, "register", checks={"papers.genuine": True}).state == "decided"


def apply(page: Page, city: City) -> None:
    """The newcomer applies on the ground of work; three officers decide."""
    page.goto("/permit/")
    page.get_by_role("link", name="申领居住证").click()
    page.get_by_role("button", name="先查我符不符合").click()
    page.get_by_label("凭稳定就业领证").check()
    page.get_by_label("是", exact=True).check()
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    page.locator(".aj-actionbar").get_by_role("button").click()
    case = take(city.assistant, Case.objects.get(item="D18"), "prereview")
    case = take(city.assistant, case, "accept", checks=residents.SEEN)
    assert take(city.approver, take(city.examiner, case, "examine"), "approve").state == "decided"


def endorse_online(page: Page, inspect: Any, city: City) -> None:
    """In the window the page says how long is left and leads to the service."""
    inspect("/permit/", city.newcomer, "permit-window")
    page.goto("/permit/")
    expect(page.get_by_text("现在可以签注，还有 9 天")).to_be_visible()
    page.get_by_role("link", name="去签注").click()
    page.get_by_role("button", name="先查我符不符合").click()
    page.get_by_label("签注", exact=True).check()
    page.get_by_role("button", name="保存").click()
    page.locator(".aj-actionbar").get_by_role("button").click()
    case = Case.objects.get(item="D19")
    assert take(city.approver, case, "decide", checks={"papers.genuine": True}).state == "decided"


def endorse_at_the_window(people_of: People, picture_of: Any, city: City) -> None:
    """The officer finds the permit among the missed ones and endorses it at once."""
    serial = permit(city).serial
    picture_of("/counter/permits/?show=late", city.approver, "counter-permits", COUNTER)
    picture_of(f"/counter/permits/{serial}/", city.approver, "counter-permit", COUNTER)
    page = people_of(city.approver, "desk")
    page.goto("/counter/permits/")
    page.get_by_role("link", name="已逾期").click()
    page.get_by_role("link", name=serial).click()
    page.get_by_label("已核对持证人身份证，本人在场").check()
    page.get_by_role("button", name="补签").click()
    expect(page.get_by_text("使用功能中止").first).to_be_visible()
    expect(page.locator("#permit .aj-tag").first).to_have_text("有效")
    picture_of(f"/counter/permits/{serial}/", city.approver, "counter-permit-restored", ("desk", "standard"))
