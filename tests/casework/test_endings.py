"""The journeys that go another way: each ends well, with nothing lost and a clear word."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import cases, consents, deadlines, facts, flow, forms, notices
from anjia.casework.models import Case, Consent, Notice, Step
from anjia.exchange import source
from anjia.kernel import acts, effects
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import history
from simulators.departments.process import Running
from tests.casework.conftest import WEST, Staff, Town, file_lease, title
from tests.casework.steps import (
    CONTACT,
    accepted,
    answered,
    decided,
    examined,
    fresh,
    opened,
    reviewed,
    run_effects,
    submitted,
    take,
    today,
)

pytestmark = pytest.mark.django_db


def ready(staff: Staff) -> Case:
    """A submitted and pre-reviewed case whose owner has answered."""
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    consents.answer(staff.lessor, consents.asked_of(staff.town.lessor)[0].pk, True)
    return reviewed(staff, case)


def refused(code: str, call: Any) -> AnjiaError:
    with pytest.raises(AnjiaError) as caught:
        call()
    assert caught.value.code == code, caught.value
    return caught.value


def test_an_owner_who_declines_opens_the_community_household(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    consents.answer(staff.lessor, consents.asked_of(town.lessor)[0].pk, False)
    case = fresh(case)
    assert case.outcome == "community-collective"
    fields = {f.spec.id: f for t in forms.build(case) for f in t.fields}
    assert [len(level.choices) for level in fields["division"].levels] == [2]
    case = answered(staff, case, division=WEST)
    case = examined(staff, accepted(staff, reviewed(staff, submitted(staff, case))))
    case = decided(staff, case)
    home = history.household_of(town.tenant, *today())
    assert home is not None
    assert (home.kind, home.division) == ("T4", WEST)


def test_an_unfiled_lease_opens_the_community_household(departments: Running, town: Town, staff: Staff) -> None:
    file_lease(departments, town, filed_on=None)
    case = facts.refresh(staff.tenant, opened(staff))
    assert facts.known(case)["lease.filed"].value is False
    assert case.outcome == "community-collective"
    assert consents.asked_of(town.lessor) == []


def test_silence_counts_as_no_consent_after_the_term(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    assert facts.gather(case)["lessor.consents"].value is None
    Consent.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    fact = facts.gather(case)["lessor.consents"]
    assert fact.value is False
    assert fact.detail is not None
    assert facts.refresh(staff.tenant, case).outcome == "community-collective"


def test_only_the_owner_answers_and_may_take_it_back(departments: Running, town: Town, staff: Staff) -> None:
    case = ready(staff)
    asked = consents.asked_of(town.lessor)[0]
    refused("consent-unknown", lambda: consents.answer(staff.tenant, asked.pk, True))
    refused("consent-unknown", lambda: consents.answer(staff.chief, asked.pk, True))
    case = examined(staff, accepted(staff, case))
    shown = fresh(case)
    consents.answer(staff.lessor, asked.pk, False)
    stale = refused("case-stale", lambda: flow.take(
        staff.chief, shown, "approve", version=shown.version, key=uuid.uuid4(), verdict="pass"
    ))  # fmt: skip
    assert stale.status == 409
    error = refused("rule-not-met", lambda: decided(staff, case))
    assert "tenant.consent=no" in error.facts["clauses"]
    assert fresh(case).state == "open"


def test_a_second_case_of_the_same_item_names_the_first(departments: Running, town: Town, staff: Staff) -> None:
    first = opened(staff)
    error = refused("case-open-already", lambda: opened(staff))
    assert error.facts["number"] == first.number
    assert first.number in error.message.zh
    flow.withdraw(staff.tenant, first, key=uuid.uuid4(), version=first.version)
    assert opened(staff).number != first.number


def test_every_form_sent_twice_is_one(departments: Running, town: Town, staff: Staff) -> None:
    case = facts.refresh(staff.tenant, opened(staff))
    shown = case.version
    assert forms.answer(staff.tenant, case, "lease", CONTACT, shown) == {}
    assert forms.answer(staff.tenant, case, "lease", CONTACT, shown) == {}
    case = answered(staff, fresh(case))
    key, shown = uuid.uuid4(), fresh(case).version
    one = flow.submit(staff.tenant, case, key=key, version=shown)
    two = flow.submit(staff.tenant, case, key=key, version=shown)
    assert (one.version, two.version) == (one.version, one.version)
    consents.answer(staff.lessor, consents.asked_of(town.lessor)[0].pk, True)
    case = examined(staff, accepted(staff, reviewed(staff, case)))
    key, shown = uuid.uuid4(), fresh(case).version
    for _ in range(2):
        done = flow.take(staff.chief, case, "approve", version=shown, key=key, verdict="pass")
        assert done.state == "decided"
    assert Act.objects.filter(case_number=case.number).count() == 1
    assert Step.objects.filter(case=case, step="approve").count() == 1


def test_a_stale_page_writes_nothing_and_says_what_happened(departments: Running, town: Town, staff: Staff) -> None:
    case = ready(staff)
    shown = fresh(case)
    accepted(staff, case)
    error = refused("case-stale", lambda: flow.take(
        staff.assistant, shown, "accept", version=shown.version, key=uuid.uuid4(), verdict="pass"
    ))  # fmt: skip
    assert (error.status, error.facts["last_step"]) == (409, "accept")
    assert "assistant" in error.message.zh
    draft = opened(staff, "settle-collective")
    error = refused("case-stale", lambda: forms.answer(staff.tenant, draft, "where", {"division": WEST}, 99))
    view = forms.build(draft, posted={"division": WEST})
    assert view[0].fields[0].value == WEST


def test_who_accepts_does_not_examine_or_approve(departments: Running, town: Town, staff: Staff) -> None:
    case = ready(staff)
    case = take(staff.officer, case, "accept", checks={"originals.seen": True})
    error = refused("step-same-person", lambda: take(staff.officer, case, "examine"))
    assert error.status == 403
    case = take(staff.chief, case, "examine")
    refused("step-same-person", lambda: take(staff.chief, case, "approve"))
    refused("grant-missing", lambda: take(staff.assistant, case, "approve"))


def test_officers_act_in_their_area_and_order_alone(departments: Running, town: Town, staff: Staff) -> None:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    refused("grant-area", lambda: take(staff.stranger, case, "prereview"))
    refused("step-not-next", lambda: take(staff.officer, case, "examine"))
    refused("grant-missing", lambda: take(staff.tenant, case, "prereview"))


def test_a_department_that_is_down_leaves_the_fact_unknown(departments: Running, town: Town, staff: Staff) -> None:
    departments.control("fault", interface="lease-filing", mode="down")
    case = facts.refresh(staff.tenant, opened(staff))
    fact = facts.known(case)["lease.filed"]
    assert fact.value is None
    assert fact.detail is not None
    case = submitted(staff, answered(staff, case))
    # Where the dwelling lies is not known yet: the station of the present registration begins.
    case = take(staff.stranger, case, "prereview")
    seen = {"originals.seen": True}
    error = refused("rule-not-met", lambda: take(staff.stranger, case, "accept", checks=seen))
    assert "tenant.filed=unknown" in error.facts["clauses"]
    parts = {"verdict": "refuse", "note": "没有备案", "clause": "tenant.filed"}
    refused("clause-not-failing", lambda: take(staff.stranger, case, "accept", **parts))
    departments.control("reset")
    source.line().breaker.record("lease-filing", reached=True)
    case = facts.refresh(staff.assistant, case)
    assert facts.known(case)["lease.filed"].value is True
    assert (case.division, case.steps.order_by("-id").first().verdict) == (WEST, "transfer")
    departments.control("fault", interface="lease-filing", mode="down")
    assert facts.known(facts.refresh(staff.assistant, case))["lease.filed"].value is True


def test_the_owner_who_is_not_registered_is_settled_at_the_window(
    departments: Running, town: Town, staff: Staff
) -> None:
    file_lease(departments, town, lessor_no="990199196001010015")
    outsider = {"no": "990199196001010015", "name": "外人", "share": 1.0}
    departments.control("add", kind="title", record=title(town) | {"title_no": "T-2", "holders": [outsider]})
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    assert consents.asked_of(town.lessor) == []
    case = reviewed(staff, case)
    refused("rule-not-met", lambda: accepted(staff, case))
    case = accepted(staff, case, **{"lessor.consents": True})
    assert decided(staff, examined(staff, case)).state == "decided"


def test_a_refusal_is_an_act_that_names_its_clause(departments: Running, town: Town, staff: Staff) -> None:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    consents.answer(staff.lessor, consents.asked_of(town.lessor)[0].pk, False)
    error = refused("rule-not-met", lambda: reviewed(staff, case))
    assert "tenant.consent=no" in error.facts["clauses"]
    refused("note-needed", lambda: take(staff.assistant, case, "prereview", verdict="refuse"))
    done = take(staff.assistant, case, "prereview", verdict="refuse", note="产权人不同意", clause="tenant.consent")
    assert done.state == "refused"
    act = Act.objects.get(pk=done.act_id)
    assert (act.event, act.evidence["verdict"]) == ("REFUSE", "no")
    run_effects(done)
    body = notices.of_person(town.tenant)[0].body_zh
    assert "产权人同意" in body
    assert "行政复议" in body
    home = history.household_of(town.tenant, *today())
    assert home is not None
    assert home.division != WEST


def test_a_supplement_keeps_the_answers_and_comes_back(departments: Running, town: Town, staff: Staff) -> None:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    case = take(staff.assistant, case, "prereview", verdict="supplement", note="请补电话")
    assert case.state == "supplement"
    assert forms.incomplete(case) == []
    assert any(one.kind == "supplement" for one in notices.of_person(town.tenant))
    case = submitted(staff, case)
    assert (case.state, case.next_step) == ("open", "prereview")


def test_a_worker_killed_between_two_effects_repeats_without_doubling(
    departments: Running, town: Town, staff: Staff
) -> None:
    case = decided(staff, examined(staff, accepted(staff, ready(staff))))
    for _ in range(3):
        effects.run("send-notice", act_id=case.act_id, case_number=case.number, person=town.tenant, documents=[])
    assert Notice.objects.filter(kind="decision", case_number=case.number).count() == 1


def test_a_register_that_moved_sends_the_case_back(departments: Running, town: Town, staff: Staff) -> None:
    case = examined(staff, accepted(staff, ready(staff)))
    other = opened(staff, "settle-collective")
    where = {"division": WEST, "along": [str(town.child)]}
    assert forms.answer(staff.tenant, other, "where", where, other.version) == {}
    other = submitted(staff, other)
    other = take(staff.chief, take(staff.officer, other, "examine"), "approve")
    assert other.state == "decided"
    error = refused("register-moved", lambda: decided(staff, case))
    assert error.status == 409
    back = fresh(case)
    assert (back.state, back.next_step, back.act_id) == ("open", "examine", None)
    assert back.steps.order_by("-id").first().verdict == "return"


def test_a_missed_prereview_counts_as_passed_and_a_late_decision_is_reported(
    departments: Running, town: Town, staff: Staff
) -> None:
    case = submitted(staff, answered(staff, facts.refresh(staff.tenant, opened(staff))))
    assert deadlines.lapse() == 0
    assert case.due_on is not None
    late = case.due_on + timedelta(days=1)
    assert deadlines.lapse(late) == 1
    assert deadlines.lapse(late) == 0
    case = fresh(case)
    # Acceptance waits for the person's visit, so no term runs.
    assert (case.next_step, case.due_on) == ("accept", None)
    consents.answer(staff.lessor, consents.asked_of(town.lessor)[0].pk, True)
    case = accepted(staff, case)
    assert case.due_on is not None
    late = case.due_on + timedelta(days=1)
    assert [deadlines.lapse(late), deadlines.lapse(late)] == [1, 0]
    assert fresh(case).next_step == "examine"
    assert [one.verdict for one in case.steps.order_by("id")] == ["submit", "lapse", "pass", "escalate"]


def test_nobody_opens_a_case_for_a_stranger(departments: Running, town: Town, staff: Staff) -> None:
    refused("grant-area", lambda: cases.open_case(
        staff.tenant, "settle-lease", person=town.lessor, channel="residents"
    ))  # fmt: skip
    refused(
        "grant-missing",
        lambda: cases.open_case(staff.chief, "settle-lease", person=town.tenant, channel="counter"),
    )
    case = cases.open_case(staff.assistant, "settle-lease", person=town.tenant, channel="counter")
    assert case.division.startswith("990102001")


def test_a_decided_case_never_changes(departments: Running, town: Town, staff: Staff) -> None:
    case = decided(staff, examined(staff, accepted(staff, ready(staff))))
    refused("case-closed", lambda: take(staff.chief, case, "approve"))
    refused("case-closed", lambda: flow.withdraw(staff.tenant, case, key=uuid.uuid4(), version=case.version))
    with pytest.raises(Exception, match="cannot change"):
        Case.objects.filter(pk=case.pk).update(state="open")
    assert acts.conflict().status == 409
