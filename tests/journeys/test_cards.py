"""A first ID card in a real browser: taken at the window, signed by another, made by the maker, and handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from anjia.exchange import cardmaking, source
from anjia.registers import cards
from simulators.departments.process import Running
from tests.casework import residents
from tests.casework.residents import City

People = Callable[..., Page]
COUNTER = ("desk", "standard", "english", "dark")


@pytest.fixture
def city(site: str, shared_departments: Running, departments_folder: Path, settings: Any) -> Iterator[City]:
    with residents.first_city(shared_departments, departments_folder, settings, residents.months_ago(8)) as found:
        residents.owner_is_known(found)
        yield found


def state(city: City) -> str:
    return cards.cards(city.town.lessor, timezone.localdate(), timezone.now())[0].state


def test_from_the_application_to_the_owner(people_of: People, picture_of: Any, city: City) -> None:
    own = f"/counter/persons/{city.town.lessor}/cards/"
    picture_of(own, city.assistant, "counter-cards-none", ("desk", "standard"))
    take(people_of(city.assistant, "desk"), own)
    sign(people_of(city.approver, "desk"), own)
    assert state(city) == "reviewed"
    picture_of("/counter/cards/", city.assistant, "counter-cards-accepted", COUNTER)
    number = cards.cards(city.town.lessor, timezone.localdate(), timezone.now())[0].number
    city.departments.control("cards", lose=[number])
    assert cardmaking.hand_over(source.line).waiting == 1
    picture_of(own, city.approver, "counter-card-making", COUNTER)
    page = people_of(city.assistant, "desk")
    page.goto("/counter/cards/?show=making")
    expect(page.get_by_role("link", name="方＊")).to_be_visible()
    assert cardmaking.hand_over(source.line).made == 1
    picture_of(own, city.assistant, "counter-card-ready", COUNTER)
    hand_out(page)
    assert state(city) == "valid"
    picture_of(own, city.approver, "counter-card-valid", COUNTER)


def take(page: Page, own: str) -> None:
    """The assistant finds the person's cards from the person, and takes the first application."""
    page.goto(own.removesuffix("cards/"))
    page.get_by_role("link", name="此人的身份证").click()
    form = page.locator("#apply-X05")
    form.get_by_label("手机号码").fill("13800000000")
    form.get_by_label("相片已采集或可以沿用，符合制证标准").check()
    form.get_by_role("button", name="受理").click()
    expect(page.get_by_role("alert")).to_contain_text("指纹")
    page.get_by_role("alert").get_by_role("link").click()
    page.get_by_label("指纹已当面采集，或在沿用期内").check()
    page.get_by_label("相片已采集或可以沿用，符合制证标准").check()
    page.get_by_role("button", name="受理，采集相片和指纹通过").click()
    expect(page.get_by_text("审核签发").first).to_be_visible()


def sign(page: Page, own: str) -> None:
    """The approving officer follows the case from the person's cards and signs it."""
    page.goto(own)
    case = Case.objects.get(item="X05")
    page.locator("#apply-X05").get_by_role("link", name=case.number).click()
    page.get_by_role("button", name="同意").click()
    expect(page.get_by_text("此件已办结").or_(page.get_by_text("已办结")).first).to_be_visible()


def hand_out(page: Page) -> None:
    """The assistant finds the card among those that arrived, and gives it to its owner."""
    page.goto("/counter/cards/")
    page.get_by_role("link", name="已到所").click()
    page.get_by_role("link", name="方＊").click()
    page.get_by_label("本人领取，已核对").check()
    page.get_by_role("button", name="发证").click()
    expect(page.locator(".aj-card .aj-tag").first).to_have_text("有效")
