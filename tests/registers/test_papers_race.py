"""Eight writers at once on one person's permit and card: one wins, the others are told, nothing is half written."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import REGISTERS, endorsing
from anjia.registers.card import Card
from anjia.registers.permit import Permit
from tests.registers.outsiders import issue, settle, take_in, town
from tests.registers.world import EAST, World, commit, do, prepared

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8
ISSUED, DUE = date(2024, 9, 10), date(2025, 9, 10)


def at_once(*calls: Callable[[], Any]) -> Counter[str]:
    """Runs the calls from one starting line and counts what came of them."""
    line = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        connection.ensure_connection()
        line.wait(30)
        try:
            call()
        except AnjiaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(one.result(60) for one in [pool.submit(run, call) for call in calls])


def doing(name: str, on: date, **arguments: Any) -> Callable[[], Any]:
    ready = prepared(name, on, **arguments)
    return lambda: commit(ready)


@pytest.fixture
def stayed(transactional_db: None) -> tuple[World, int]:
    world = town()
    person = take_in()
    settle(world, person)
    return world, person


def test_eight_windows_issue_one_permit(stayed: tuple[World, int]) -> None:
    world, person = stayed
    given = {"person": person, "place": world.code("东"), "ground": "job"}
    results = at_once(*[doing("issue-permit", ISSUED, **given) for _ in range(WRITERS)])
    assert results == {"done": 1, "permit-there-already": WRITERS - 1}
    assert Permit.objects.filter(subject=person, recorded_to=None).count() == 1


def test_endorsement_suspension_and_loss_at_one_moment(stayed: tuple[World, int]) -> None:
    world, person = stayed
    issue(world, person, ISSUED)
    late = DUE + timedelta(days=5)
    calls = [doing("endorse-permit", late, person=person) for _ in range(3)]
    calls += [doing("reissue-permit", late, person=person, reason="lost") for _ in range(2)]
    calls += [lambda: endorsing.suspend_missed(late) for _ in range(3)]
    results = at_once(*calls)
    assert set(results) <= {"done", "endorsement-too-early", "act-conflict"}
    assert results["done"] >= 1 + 2 + 3
    now = Permit.objects.get(subject=person, recorded_to=None, valid_to=None)
    assert (now.state, now.issued_on, now.years_from, now.endorsements) == ("valid", ISSUED, late, 1)
    assert Act.objects.filter(event="PERMIT_SUSPEND").count() <= 1
    assert list(log.verify(REGISTERS)) == []


def test_eight_windows_take_one_application_and_deliver_one_card(stayed: tuple[World, int]) -> None:
    _, person = stayed
    given = {"person": person, "purpose": "first", "division": EAST, "reviewed": True}
    results = at_once(*[doing("accept-card", ISSUED, **given) for _ in range(WRITERS)])
    assert results == {"done": 1, "card-there-already": WRITERS - 1}
    number = Card.objects.get(subject=person, recorded_to=None).number
    results = at_once(*[doing("make-card", ISSUED, person=person, number=number, batch=str(n)) for n in range(WRITERS)])
    assert results == {"done": 1, "card-state": WRITERS - 1}
    do("receive-card", ISSUED, person=person, number=number, serial="S1")
    calls = [doing("deliver-card", ISSUED, person=person, number=number) for _ in range(4)]
    calls += [doing("withdraw-card", ISSUED, person=person, reason="emigration", number=number) for _ in range(4)]
    results = at_once(*calls)
    assert results["done"] in (1, 2)
    [last] = Card.objects.filter(subject=person, recorded_to=None, valid_to=None)
    assert last.state == "withdrawn"
    assert list(log.verify(REGISTERS)) == []
