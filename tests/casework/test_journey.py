"""The whole journey: from the first answer to the decision, with real departments and a real register."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from anjia.casework import cases, consents, facts, flow, forms, notices
from anjia.casework.models import Case
from anjia.kernel import access, grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework.conftest import WEST, Staff, Town
from tests.casework.steps import (
    accepted,
    answered,
    decided,
    examined,
    opened,
    reviewed,
    run_effects,
    submitted,
    today,
)

pytestmark = pytest.mark.django_db


def test_a_tenant_settles_at_the_rented_address(
    departments: Running, town: Town, staff: Staff, key: Callable[[], uuid.UUID]
) -> None:
    case = opened(staff)
    case = facts.refresh(staff.tenant, case)
    assert facts.known(case)["lease.filed"].value is True
    assert case.outcome == "at-address"
    asked = consents.asked_of(town.lessor)
    assert [one.state for one in asked] == ["asked"]

    case = answered(staff, case)
    case = submitted(staff, case)
    assert (case.state, case.next_step, case.station) == ("open", "prereview", "990102001000")
    assert case.division == WEST

    case = reviewed(staff, case)
    consents.answer(staff.lessor, asked[0].pk, True)
    case = accepted(staff, case)
    case = examined(staff, case)
    shown = flow.preview(case)
    assert [member.subject for member in shown.before[0].members] == [town.tenant, town.child]
    assert any(town.tenant in [m.subject for m in view.members] for view in shown.after)

    case = decided(staff, case)
    assert case.state == "decided"
    home = history.household_of(town.tenant, *today())
    assert home is not None
    assert home.division == WEST
    assert {member.subject for member in home.members} == {town.tenant, town.child}

    act = Act.objects.get(pk=case.act_id)
    assert act.evidence["verdict"] == "yes"
    assert [one["name"] for one in act.evidence["officers"]] == ["assistant", "assistant", "officer", "chief"]
    assert town.lessor_no not in str(act.evidence)
    run_effects(case)
    run_effects(case)
    kinds = [one.kind for one in notices.of_person(town.tenant)]
    assert kinds.count("decision") == 1


def test_every_query_is_on_record_and_shown_to_the_person(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    rows = [row for row in access.of_person(town.tenant) if row.case_number == case.number]
    assert {row.register for row in rows} == {"lease-filing", "title-register"}
    assert all(row.purpose == "settlement" and row.request_id and row.ground for row in rows)


def test_each_look_of_staff_leaves_one_record(departments: Running, town: Town, staff: Staff) -> None:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    before = len(access.of_person(town.tenant, limit=500))
    allowed = grants.require(staff.assistant, "case", "read", "settlement")
    flow.desk(staff.assistant, cases.get(allowed, case.number))
    after = access.of_person(town.tenant, limit=500)
    assert len(after) == before + 1
    assert after[0].who_zh == "assistant"


def test_the_desk_shows_the_case_whole(departments: Running, town: Town, staff: Staff) -> None:
    case = reviewed(staff, submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff)))))
    view = flow.desk(staff.assistant, case)
    assert view.verdict == "unknown"
    assert [one.rule.id for one in view.rules] == ["general", "seen", "tenant"]
    shown = {one.fact.id: one for one in view.facts}
    assert shown["lessor.citizen_no"].masked
    assert shown["lessor.citizen_no"].shown.zh == "*" * 14 + town.lessor_no[-4:]
    assert shown["lease.filed"].shown.zh in ("是", "已备案")
    assert view.materials[0].settled
    assert [one.fact for one in view.checks] == ["originals.seen", "lessor.consents"]
    assert view.preview is not None
    assert {one.step.id: one.allowed for one in view.actions} == {
        "prereview": False, "accept": True, "examine": False, "approve": False,
    }  # fmt: skip
    assert view.due_days is None
    assert view.station.zh == "石桥镇派出所"


def test_numbers_are_encrypted_at_rest(departments: Running, town: Town, staff: Staff) -> None:
    case = answered(staff, facts.refresh(staff.tenant, opened(staff)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts::text || answers::text FROM casework_case WHERE id = %s", [case.pk])
        stored = cursor.fetchone()[0]
    assert town.lessor_no not in stored
    assert "13800000000" not in stored
    assert facts.known(case)["lessor.citizen_no"].value == town.lessor_no
    other = cases.open_case(staff.tenant, "settle-collective", channel="residents")
    other.facts = case.facts
    with pytest.raises(AnjiaError, match="identity-unreadable"):
        facts.known(other)


def test_only_what_is_asked_can_be_posted(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    assert "division" not in {f.spec.id for t in forms.build(case) for f in t.fields}
    posted: dict[str, Any] = {"reachable": "13800000000", "contract_no": "", "division": WEST}
    assert forms.answer(staff.tenant, case, "lease", posted, case.version) == {}
    assert set(Case.objects.get(pk=case.pk).answers) == {"reachable"}
