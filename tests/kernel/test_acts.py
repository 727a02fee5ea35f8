"""Acts: whole or not at all, once for a key, with the database's last word turned into a sentence."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from anjia.kernel import acts, log, readonly
from anjia.kernel.acts import Guard, Job
from anjia.kernel.entries import Close, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Subject
from anjia.registers import REGISTERS
from anjia.registers.membership import Membership
from anjia.registers.particulars import Particulars
from tests.registers.world import BEGIN, DAY, EAST, WEST, Person, World, do, draft, make, prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "97")],
        homes={"户": ("J1", EAST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )


def plan(*opens: Open, closes: tuple[Close, ...] = ()) -> Any:
    return lambda seen, moment: Plan(closes, opens)


def member(world: World, who: str, **changed: Any) -> Open:
    values = {
        "household": world["户"], "relation": "97", "ground": "", "from_place": "", "division": EAST,
        "close_ground": "",
    } | changed  # fmt: skip
    return Open("membership", world[who], DAY, None, values)


def refused(one: acts.Draft) -> AnjiaError:
    count = Act.objects.count()
    with pytest.raises(AnjiaError) as caught:
        acts.commit(one)
    assert Act.objects.count() == count
    assert caught.value.message.zh != caught.value.message.en
    return caught.value


def test_an_act_keeps_who_when_why_and_under_what(world: World) -> None:
    done = do("join-collective", event="MOVE_INTRA", person=world["甲"], division=WEST, new_head=world["乙"])
    act = Act.objects.get(pk=done.act_id)
    assert (act.event, act.effective_on, act.reason, act.definition) == ("MOVE_INTRA", DAY, "test", "0" * 64)
    assert act.at == done.at
    opened = Membership.objects.filter(opened_by=act.pk)
    closed = Membership.objects.filter(closed_by=act.pk)
    assert {one.recorded_from for one in opened} == {one.recorded_to for one in closed} == {act.at}


def test_the_same_key_is_the_same_act(world: World) -> None:
    key = uuid.uuid4()
    given = {"register": "particulars", "subject": world["甲"], "values": {"name": "新"}}
    first = do("change", key=key, **given)
    again = do("change", key=key, **given)
    assert (again.act_id, again.at, again.replayed) == (first.act_id, first.at, True)
    assert Particulars.objects.filter(subject=world["甲"]).count() == 3


def test_a_key_of_another_act_is_refused(world: World) -> None:
    key = uuid.uuid4()
    acts.commit(draft("ONE", key=key, subjects=(world["甲"],)))
    assert refused(draft("TWO", key=key, subjects=(world["甲"],))).code == "key-reused"
    assert refused(draft("ONE", key=key, case_number="C-1", subjects=(world["甲"],))).code == "key-reused"


def test_what_moved_on_is_a_conflict(world: World) -> None:
    entry = Particulars.objects.get(subject=world["甲"], recorded_to=None)
    do("change", register="particulars", subject=world["甲"], values={"name": "新"})
    stale = draft("LATE", subjects=(world["甲"],), decide=plan(closes=(Close("particulars", entry.pk, world["甲"]),)))
    assert refused(stale).code == "act-conflict"


def test_an_unknown_subject_is_a_conflict(world: World) -> None:
    assert refused(draft("NOBODY", subjects=(10**12,))).code == "act-conflict"


def test_a_plan_stays_within_what_is_locked(world: World) -> None:
    one = draft("ASTRAY", subjects=(world["乙"],), decide=plan(member(world, "乙")))
    assert refused(one).code == "act-unlocked"


def test_a_guard_that_does_not_hold_undoes_everything(world: World) -> None:
    prepared_ = prepared("change", register="particulars", subject=world["甲"], values={"name": "新"})
    one = draft(
        "GUARDED", subjects=prepared_.subjects, decide=prepared_.decide, reads=prepared_.reads,
        guards=(Guard("UPDATE kernel_counter SET value = 0 WHERE name = %s", ["nothing"], 1),),
    )  # fmt: skip
    assert refused(one).code == "act-conflict"
    assert Particulars.objects.filter(subject=world["甲"]).count() == 1


def test_what_decide_refuses_undoes_everything(world: World) -> None:
    def decide(seen: acts.Seen, moment: acts.Moment) -> Plan:
        raise AnjiaError("rule-not-met", "不行", "No", ("无", "none"))

    assert refused(draft("NO", subjects=(world["甲"],), decide=decide, new_subjects=("H",))).code == "rule-not-met"


def test_new_subjects_are_of_the_kinds_that_were_asked_for(world: World) -> None:
    given: list[int] = []

    def decide(seen: acts.Seen, moment: acts.Moment) -> Plan:
        given.extend(moment.subjects)
        return Plan()

    kinds = tuple("PPHLL" * 40)
    acts.commit(draft("MANY", decide=decide, new_subjects=kinds))
    made = dict(Subject.objects.filter(pk__in=given).values_list("pk", "kind"))
    assert tuple(made[key] for key in given) == kinds


def test_an_act_that_is_repeated_or_refused_makes_no_subject(world: World) -> None:
    key, count = uuid.uuid4(), Subject.objects.count()
    for _ in range(2):
        acts.commit(draft("ONCE", key=key, new_subjects=("H",)))
    refused(draft("BAD", new_subjects=("H", "H"), subjects=(world["甲"],), decide=plan(member(world, "甲"))))
    assert Subject.objects.count() == count + 1


def test_evidence_may_be_made_while_the_database_reads(world: World) -> None:
    done = acts.commit(draft("LATER", subjects=(world["甲"],), evidence=lambda: {"b": [1, "二"], "a": None}))
    assert Act.objects.get(pk=done.act_id).evidence == {"a": None, "b": [1, "二"]}
    assert list(log.verify(REGISTERS)) == []


def test_evidence_that_cannot_be_made_undoes_everything(world: World) -> None:
    def evidence() -> dict[str, Any]:
        raise AnjiaError("fact-missing", "缺", "Missing", ("无", "none"))

    assert refused(draft("NO", subjects=(world["甲"],), evidence=evidence)).code == "fact-missing"
    acts.commit(draft("NEXT", subjects=(world["甲"],)))


def test_jobs_are_queued_with_the_act_or_not_at_all(world: World) -> None:
    job = Job("anjia.effect", {"effect": "send-notice"}, lock="a")
    done = acts.commit(draft("WITH", subjects=(world["甲"],), jobs=(job, replace(job, lock="b"))))
    refused(draft("WITHOUT", subjects=(world["甲"],), jobs=(job,), decide=plan(member(world, "甲"))))
    with connection.cursor() as cursor:
        cursor.execute("SELECT (args->>'act_id')::bigint, lock FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [(done.act_id, "a"), (done.act_id, "b")]


def test_a_read_view_cannot_act(world: World) -> None:
    with readonly.read_only():
        assert refused(draft("READING", subjects=(world["甲"],))).code == "view-wrote"


def test_the_transaction_goes_on_after_a_refused_act(world: World) -> None:
    with transaction.atomic():
        refused(draft("BAD", subjects=(world["甲"], world["户"]), decide=plan(member(world, "甲"))))
        acts.commit(draft("GOOD", subjects=(world["甲"],)))
    assert Act.objects.filter(event="GOOD").exists()


@pytest.mark.parametrize(
    ("who", "changed", "code"),
    [
        ("甲", {}, "membership-overlap"),
        ("丙", {"relation": "02"}, "household-two-heads"),
        ("丙", {"relation": "XX"}, "code-unknown"),
        ("丙", {"division": WEST}, "membership-elsewhere"),
        ("丙", {"household": "集体", "division": WEST, "relation": "20"}, "relation-not-collective"),
        ("丙", {"household": "空"}, "household-closed"),
        ("亡", {}, "person-not-registrable"),
    ],
)
def test_a_violated_constraint_becomes_its_sentence(world: World, who: str, changed: Any, code: str) -> None:
    more = make([Person("丙", "1", "2000-01-01"), Person("亡", "1", "1950-01-01", dead=True)])
    world.keys |= more.keys
    world.keys["空"] = Subject.objects.create(kind="H").pk
    given = {key: world[value] if key == "household" else value for key, value in changed.items()}
    home = given.get("household", world["户"])
    one = draft("BAD", subjects=(world[who], home), decide=plan(member(world, who, **given)))
    error = refused(one)
    assert (error.code, error.status) == (code, 409)


def test_a_household_is_never_left_headless_or_empty(world: World) -> None:
    head = Membership.objects.get(subject=world["甲"], recorded_to=None)
    close = Close("membership", head.pk, world["甲"])
    one = draft("BAD", subjects=(world["甲"], world["户"]), decide=plan(closes=(close,)))
    assert refused(one).code == "household-headless"


def test_the_first_day_of_everything_is_in_the_world(world: World) -> None:
    assert {one.valid_from for one in Membership.objects.all()} == {BEGIN}
