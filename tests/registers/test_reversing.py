"""An act undone by another one: what stands, what comes back, what stops it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from anjia.kernel import log
from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.registers import REGISTERS, history, people, reversing
from anjia.registers.models import Household, Identity, Membership, Particulars, Reversal
from tests.registers.village import built, household, relations
from tests.registers.world import DAY, EAST, World, do, prepared, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)


@pytest.fixture
def world(db: None) -> World:
    return built()


def undo(done: Any, on: date = LATER) -> Any:
    return reversing.reverse_act(
        done.act_id, key=uuid.uuid4(), actor=None, reason="办错了", on=on, definition="0" * 64
    )


def standing() -> dict[str, list[tuple[Any, ...]]]:
    """What the registers say now, without the keys of rows and acts."""
    found = {}
    for name in REGISTERS:
        if name == "reversal":
            continue
        model = apps.get_model("registers", name)
        columns = [
            one.column for one in model._meta.concrete_fields
            if not one.generated and one.column not in {*reversing.AXES, "uid", "ciphertext", "key_id"}
        ]  # fmt: skip
        rows = model.objects.filter(recorded_to=None).values_list(*columns)
        found[name] = sorted(map(repr, rows))
    return found


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("split-household", {"person": "子", "members": ["媳", "孙"]}),
        ("split-household", {"person": "父", "new_head": "媳"}),
        ("set-up-household", {"person": "无户", "place": "新居"}),
        ("join-household", {"person": "女", "household": "老宅"}),
        ("change-head", {"household": "老宅", "new_head": "子"}),
        ("change-relation", {"person": "孙女", "relation": "97"}),
        ("settle-at-address", {"person": "邻", "place": "新居"}),
        ("enter-collective", {"person": "妻", "household": "厂", "companions": ["工子"]}),
        ("leave-collective", {"person": "工"}),
        ("appoint-officer", {"household": "厂", "officer_name": "新管"}),
        ("record-death", {"person": "父", "new_head": "子"}),
        ("close-place", {"places": ["空房"]}),
        ("set-up-collective", {"kind": "T5", "division": EAST, "officer_name": "村官"}),
    ],
)
def test_what_is_undone_is_as_it_was(world: World, name: str, arguments: dict[str, Any]) -> None:
    def key(argument: str, value: Any) -> Any:
        if isinstance(value, list):
            return [key(argument, one) for one in value]
        if argument == "place":
            return world.code(value)
        return world.keys.get(value, value) if argument not in ("officer_name", "relation") else value

    before = standing()
    done = do(name, **{argument: key(argument, value) for argument, value in arguments.items()})
    during = timezone.now()
    assert standing() != before
    undone = undo(done)
    assert standing() == before
    assert undone.summary == {"reversed": done.act_id}
    assert refused(lambda: undo(done)) in ("act-reversed", "act-overtaken")
    assert history.household_of(world["母"], DAY, during) is not None
    assert list(log.verify(REGISTERS)) == []


def test_what_was_known_before_stays_readable(world: World) -> None:
    done = do("split-household", person=world["子"], members=[world["媳"]])
    during = timezone.now()
    undo(done)
    then = history.household_of(world["子"], DAY, during)
    assert then is not None
    assert then.subject == done.summary["household"]
    now = history.household_of(world["子"], DAY, timezone.now())
    assert now is not None
    assert now.subject == world["老宅"]
    story = history.timeline(world["子"], timezone.now())
    assert {one.event for one in story if one.what == "corrected"} == {"REVERSAL"}


def test_a_later_act_on_the_same_person_stops_it_and_is_named(world: World) -> None:
    first = do("split-household", person=world["子"], members=[world["媳"]], event="SPLIT")
    later = do("settle-at-address", LATER, person=world["子"], place=world.code("新居"), new_head=world["媳"])
    with pytest.raises(AnjiaError) as caught:
        undo(first)
    assert caught.value.code == "act-overtaken"
    assert caught.value.facts["act"] == later.act_id
    assert str(later.act_id) in caught.value.message.zh
    undo(later)
    undo(first)
    assert relations(household(world, "老宅", LATER))["子"] == "22"
    assert Household.objects.filter(subject=first.summary["household"], recorded_to=None).count() == 0


def test_somebody_who_joined_the_new_household_stops_it(world: World) -> None:
    first = do("set-up-household", person=world["无户"], place=world.code("新居"))
    later = do("join-household", LATER, person=world["邻"], household=first.summary["household"])
    with pytest.raises(AnjiaError) as caught:
        undo(first)
    assert (caught.value.code, caught.value.facts["act"]) == ("act-overtaken", later.act_id)


def test_a_household_that_closed_since_stops_it(world: World) -> None:
    first = do("join-household", person=world["工子"], household=world["女户"])
    later = do("enter-collective", LATER, person=world["妻"], household=world["社区"])
    assert household(world, "妻户", LATER) is None
    with pytest.raises(AnjiaError) as caught:
        undo(first)
    assert (caught.value.code, caught.value.facts["act"]) == ("act-overtaken", later.act_id)


def test_another_head_since_stops_the_return_of_the_old_one(world: World) -> None:
    first = do("settle-at-address", person=world["父"], place=world.code("新居"), new_head=world["母"])
    later = do("change-head", LATER, household=world["老宅"], new_head=world["子"])
    with pytest.raises(AnjiaError) as caught:
        undo(first)
    assert (caught.value.code, caught.value.facts["act"]) == ("act-overtaken", later.act_id)


def test_later_acts_on_others_and_on_other_things_do_not_stop_it(world: World) -> None:
    first = do("split-household", person=world["子"], members=[world["媳"]])
    do("change", LATER, register="particulars", subject=world["子"], values={"name": "子二"})
    do("join-collective", LATER, person=world["邻"], division=EAST)
    undo(first, LATER + timedelta(days=1))
    assert relations(household(world, "老宅", LATER))["子二"] == "22"


def register(world: World, name: str, **more: Any) -> Any:
    head = "99010120200229" + "003"
    number = head + citizen_no.check_digit(head)
    given = {"household": world["老宅"], "name": name, "sex": "1", "birth_on": date(2020, 2, 29), "ethnicity": "01"}
    return do("register-person", event="BIRTH", number=number, **given, **more)


def test_a_wrong_birth_is_undone_and_its_number_comes_free(world: World) -> None:
    done = register(world, "小小", father=world["子"])
    child = done.summary["person"]
    undo(done)
    assert not Particulars.objects.filter(subject=child, recorded_to=None).exists()
    assert not Identity.objects.filter(subject=child, recorded_to=None).exists()
    assert "小小" not in relations(household(world, "老宅"))


def test_a_later_act_on_a_new_person_stops_it(world: World) -> None:
    done = register(world, "小小", father=world["子"])
    later = do("change", LATER, register="particulars", subject=done.summary["person"], values={"name": "大大"})
    with pytest.raises(AnjiaError) as caught:
        undo(done)
    assert caught.value.facts["act"] == later.act_id


def test_a_number_that_comes_back_is_the_same_number(world: World) -> None:
    from anjia.kernel import acts
    from anjia.kernel.entries import Close, Plan
    from tests.registers.world import draft

    row = Identity.objects.get(subject=world["邻"])
    plain = people.number_of(world["邻"], None)
    closing = Plan((Close("identity", row.pk, row.subject),))
    done = acts.commit(draft("TEST", subjects=(row.subject,), decide=lambda seen, moment: closing))
    assert people.find_by_number(plain or "") is None
    undo(done)
    assert people.find_by_number(plain or "") == world["邻"]
    assert people.number_of(world["邻"], None) == plain


def test_what_cannot_be_undone(world: World) -> None:
    assert refused(lambda: reversing.reverse(on=DAY, act=10**9)) == "act-unknown"
    done = do("split-household", person=world["子"])
    undone = undo(done)
    assert refused(lambda: undo(undone)) == "act-is-reversal"
    assert refused(lambda: undo(done)) == "act-reversed"
    again = do("split-household", LATER, person=world["子"])
    assert refused(lambda: undo(done)) == "act-reversed"
    undo(again)
    assert Reversal.objects.count() == 2


def test_an_act_without_entries_has_nothing_to_undo(world: World) -> None:
    from anjia.kernel import acts
    from tests.registers.world import draft

    done = acts.commit(draft("REFUSE"))
    assert refused(lambda: undo(done)) == "act-empty"


def test_it_is_an_operation_that_an_item_may_name(world: World) -> None:
    done = do("change-head", household=world["老宅"], new_head=world["子"])
    do("reverse", LATER, act=done.act_id, event="REVERSAL")
    assert relations(household(world, "老宅"))["父"] == "02"


def test_two_who_undo_at_once_undo_once(world: World) -> None:
    from tests.registers.world import commit

    done = do("change-head", household=world["老宅"], new_head=world["子"])
    one, two = (prepared("reverse", LATER, act=done.act_id) for _ in range(2))
    commit(one, event="REVERSAL")
    assert refused(lambda: commit(two, event="REVERSAL")) in ("act-reversed", "act-conflict")
    assert Membership.objects.filter(subject=world["父"], recorded_to=None, valid_to=None).count() == 1
