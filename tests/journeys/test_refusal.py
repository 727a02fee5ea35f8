"""A resident who is refused is told from which day it can be granted, and the officer sees the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from anjia.casework import facts, values
from anjia.casework.models import Case
from tests.casework import steps
from tests.casework.conftest import Staff

People = Callable[..., Page]
DESK = ("desk", "english")


def begins_later(case: Case, days: int) -> None:
    """The housing bureau's record of the lease begins so many days from now."""
    stored = case.facts["lease.start"]
    start = timezone.localdate() + timedelta(days)
    case.facts["lease.start"] = {**stored, **values.pack(start, case=case.uid, name="lease.start", sealed=False)}
    case.save(update_fields=["facts"])


def test_a_refused_resident_is_told_from_which_day_it_can_be_granted(
    people_of: People, inspect: Any, staff: Staff, departments: Any
) -> None:
    case = steps.answered(staff, facts.refresh(staff.tenant, steps.opened(staff)))
    begins_later(case, 41)
    page = people_of(staff.tenant)
    page.goto(f"/cases/{case.number}/result/")
    told = page.get_by_role("region", name="怎样才能办成")
    expect(told.get_by_text("再过 41 天")).to_be_visible()
    inspect(f"/cases/{case.number}/result/", staff.tenant, "result-refused")


def test_the_officer_sees_what_would_lift_the_refusal_and_what_settles_the_rest(
    people_of: People, picture_of: Any, staff: Staff, departments: Any
) -> None:
    case = steps.submitted(staff, steps.answered(staff, facts.refresh(staff.tenant, steps.opened(staff))))
    page = people_of(staff.assistant)
    page.goto(f"/counter/cases/{case.number}/")
    told = page.get_by_role("region", name="查清这些就能定")
    expect(told.get_by_text("产权人同意")).to_be_visible()
    begins_later(steps.fresh(case), 41)
    page.reload()
    expect(page.get_by_role("region", name="怎样才能办成").get_by_text("再过 41 天")).to_be_visible()
    picture_of(f"/counter/cases/{case.number}/", staff.assistant, "counter-refused", DESK)
