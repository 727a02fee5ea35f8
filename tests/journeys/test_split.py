"""A household split in a real browser: the son asks on the phone, the station decides and sees both sides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from anjia.exchange import source
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework import steps
from tests.casework.clan import Clan, clan
from tests.cities import connected, published
from tests.journeys.conftest import CITY

People = Callable[..., Page]
COUNTER = ("desk", "standard", "english", "dark")


@pytest.fixture
def home(
    transactional_db: None, shared_departments: Running, departments_folder: Any, settings: Any
) -> Iterator[Clan]:
    """A family of the first city, on its real definitions."""
    published(CITY)
    connected(shared_departments, departments_folder, settings)
    yield clan(shared_departments)
    source.line().client.close()
    source.line.cache_clear()


def test_a_son_splits_off_from_the_phone_to_the_two_households(
    people_of: People, inspect: Any, picture_of: Any, home: Clan
) -> None:
    inspect("/items/split-household/", home.son, "split-item")
    page = people_of(home.son)
    page.goto("/items/split-household/")
    page.get_by_role("button", name="先查我符不符合").click()
    case = ask(page, inspect, home)
    address = f"/counter/cases/{case.number}/"
    for actor, checks in ((home.assistant, False), (home.assistant, True), (home.examiner, False)):
        decide(people_of, actor, address, checks=checks)
    picture_of(address, home.approver, "split-case", COUNTER)
    decide(people_of, home.approver, address, checks=False)
    assert steps.fresh(case).state == "decided"
    picture_of(address, home.approver, "split-decided", COUNTER)
    page.goto("/household/")
    expect(page.get_by_text("户主", exact=True).first).to_be_visible()
    inspect("/household/", home.son, "split-household")
    both_sides(home)
    old = history.household_of(home.keys["父"], *steps.today())
    assert old is not None
    picture_of(f"/counter/register/{old.number}/", home.approver, "split-register", COUNTER)


def ask(page: Page, inspect: Any, home: Clan) -> Case:
    """Says why, who comes along, and how to be reached; then hands it in."""
    expect(page.get_by_role("heading", level=1)).to_have_text("为什么分户")
    inspect(page.url, home.son, "split-form")
    page.get_by_label("结婚").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("谁和您一起分出来")
    inspect(page.url, home.son, "split-people")
    page.get_by_label("是", exact=True).check()
    page.get_by_label("媳", exact=True).check()
    page.get_by_label("孙", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("联系方式")
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    case = Case.objects.get()
    page.wait_for_url(re.compile("result"))
    inspect(f"/cases/{case.number}/result/", home.son, "split-result")
    page.locator(".aj-actionbar").get_by_role("button").click()
    expect(page.get_by_text("下一步：在线预审")).to_be_visible()
    return case


def decide(people_of: People, actor: Any, address: str, *, checks: bool) -> None:
    """One step at the counter, by key."""
    page = people_of(actor, "desk")
    page.goto(address)
    if checks:
        for box in page.locator(".aj-decision-checks input").all():
            box.check()
    page.keyboard.press("F8")
    page.wait_for_load_state()
    expect(page.locator(".aj-case-head")).to_be_visible()
    page.close()


def both_sides(home: Clan) -> None:
    """Both households stand at one address, each with its head."""
    new = history.household_of(home.keys["子"], *steps.today())
    old = history.household_of(home.keys["父"], *steps.today())
    assert new is not None
    assert old is not None
    assert (new.head, old.head) == (home.keys["子"], home.keys["父"])
    assert (new.place, new.address) == (old.place, old.address)
