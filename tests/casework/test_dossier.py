"""The dossier of a case: one statement that tells what the case, its steps and the register tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anjia.casework import basis, consents, decision, dossier, facts, flow
from anjia.casework.models import Case
from anjia.kernel.definitions import publishing
from anjia.registers.division import Division
from simulators.departments.process import Running
from tests.casework.conftest import WEST, Staff, Town
from tests.casework.steps import accepted, answered, fresh, opened, reviewed, submitted, take

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Ground:
    """A case before its examination."""

    case: Case
    town: Town
    staff: Staff


@pytest.fixture
def ground(departments: Running, town: Town, staff: Staff) -> Ground:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    case = reviewed(staff, case)
    consents.answer(staff.lessor, consents.asked_of(town.lessor)[0].pk, True)
    return Ground(accepted(staff, case), town, staff)


def values(case: Case) -> dict[str, Any]:
    return {field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields}


def test_one_statement_tells_what_several_tell(ground: Ground) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = dossier.read(ground.case.pk)
    assert len(queries) == 1
    assert values(found.case) == values(fresh(ground.case))
    assert found.case.facts
    assert found.case._state.db == "default"
    assert not found.case._state.adding
    assert found.entries == basis.entries(ground.town.tenant) != []
    steps = ground.case.steps.filter(verdict="pass").order_by("id")
    assert [(one.step, one.officer, one.at) for one in found.passed] == [(s.step, s.actor_name, s.at) for s in steps]
    assert [one.at.isoformat() for one in found.passed] == [one.at.isoformat() for one in steps]
    assert found.town is not None
    assert found.town in decision.station_name(found.case).zh


def test_steps_that_are_not_passed_are_not_among_them(ground: Ground) -> None:
    before = dossier.read(ground.case.pk).passed
    take(ground.staff.officer, ground.case, "examine", verdict="supplement", note="缺一页")
    assert dossier.read(ground.case.pk).passed == before


def test_a_division_renamed_is_told_by_its_new_name(ground: Ground) -> None:
    Division.objects.filter(code=WEST[:9]).update(name="新名街道")
    assert dossier.read(ground.case.pk).town == "新名街道"


def test_a_station_without_a_division_has_no_town(ground: Ground) -> None:
    Case.objects.filter(pk=ground.case.pk).update(station="880101001000")
    found = dossier.read(ground.case.pk)
    assert found.town is None
    assert "880101001000" in decision.station_name(found.case).zh


def test_no_case_no_dossier(db: None) -> None:
    with pytest.raises(Case.DoesNotExist):
        dossier.read(0)


def test_evidence_is_made_without_reading(ground: Ground) -> None:
    case = take(ground.staff.officer, ground.case, "examine")
    step, allowed = flow.authority.require_step(ground.staff.chief, case, "approve")
    judged = facts.judgement(case)
    make = decision.evidence(dossier.read(case.pk), step, allowed, judged, "yes", "")
    publishing.forget()
    with CaptureQueriesContext(connection) as queries:
        made = make()
    assert len(queries) == 0
    assert made["clauses"] == decision.clauses(case, judged) != []
    assert [one["step"] for one in made["officers"]] == ["prereview", "accept", "examine", "approve"]


def test_a_case_that_moved_on_gets_neither_decision_nor_step(ground: Ground) -> None:
    case = take(ground.staff.officer, ground.case, "examine")
    found = dossier.read(case.pk)
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    count = case.steps.count()
    step = next(one for one in flow.item_of(case).step if one.id == "approve")
    guard = decision._guard(found.case, step, flow.authority.require_step(ground.staff.chief, case, "approve")[1],
                            "decided", "pass", case.uid, "", {})  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(guard.sql, guard.params)
        assert cursor.rowcount == 0
    assert (case.steps.count(), fresh(case).state) == (count, "open")
