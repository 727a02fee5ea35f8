"""Collective households at the desk in a real browser: set up, looked at, another officer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.casework.conftest import actor
from tests.cities import published
from tests.journeys.conftest import CITY
from tests.registers.world import Person, World, make

HERE = "370303001001"
NAMES = ("王建国", "李秀英", "张伟", "刘洋", "陈静", "赵敏")
PERSONS = tuple(
    Person(name, "12"[turn % 2], f"{1980 + turn}-0{turn + 1}-11", "厂", "99") for turn, name in enumerate(NAMES)
)
COUNTER = ("desk", "standard", "english", "dark")


@pytest.fixture
def world(transactional_db: None) -> World:
    """A factory, a school and a community with households in the first city."""
    published(CITY)
    return make(PERSONS, homes={"厂": ("T1", HERE), "校": ("T2", HERE), "社区": ("T4", HERE)})


def test_an_officer_keeps_the_collective_households(
    people_of: Callable[..., Page], picture_of: Any, world: World
) -> None:
    chief = actor("chief", "staff", "approving-officer", areas=["370303001"], station="370303001000")
    page = people_of(chief, "desk")
    page.goto("/counter/collectives/")
    page.get_by_role("link", name="设立集体户").click()
    page.get_by_label("类型").select_option(label="农村集体户")
    page.get_by_label("社区（村）代码，12 位").fill(HERE)
    page.get_by_label("协管员").fill("周村书记")
    page.get_by_label("依据的材料或决定").fill("村委会申请 2026-7")
    page.get_by_role("button", name="立户").click()
    expect(page.get_by_text("户内没有成员。")).to_be_visible()
    picture_of("/counter/collectives/", chief, "collectives", COUNTER)
    picture_of("/counter/collectives/new/", chief, "collectives-new", COUNTER)
    picture_of("/counter/collectives/990000001/", chief, "collective", COUNTER)
    page.goto("/counter/collectives/990000001/")
    page.get_by_label("新协管员姓名").fill("孙新管")
    page.locator("#reason_officer").fill("单位来函 8 号")
    page.get_by_role("button", name="任命").click()
    expect(page.locator("#household")).to_contain_text("孙新管")
