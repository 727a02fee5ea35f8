"""The counter in a real browser: a case passed by its keys, looked at by axe in every view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from anjia.casework import consents, facts
from anjia.casework.models import Case
from tests.casework import steps
from tests.casework.conftest import Staff

People = Callable[..., Page]
COUNTER = ("desk", "standard", "english", "dark")


def waiting(staff: Staff) -> Case:
    case = steps.submitted(staff, steps.answered(staff, facts.refresh(staff.tenant, steps.opened(staff))))
    consents.answer(staff.lessor, consents.asked_of(staff.town.lessor)[0].pk, True)
    return steps.reviewed(staff, case)


def test_a_case_is_decided_by_key(people_of: People, picture_of: Any, staff: Staff, departments: Any) -> None:
    case = waiting(staff)
    address = f"/counter/cases/{case.number}/"
    picture_of("/counter/", staff.assistant, "counter-list", COUNTER)
    picture_of(address, staff.assistant, "counter-case", COUNTER)
    picture_of(f"{address}supplement/", staff.assistant, "counter-supplement", COUNTER)
    picture_of(f"{address}refuse/", staff.assistant, "counter-refuse", COUNTER)
    for actor, checks in ((staff.assistant, True), (staff.officer, False), (staff.chief, False)):
        page = people_of(actor, "desk")
        page.goto("/counter/?show=all")
        page.keyboard.press("j")
        page.wait_for_url(f"**{address}")
        if checks:
            for box in page.locator(".aj-decision-checks input").all():
                box.check()
        page.keyboard.press("F8")
        expect(page.locator(".aj-case-head")).to_be_visible()
        page.wait_for_load_state()
        page.close()
    assert steps.fresh(case).state == "decided"
    picture_of(address, staff.chief, "counter-decided", COUNTER)


@pytest.mark.parametrize(("path", "name"), [("/counter/sign-in/", "counter-sign-in"), ("/verify/", "verify")])
def test_public_pages_of_the_offices_hold(picture_of: Any, staff: Staff, path: str, name: str) -> None:
    picture_of(path, None, name, COUNTER)
