"""Two clerks at the same moment: exactly one wins, the other is told, nothing is half written."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection

from anjia.casework import flow, forms
from anjia.casework.models import Case, Step
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers.membership import Membership
from tests.casework.conftest import EAST, WEST, Staff, Town
from tests.casework.steps import opened, submitted, take

ROUNDS = 200
CLEAR = {"register-moved", "case-facts-changed", "case-stale", "case-closed", "act-conflict"}


def at_once(calls: list[Any]) -> list[Any]:
    """Runs the calls in threads of their own, each on its own connection, from one starting line."""
    line = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Any) -> None:
        try:
            connection.ensure_connection()
            line.wait(20)
            results[place] = call()
        except BaseException as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def at_approval(staff: Staff, item: str, division: str) -> Case:
    """The lessor's case of an item without departments, examined and ready for approval."""
    case = opened(staff, item, who=staff.lessor)
    assert forms.answer(staff.lessor, case, "where", {"division": division}, case.version) == {}
    case = submitted(staff, case, who=staff.lessor)
    return take(staff.everywhere, case, "examine")


def approve(staff: Staff, case: Case) -> Any:
    return flow.take(staff.everyone, case, "approve", version=case.version, key=uuid.uuid4(), verdict="pass")


@pytest.mark.django_db(transaction=True)
def test_two_cases_of_one_person_decided_at_the_same_moment(town: Town, staff: Staff) -> None:
    where = [WEST, EAST]
    for turn in range(ROUNDS):
        target = where[(turn + 1) % 2]
        pair = [at_approval(staff, item, target) for item in ("settle-collective", "settle-collective-again")]
        results = at_once([lambda case=case: approve(staff, case) for case in pair])
        won = [one for one in results if isinstance(one, Case)]
        lost = [one for one in results if isinstance(one, AnjiaError)]
        assert (len(won), len(lost)) == (1, 1), results
        assert lost[0].code in CLEAR, lost[0]
        assert lost[0].status == 409
        _nothing_half(town, pair, won[0])
        loser = Case.objects.get(pk=next(case.pk for case in pair if case.pk != won[0].pk))
        flow.withdraw(staff.lessor, loser, key=uuid.uuid4(), version=loser.version)


def _nothing_half(town: Town, pair: list[Case], winner: Case) -> None:
    for case in pair:
        now = Case.objects.get(pk=case.pk)
        acts = list(Act.objects.filter(case_number=case.number))
        approvals = Step.objects.filter(case=case, step="approve", verdict="pass").count()
        whole = (now.state == "decided", len(acts) == 1, approvals == 1, now.act_id is not None)
        assert whole in ((True,) * 4, (False,) * 4), whole
        assert all(whole) is (case.pk == winner.pk)
    entries = Membership.objects.filter(subject=town.lessor, recorded_to=None, valid_to=None)
    assert [one.opened_by for one in entries] == [Case.objects.get(pk=winner.pk).act_id]


@pytest.mark.django_db(transaction=True)
def test_two_officers_on_one_case(town: Town, staff: Staff) -> None:
    case = at_approval(staff, "settle-collective", EAST)
    results = at_once([lambda: approve(staff, case), lambda: approve(staff, case)])
    assert len([one for one in results if isinstance(one, Case)]) == 1, results
    lost = next(one for one in results if not isinstance(one, Case))
    assert isinstance(lost, AnjiaError)
    assert lost.code in CLEAR
    assert Act.objects.filter(case_number=case.number).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_tap_sent_twice_at_the_same_moment(town: Town, staff: Staff) -> None:
    case = at_approval(staff, "settle-collective", EAST)
    key = uuid.uuid4()

    def tap() -> Case:
        return flow.take(staff.everyone, case, "approve", version=case.version, key=key, verdict="pass")

    results = at_once([tap, tap])
    assert [getattr(one, "state", one) for one in results] == ["decided", "decided"]
    assert Act.objects.filter(case_number=case.number).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_taps_open_one_case(town: Town, staff: Staff) -> None:
    results = at_once([lambda: opened(staff), lambda: opened(staff)])
    lost = [one for one in results if isinstance(one, AnjiaError)]
    assert [one.code for one in lost] == ["case-open-already"]
    assert Case.objects.filter(person=town.tenant).count() == 1
