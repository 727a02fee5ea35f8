"""An address at the desk in a real browser: from the household to its address, back in time, and to who lived there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.kernel.models import Actor
from anjia.registers import divisions
from tests.casework.conftest import actor
from tests.casework.test_first_city import FOLDER
from tests.cities import published
from tests.registers.test_redrawing import DIVISIONS, NORTH, STEPS
from tests.registers.world import DAY, EAST, WEST, Person, World, do, make

People = Callable[..., Page]
COUNTER = ("desk", "standard", "english", "dark")


@pytest.fixture
def world(site: str, tmp_path: Path) -> World:
    """A dwelling in a division that was split: a family, a lodger since some day of 2020, one who has left."""
    published(FOLDER)
    (tmp_path / "divisions.csv").write_text(DIVISIONS, encoding="utf-8")
    (tmp_path / "successions.csv").write_text(STEPS, encoding="utf-8")
    divisions.load(tmp_path)
    found = make(
        [
            Person("甲先生", "1", "1980-01-01", "柳桥路三", spouse="乙女士", marital="20"),
            Person("乙女士", "2", "1982-01-01", "柳桥路三", "12", marital="20"),
            Person("丙先生", "1", "1990-01-01", "邻"),
            Person("丁女士", "2", "1991-01-01", "邻", "97"),
        ],
        homes={"柳桥路三": ("J1", EAST), "邻": ("J1", WEST)}, dwellings={"新居": EAST},
    )  # fmt: skip
    place = found.code("at 柳桥路三")
    do("record-stay", person=found["丁女士"], place=place, since="2016-03-01")
    do("end-stay", person=found["丁女士"], since="2019-07")
    do("record-stay", person=found["丙先生"], place=place, since="2020")
    do("open-enquiry", DAY, subject=found["丙先生"], register="residence", ground="邻居反映不住在这里")
    do("redraw-division", DAY, old=EAST, new=NORTH, old_text="at ", new_text="北社区")
    return found


@pytest.fixture
def officer(world: World) -> Actor:
    return actor("officer", "staff", "approving-officer", areas=["990101002"], station="990101002000")


def test_from_the_household_to_its_address_and_back_in_time(
    people_of: People, picture_of: Any, world: World, officer: Actor
) -> None:
    page = people_of(officer, "desk")
    page.goto("/counter/register/990000001/")
    page.get_by_role("link", name="这处地址的登记").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("北社区柳桥路三号")
    expect(page.locator("#place")).to_contain_text("北社区")
    expect(page.locator("#resident")).to_contain_text("有争议，正在核查")
    page.get_by_label("看哪一天的登记").fill("2020-06-01")
    page.locator(".aj-slider").get_by_role("button", name="查看", exact=True).click()
    expect(page.locator("#place")).to_contain_text("东县柳桥镇柳桥社区")
    expect(page.locator("#resident")).to_contain_text("可能")
    place, day = world["at 柳桥路三"], (timezone.localdate() - timedelta(days=1)).isoformat()
    picture_of(f"/counter/places/{place}/?on=2020-06-01", officer, "counter-place-past", COUNTER)
    picture_of(f"/counter/places/{place}/?on={day}&known_at={day}T08:00", officer, "counter-place-unknown", COUNTER)
    picture_of(f"/counter/places/{place}/", officer, "counter-place", COUNTER)
    picture_of(f"/counter/persons/{world['丙先生']}/", officer, "counter-person-residence", ("desk", "standard"))
    page.goto(f"/counter/places/{place}/")
    page.locator("#resident details summary").click()
    page.locator("#resident").get_by_role("link", name="丁＊士").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("丁＊士")
