"""A newborn in a real browser: a parent on the phone, the station at its keys, the child's page of the booklet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from anjia.casework.models import Case
from anjia.credentials import issuing
from anjia.exchange import source
from anjia.kernel.models import Act
from simulators.departments.process import Running
from tests.casework import steps
from tests.casework.test_newborn import City, child_of, open_city

People = Callable[..., Page]


@pytest.fixture
def city(
    transactional_db: None, shared_departments: Running, departments_folder: Path, settings: Any
) -> Iterator[City]:
    yield open_city(shared_departments, departments_folder, settings)
    source.line().client.close()
    source.line.cache_clear()


def test_a_newborn_from_the_phone_to_the_booklet(
    site: str, people_of: People, inspect: Any, picture_of: Any, city: City, tmp_path: Path
) -> None:
    page = people_of(city.mother)
    page.goto("/")
    page.get_by_role("searchbox").fill("给孩子上户口")
    page.get_by_role("button", name="问一问").click()
    page.get_by_role("link", name="先查我符不符合").click()
    inspect("/items/newborn-registration/", city.mother, "newborn-item")
    page.get_by_role("button", name="先查我符不符合").click()
    fill_in(page, inspect, city)
    case = Case.objects.get()
    inspect(f"/cases/{case.number}/result/", city.mother, "newborn-result")
    page.locator(".aj-actionbar").get_by_role("button").click()
    expect(page.get_by_text("下一步：受理")).to_be_visible()
    decide(people_of, picture_of, city, case)
    issue(case)
    page.reload()
    expect(page.get_by_text("已办结：落在您的户里")).to_be_visible()
    inspect(f"/cases/{case.number}/", city.mother, "newborn-decided")
    inspect("/household/", city.mother, "newborn-household")
    page.goto("/household/")
    expect(page.get_by_text("田苗苗")).to_be_visible()
    take_page(page, inspect, city, tmp_path)


def fill_in(page: Page, inspect: Any, city: City) -> None:
    """Checks what the certificate says and gives a phone: nothing else is asked."""
    expect(page.get_by_role("heading", level=1)).to_have_text("孩子")
    expect(page.locator(".aj-facts")).to_contain_text("田苗苗")
    inspect(page.url, city.mother, "newborn-form")
    page.get_by_label("是", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("联系方式")
    page.get_by_label("手机号码").fill("13800000000")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".aj-actionbar").get_by_role("button")).to_be_visible()


def decide(people_of: People, picture_of: Any, city: City, case: Case) -> None:
    """Two persons of the station pass the case by key."""
    address = f"/counter/cases/{case.number}/"
    picture_of(address, city.assistant, "newborn-counter", ("desk", "english"))
    for actor in (city.assistant, city.approver):
        page = people_of(actor, "desk")
        page.goto(address)
        page.keyboard.press("F8")
        expect(page.locator(".aj-case-head")).to_be_visible()
        page.wait_for_load_state()
        page.close()
    assert steps.fresh(case).state == "decided"


def issue(case: Case) -> None:
    """The worker does its part away from the browser's event loop."""
    done = steps.fresh(case)
    steps.run_effects(done)

    def make() -> None:
        documents = ["decision-notice", "booklet-page"]
        issuing.issue_documents(act_id=done.act_id, documents=documents, person=done.person)
        connection.close()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(make).result()


def take_page(page: Page, inspect: Any, city: City, folder: Path) -> None:
    """The parent takes the child's page of the booklet, sealed."""
    page.goto("/documents/")
    page.get_by_role("link", name="居民户口簿电子信息").first.click()
    inspect(page.url, city.mother, "newborn-page")
    with page.expect_download() as down:
        page.get_by_role("link", name="下载 PDF").click()
    path = folder / "page.pdf"
    down.value.save_as(path)
    assert path.read_bytes().startswith(b"%PDF-")
    child = child_of(city)
    assert Act.objects.get(event="BIRTH").effective_on >= child.birth_on
