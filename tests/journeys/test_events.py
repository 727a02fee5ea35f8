"""A death declared on the phone and a change of name decided at the desk, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from simulators.departments.process import Running
from tests.casework import filed, filings, steps
from tests.casework.filings import Town

People = Callable[..., Page]
COUNTER = ("desk", "english")


@pytest.fixture
def place(
    transactional_db: None, shared_departments: Running, departments_folder: Any, settings: Any
) -> Iterator[Town]:
    """The town of all applications."""
    with filings.town(shared_departments, departments_folder, settings) as made:
        yield made


def test_a_son_declares_a_death_on_the_phone(
    people_of: People, inspect: Any, picture_of: Any, place: Town
) -> None:
    son = place.who("子")
    inspect("/items/cancellation-on-death/", son, "death-item")
    page = people_of(son)
    page.goto("/items/cancellation-on-death/")
    page.get_by_role("button", name="先查我符不符合").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("谁去世了")
    inspect(page.url, son, "death-who")
    page.get_by_label("父", exact=True).check()
    page.get_by_label("亲属", exact=True).check()
    page.get_by_label("否", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("死亡证明")
    inspect(page.url, son, "death-proof")
    page.get_by_label("死亡医学证明、火化证明或公安司法证明").check()
    day = f"{timezone.localdate() - timedelta(days=3)}"
    for label in ("死亡日期", "证明或者判决书写明的日期"):
        page.get_by_label(label).fill(day)
    page.get_by_label("证明或判决书编号").fill("S-1")
    page.get_by_role("button", name="保存").click()
    inspect(page.url, son, "death-head")
    page.get_by_label("母", exact=True).check()
    page.get_by_role("button", name="保存").click()
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile("result"))
    case = Case.objects.get()
    inspect(f"/cases/{case.number}/result/", son, "death-result")
    page.locator(".aj-actionbar").get_by_role("button").click()
    page.wait_for_url(re.compile(f"cases/{case.number}/$"))
    address = f"/counter/cases/{case.number}/"
    picture_of(address, place.approver, "death-case", COUNTER)
    decide(people_of, place.approver, address, ticked=("原件", "死亡医学证明"))
    assert steps.fresh(case).state == "decided"
    assert filed.status("父")(place) == ("1", False)
    assert filed.home("母")(place) == {"母": "02", "子": "20", "媳": "38", "孙": "41"}
    page.goto("/household/")
    expect(page.get_by_text("户主", exact=True).first).to_be_visible()
    inspect("/household/", son, "death-household")


def test_the_desk_says_yes_or_no_to_what_stands_against_a_name(people_of: People, picture_of: Any, place: Town) -> None:
    answers = {"name": filed.NAME, **filings.PHONE}
    case = filings.filed(place, "弟", "E37", answers, counter=True)
    steps.take(place.assistant, case, "prereview")
    address = f"/counter/cases/{case.number}/"
    picture_of(address, place.assistant, "name-case", COUNTER)
    decide(people_of, place.assistant, address, ticked=("原件",))
    assert steps.fresh(case).next_step == "accept", "what may be against the person is not left open"
    decide(people_of, place.assistant, address, ticked=("原件", "签名"), against="no")
    picture_of(address, place.approver, "name-approve", COUNTER)
    decide(people_of, place.approver, address)
    assert steps.fresh(case).state == "decided"
    assert filed.page("弟", "name")(place) == ("方正",)


def decide(
    people_of: People, actor: Any, address: str, *, ticked: tuple[str, ...] = (), against: str = ""
) -> None:
    """One step at the counter: boxes ticked by a word of their label, the rest answered, then the key."""
    page = people_of(actor, "desk")
    page.goto(address)
    for label in page.locator(".aj-decision-checks label").all():
        box = label.locator("input")
        if box.count() and any(word in label.inner_text() for word in ticked):
            box.check()
        if against and label.locator("select").count():
            label.locator("select").select_option(against)
    page.keyboard.press("F8")
    page.wait_for_load_state()
    expect(page.locator(".aj-case-head")).to_be_visible()
    page.close()
