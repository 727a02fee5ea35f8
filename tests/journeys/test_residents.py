"""A resident's whole way in a real browser: from the home page to the sealed booklet page."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from anjia.casework.models import Case, Consent
from anjia.credentials import issuing
from anjia.registers import history
from tests.casework import steps
from tests.casework.conftest import Staff

People = Callable[..., Page]


def test_a_settlement_from_the_phone_to_the_sealed_page(
    people_of: People, inspect: Any, staff: Staff, departments: Any, certificates: None, tmp_path: Path
) -> None:
    inspect("/", name="home-guest")
    inspect("/", staff.tenant, "home-empty")
    inspect("/items/settle-by-lease/", staff.tenant, "item")
    page = people_of(staff.tenant)
    page.goto("/")
    page.get_by_role("searchbox").fill("租的房子能落户吗")
    page.get_by_role("button", name="问一问").click()
    inspect("/search/?q=租的房子能落户吗", staff.tenant, "search")
    page.get_by_role("link", name="先查我符不符合").click()
    page.get_by_role("button", name="先查我符不符合").click()
    fill_in(page, inspect, staff)
    case = Case.objects.get()
    inspect(f"/cases/{case.number}/result/", staff.tenant, "result-lacking")
    inspect(f"/cases/{case.number}/", staff.tenant, "case-draft")
    agree(people_of, inspect, staff)
    page.reload()
    inspect(f"/cases/{case.number}/result/", staff.tenant, "result")
    page.locator(".aj-actionbar").get_by_role("button").click()
    expect(page.get_by_text("下一步：预审")).to_be_visible()
    inspect(f"/cases/{case.number}/", staff.tenant, "case-open")
    inspect("/", staff.tenant, "home")
    decide(staff, case)
    page.reload()
    expect(page.get_by_text("已办结：在租住地立户")).to_be_visible()
    inspect(f"/cases/{case.number}/", staff.tenant, "case-decided")
    take_documents(page, inspect, staff, tmp_path)
    for name in ("household", "my-data", "notices", "me", "cases", "documents"):
        inspect(f"/{name}/", staff.tenant, name)
    inspect("/", staff.tenant, "home-done")
    assert "石桥路1号" in people_home(staff).address


def fill_in(page: Page, inspect: Any, staff: Staff) -> None:
    """Answers what the city does not know: a phone, and the child comes along."""
    expect(page.get_by_role("heading", level=1)).to_have_text("租住情况")
    inspect(page.url, staff.tenant, "form")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请改好下面 1 处")
    page.get_by_role("link", name="联系电话").click()
    page.keyboard.type("13800000000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("家庭户")
    page.get_by_label("是", exact=True).check()
    page.get_by_label("田小禾").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("还差.*就能办"))


def agree(people_of: People, inspect: Any, staff: Staff) -> None:
    """The owner agrees under her own sign-in."""
    inspect("/", staff.lessor, "home-owner")
    inspect(f"/consents/{Consent.objects.get().pk}/", staff.lessor, "consent")
    page = people_of(staff.lessor)
    page.goto("/consents/")
    page.locator(".aj-links a").click()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("您的回答：已同意")).to_be_visible()
    inspect("/consents/", staff.lessor, "consents")


def decide(staff: Staff, case: Case) -> None:
    """The station does its part, and the worker the rest."""
    steps.reviewed(staff, case)
    steps.accepted(staff, case)
    steps.examined(staff, case)
    done = steps.decided(staff, case)
    steps.run_effects(case)
    with ThreadPoolExecutor(1) as worker:
        worker.submit(issue, done.act_id, staff.tenant.person).result()


def issue(act_id: int, person: int) -> None:
    """Makes the documents away from the browser's event loop, as the worker's process does."""
    issuing.issue_documents(act_id=act_id, documents=["decision-notice", "booklet-page"], person=person)
    connection.close()


def take_documents(page: Page, inspect: Any, staff: Staff, folder: Path) -> None:
    """The documents are there, with a code to verify them, and the file comes down whole."""
    page.goto("/documents/")
    page.locator(".aj-links a").first.click()
    inspect(page.url, staff.tenant, "document")
    with page.expect_download() as down:
        page.get_by_role("link", name="下载 PDF").click()
    path = folder / "document.pdf"
    down.value.save_as(path)
    assert path.read_bytes().startswith(b"%PDF-")


def people_home(staff: Staff) -> history.HouseholdView:
    found = history.household_of(staff.town.tenant, *steps.today())
    assert found is not None
    return found


@pytest.mark.parametrize("path", ["/sign-in/", "/items/", "/search/?q=离婚证", "/nothing-here/", "/gallery/"])
def test_public_pages_hold_in_every_view(inspect: Any, staff: Staff, path: str) -> None:
    inspect(path)
