"""A move by decision on the definitions of the first city: after an auction the former owner is heard first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from anjia.casework import flow, hearing, notices
from anjia.casework.models import Statement
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import history, operations, place
from tests.casework.conftest import actor
from tests.casework.disputes import HOME, Dispute, informed, own_dwelling
from tests.casework.steps import fresh, take, today
from tests.registers import world

pytestmark = pytest.mark.django_db


def test_the_former_owner_is_heard_and_then_moved_to_the_community_household(dispute: Dispute) -> None:
    case = informed(dispute)
    told = {one.person: one for one in hearing.of_case(case)}
    assert set(told) == {dispute.town.tenant, dispute.town.child}
    assert all(one.due_on == timezone.localdate() + timedelta(days=7) for one in told.values())
    assert [one.kind for one in notices.of_person(dispute.town.tenant)] == ["hearing"]

    with pytest.raises(AnjiaError) as caught:
        take(dispute.examiner, case, "hear", checks={"left_over.no_suit": True})
    assert caught.value.code == "hearing-open"

    mine = hearing.of_person(dispute.town.tenant)[0]
    hearing.speak(dispute.former, mine.pk, objects=True, words="没有别处可住")
    hearing.speak(dispute.stranger, told[dispute.town.child].pk, objects=False, words="")
    with pytest.raises(AnjiaError) as caught:
        take(dispute.examiner, case, "hear", checks={"left_over.no_suit": True})
    assert caught.value.code == "rule-not-met"
    heard = {"left_over.no_suit": True, "left_over.objections_examined": True}
    take(dispute.second, case, "hear", checks=heard)

    shown = flow.preview(fresh(case))
    assert any(dispute.town.tenant in [m.subject for m in view.members] for view in shown.after)
    case = take(dispute.county, case, "decide")
    assert case.state == "decided"
    now = history.household_of(dispute.town.tenant, *today())
    assert now is not None
    assert now.kind == "T4"
    assert now.division == HOME
    assert {one.subject for one in now.members} >= {dispute.town.tenant, dispute.town.child}
    act = Act.objects.get(pk=case.act_id)
    before = history.household_of(dispute.town.tenant, act.effective_on - timedelta(days=1), act.at)
    assert before is not None
    assert before.kind == "J1"


def test_the_decision_is_served_on_everybody_who_was_moved(dispute: Dispute) -> None:
    case = informed(dispute)
    Statement.objects.filter(case=case).update(due_on=timezone.localdate() - timedelta(days=1))
    take(dispute.second, case, "hear", checks={"left_over.no_suit": True})
    case = take(dispute.county, case, "decide")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'effect', (args->>'person')::bigint, args->'documents' FROM procrastinate_jobs "
            "WHERE args->>'case_number' = %s",
            [case.number],
        )
        queued = cursor.fetchall()
    served = {row[1] for row in queued if row[0] == "issue-documents" and "move-decision" in str(row[2])}
    assert served == {dispute.town.tenant, dispute.town.child}
    assert {row[1] for row in queued if row[0] == "send-notice"} == {
        dispute.town.lessor, dispute.town.tenant, dispute.town.child,
    }  # fmt: skip


def test_who_cannot_be_reached_is_told_in_public_and_has_thirty_days_more(dispute: Dispute) -> None:
    case = informed(dispute, **{"left_over.announced": True, "left_over.reached": False})
    due = timezone.localdate() + timedelta(days=37)
    assert {(one.public, one.due_on) for one in hearing.of_case(case)} == {(True, due)}


def test_an_own_dwelling_comes_before_kin_and_the_collective_household(dispute: Dispute) -> None:
    own = dispute.town.dwelling
    holder = {"no": dispute.town.tenant_no, "name": "田租客", "share": 1.0}
    own_dwelling(dispute.departments, dispute.town, [holder])
    case = informed(dispute)
    assert {one.person: one.dwelling for one in hearing.of_case(case)}[dispute.town.tenant] == own
    Statement.objects.filter(case=case).update(due_on=timezone.localdate() - timedelta(days=1))
    take(dispute.second, case, "hear", checks={"left_over.no_suit": True})
    take(dispute.county, case, "decide")
    now = history.household_of(dispute.town.tenant, *today())
    assert now is not None
    assert (now.kind, now.place) == ("J1", place.subject_of(own))
    assert {one.relation for one in now.members} == {"02", "30"}


def test_the_wish_for_the_collective_household_is_followed(dispute: Dispute) -> None:
    holder = {"no": dispute.town.tenant_no, "name": "田租客", "share": 1.0}
    own_dwelling(dispute.departments, dispute.town, [holder])
    case = informed(dispute)
    for who, person in ((dispute.former, dispute.town.tenant), (dispute.stranger, dispute.town.child)):
        row = hearing.of_person(person)[0]
        hearing.speak(who, row.pk, objects=False, words="", wish="collective")
    take(dispute.second, case, "hear", checks={"left_over.no_suit": True})
    take(dispute.county, case, "decide")
    now = history.household_of(dispute.town.tenant, *today())
    assert now is not None
    assert now.kind == "T4"


def test_a_pending_suit_keeps_the_case_waiting(dispute: Dispute) -> None:
    case = informed(dispute)
    Statement.objects.filter(case=case).update(due_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(AnjiaError) as caught:
        take(dispute.second, case, "hear")
    assert caught.value.code == "rule-not-met"
    assert "no-suit" in str(caught.value.facts["clauses"])


def test_the_station_does_not_decide_for_the_county(dispute: Dispute) -> None:
    case = informed(dispute)
    Statement.objects.filter(case=case).update(due_on=timezone.localdate() - timedelta(days=1))
    take(dispute.second, case, "hear", checks={"left_over.no_suit": True})
    station = actor("station", "staff", "approving-officer", areas=["370302001"], station="370302001000")
    with pytest.raises(AnjiaError) as caught:
        take(station, case, "decide")
    assert caught.value.code == "step-level"


@pytest.mark.parametrize(
    ("words", "objects", "wish", "code"),
    [("", True, "", "statement-empty"), ("x" * 2001, True, "", "statement-long"), ("x", True, "12", "wish-unknown")],
)
def test_what_cannot_be_kept_is_refused_with_its_remedy(
    dispute: Dispute, words: str, objects: bool, wish: str, code: str
) -> None:
    informed(dispute)
    row = hearing.of_person(dispute.town.tenant)[0]
    with pytest.raises(AnjiaError) as caught:
        hearing.speak(dispute.former, row.pk, objects=objects, words=words, wish=wish)
    assert caught.value.code == code
    assert Statement.objects.get(pk=row.pk).state == "told"


def test_nobody_speaks_for_another(dispute: Dispute) -> None:
    informed(dispute)
    row = hearing.of_person(dispute.town.tenant)[0]
    with pytest.raises(AnjiaError) as caught:
        hearing.speak(dispute.stranger, row.pk, objects=True, words="x")
    assert caught.value.code == "statement-unknown"


def test_who_moves_out_in_time_ends_the_case(dispute: Dispute) -> None:
    case = informed(dispute)
    Statement.objects.filter(case=case).update(due_on=timezone.localdate() - timedelta(days=1))
    world.commit(operations.prepare(
        "join-collective",
        {"person": dispute.town.tenant, "companions": [dispute.town.child], "household": dispute.town.collective},
        on=timezone.localdate(),
    ))  # fmt: skip
    with pytest.raises(AnjiaError) as caught:
        take(dispute.second, case, "hear", checks={"left_over.no_suit": True})
    assert caught.value.code in ("case-facts-changed", "rule-not-met")
    case = take(dispute.examiner, case, "hear", verdict="refuse", note="已自行迁出，终止办理", clause="D-01.left-over")
    assert case.state == "refused"
