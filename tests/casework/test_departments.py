"""Departments as a source: what is asked, what is recorded, and that a case never waits for them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import asking, consents, facts, forms
from anjia.casework.models import Case
from anjia.exchange import source
from anjia.kernel import access
from anjia.kernel.models import AccessRecord
from simulators.departments.process import Running
from tests.casework.conftest import Staff, Town, file_lease
from tests.casework.steps import fresh, opened

pytestmark = pytest.mark.django_db


def asked(case: Case) -> list[str]:
    """The interfaces that were asked for a case, in order."""
    rows = AccessRecord.objects.filter(case_number=case.number, outcome="").exclude(request_id="")
    return [row.register for row in rows.order_by("id")]


def test_a_fresh_answer_is_not_asked_twice(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    again = facts.refresh(staff.tenant, case)
    assert asked(case) == ["lease-filing", "title-register"]
    assert again.version == case.version
    facts.refresh(staff.tenant, again, anew=True)
    assert asked(case) == ["lease-filing", "title-register"] * 2


def test_an_answer_against_the_case_is_asked_again_soon(
    departments: Running, town: Town, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_lease(departments, town, filed_on=None)
    case = facts.refresh(staff.tenant, opened(staff))
    file_lease(departments, town)
    monkeypatch.setattr(asking, "FRESH_AGAINST", timedelta(0))
    case = facts.refresh(staff.tenant, case)
    assert case.outcome == "at-address"
    assert facts.known(case)["lessor.is_holder"].value is True


def test_another_contract_number_asks_again(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    parts = {"contract_no": "L-404", "reachable": "13800000000"}
    assert forms.answer(staff.tenant, case, "lease", parts, case.version) == {}
    case = facts.refresh(staff.tenant, fresh(case))
    assert facts.known(case)["lease.filed"].value is False
    assert facts.known(case)["lease.place"].value is None
    # The title spoke of the other dwelling, and the owner of it is no longer asked.
    assert facts.known(case)["lessor.is_holder"].value is None
    assert consents.asked_of(town.lessor) == []


def test_intent_and_outcome_share_an_id_and_the_person_reads_one_line(
    departments: Running, town: Town, staff: Staff
) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    rows = list(AccessRecord.objects.filter(register="lease-filing", case_number=case.number).order_by("id"))
    assert [row.outcome for row in rows] == ["", "answered"]
    assert rows[0].request_id == rows[1].request_id
    assert rows[0].actor_id == staff.tenant.pk
    assert "国务院关于在线政务服务的若干规定 7 [law]" in rows[0].ground
    assert town.tenant_no not in str([vars(row) for row in rows])
    assert [row.register for row in access.of_person(town.tenant)].count("lease-filing") == 1


def test_without_credentials_the_case_goes_on(town: Town, staff: Staff, settings: Any, tmp_path: Path) -> None:
    settings.ANJIA_DEPARTMENTS_CREDENTIALS = tmp_path / "absent.json"
    source.line.cache_clear()
    case = facts.refresh(staff.tenant, opened(staff))
    fact = facts.known(case)["lease.filed"]
    assert fact.value is None
    assert fact.detail is not None
    assert facts.known(case)["person.open_memberships"].value == 1


@pytest.mark.parametrize("mode", ["malformed", "wrong-types", "mixed-up", "huge"])
def test_a_department_that_answers_nonsense_leaves_its_facts_unknown(
    departments: Running, town: Town, staff: Staff, mode: str
) -> None:
    departments.control("fault", interface="lease-filing", mode=mode)
    case = facts.refresh(staff.tenant, opened(staff))
    assert facts.known(case)["lease.filed"].value is None
    assert facts.known(case)["lessor.is_holder"].value is None
    assert asked(case) == ["lease-filing"]


def test_a_moved_clock_asks_old_answers_again(
    departments: Running, town: Town, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(asking.timezone, "now", lambda: later)
    facts.refresh(staff.tenant, case)
    assert asked(case) == ["lease-filing", "title-register"] * 2
