"""Two acts on one person at the same moment, 200 times: one wins, the other is told, nothing is half written."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from anjia.kernel import acts, log
from anjia.kernel.acts import Committed, Draft
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Subject
from anjia.registers import REGISTERS
from anjia.registers.household import Household
from anjia.registers.membership import Membership
from anjia.registers.operations import Prepared
from anjia.registers.residence import Residence
from tests.registers.world import DAY, EAST, WEST, Person, World, commit, draft, make, prepared

ROUNDS = 200
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with a connection of its own for all rounds."""
    with ThreadPoolExecutor(2) as two:
        yield two
        line = threading.Barrier(2)

        def close() -> None:
            line.wait(20)
            connection.close()

        for one in [two.submit(close), two.submit(close)]:
            one.result(20)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "97")],
        homes={"户": ("J1", EAST), "东集体": ("T4", EAST), "西集体": ("T4", WEST)},
        dwellings={"东居": EAST, "西居": WEST},
    )


def at_once(pool: ThreadPoolExecutor, calls: list[Callable[[], Committed]]) -> list[Any]:
    """Runs the calls from one starting line and gives what each gave or raised."""
    line = threading.Barrier(len(calls))

    def run(call: Callable[[], Committed]) -> Any:
        connection.ensure_connection()
        line.wait(20)
        try:
            return call()
        except AnjiaError as error:
            return error

    return [one.result(30) for one in [pool.submit(run, call) for call in calls]]


def drafted(ready: Prepared, key: uuid.UUID) -> Draft:
    return draft(
        "RACE", key=key, subjects=ready.subjects, decide=ready.decide, reads=ready.reads,
        new_subjects=ready.new_subjects, effective_on=ready.on,
    )  # fmt: skip


def test_two_moves_of_one_person(world: World, pool: ThreadPoolExecutor) -> None:
    for turn in range(ROUNDS):
        day = DAY + timedelta(days=turn)
        east = turn % 2 == 0
        pair = [
            prepared("settle-at-address", day, person=world["甲"], place=world.code("东居" if east else "西居"),
                     new_head=world["乙"]),
            prepared("join-collective", day, person=world["甲"], division=EAST if east else WEST, new_head=world["乙"]),
        ]  # fmt: skip
        keys = [uuid.uuid4(), uuid.uuid4()]
        calls = [
            lambda ready=ready, key=key: acts.commit(drafted(ready, key)) for ready, key in zip(pair, keys, strict=True)
        ]
        results = at_once(pool, calls)
        won = [one for one in results if isinstance(one, Committed)]
        lost = [one for one in results if isinstance(one, AnjiaError)]
        assert (len(won), len(lost)) == (1, 1), results
        assert (lost[0].code, lost[0].status) == ("act-conflict", 409)
        assert [act.pk for act in Act.objects.filter(key__in=keys)] == [won[0].act_id]
        now = Membership.objects.get(subject=world["甲"], recorded_to=None, valid_to=None)
        assert (now.opened_by, now.household) == (won[0].act_id, won[0].summary["household"])
    nothing_half(world)


def nothing_half(world: World) -> None:
    """Checks that all that was written belongs to acts that were done, and every act is whole."""
    assert list(log.verify(REGISTERS)) == []
    known = set(Act.objects.values_list("pk", flat=True))
    assert len(known) == ROUNDS + 1
    for model in (Membership, Household, Residence):
        assert set(model.objects.values_list("opened_by", flat=True)) <= known
    made = Subject.objects.filter(kind="H").count()
    assert made == Household.objects.values("subject").distinct().count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = user AND state LIKE 'idle in transaction%'"
        )
        assert cursor.fetchone()[0] == 0


def test_one_key_sent_twice_is_one_act(world: World, pool: ThreadPoolExecutor) -> None:
    for turn in range(40):
        key = uuid.uuid4()
        ready = prepared("change", register="condition", subject=world["甲"], values={"employer": str(turn)})
        results = at_once(pool, [lambda ready=ready, key=key: acts.commit(drafted(ready, key))] * 2)
        assert [one.replayed for one in sorted(results, key=lambda one: one.replayed)] == [False, True], results
        assert results[0].act_id == results[1].act_id


def test_one_key_without_a_common_subject_is_one_act(world: World, pool: ThreadPoolExecutor) -> None:
    for _ in range(40):
        one = draft("IMPORT", new_subjects=("P",))
        results = at_once(pool, [lambda one=one: acts.commit(one)] * 2)
        assert sorted(one.replayed for one in results) == [False, True], results
        assert Act.objects.filter(key=one.key).count() == 1


def test_numbers_of_households_are_never_given_out_twice(world: World, pool: ThreadPoolExecutor) -> None:
    for turn in range(40):
        day = DAY + timedelta(days=turn)
        one, other = ("东居", "西居") if turn % 2 else ("西居", "东居")
        more = {"new_head": world["乙"]} if turn == 0 else {}
        first = prepared("settle-at-address", day, person=world["甲"], place=world.code(one), **more)
        if turn == 0:
            commit(first)
            continue
        second = prepared("settle-at-address", day, person=world["乙"], place=world.code(other))
        results = at_once(pool, [lambda ready=ready: commit(ready) for ready in (first, second)])
        assert all(isinstance(done, Committed) for done in results), results
    numbers = list(Household.objects.filter(recorded_to=None).values_list("subject", "number").distinct())
    assert len({number for _, number in numbers}) == len(numbers)
