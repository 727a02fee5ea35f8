"""Moving inside the city: what closes, what opens, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import history, operations, preview
from anjia.registers.history import HouseholdView
from anjia.registers.household import Household
from anjia.registers.membership import Membership
from anjia.registers.residence import Residence
from tests.registers.world import DAY, EAST, WEST, Person, World, commit, do, make, prepared, refused

pytestmark = pytest.mark.django_db

FAMILY = (
    Person("父", "1", "1955-03-01", "老宅", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "老宅", "12", marital="20"),
    Person("子", "1", "1985-05-05", "老宅", "22", father="父", mother="母", marital="20", spouse="媳"),
    Person("媳", "2", "1986-05-05", "老宅", "38", marital="20"),
    Person("孙", "1", "2015-06-01", "老宅", "41", father="子", mother="媳"),
    Person("独", "2", "1990-01-01", "独户"),
    Person("邻", "1", "1980-01-01", "集体", "99"),
)
HOMES = {"老宅": ("J1", EAST), "独户": ("J1", EAST), "集体": ("T4", EAST), "西集体": ("T4", WEST)}


@pytest.fixture
def world(db: None) -> World:
    return make(FAMILY, homes=HOMES, dwellings={"新居": WEST, "别处": WEST})


def household(world: World, name: str, on: date = DAY) -> HouseholdView | None:
    return history.find_household(world[name], on, timezone.now())


def relations(view: HouseholdView | None) -> dict[str, str]:
    assert view is not None
    return {member.name: member.relation for member in view.members}


def settle(world: World, who: str, place: str = "新居", **more: Any) -> Any:
    along = [world[name] for name in more.pop("companions", ())]
    head = more.pop("new_head", None)
    return do(
        "settle-at-address", person=world[who], place=world.code(place), companions=along,
        new_head=world[head] if head else None, **more,
    )  # fmt: skip


def test_a_member_leaves_and_the_household_stays_as_it_was(world: World) -> None:
    done = settle(world, "子", companions=["媳", "孙"])
    new = history.household(done.summary["household"], DAY, timezone.now())
    assert relations(new) == {"子": "02", "媳": "12", "孙": "20"}
    assert (new.kind, new.division, new.address) == ("J1", WEST, "新居号")
    assert relations(household(world, "老宅")) == {"父": "02", "母": "12"}
    stayed = Membership.objects.filter(subject=world["母"])
    assert [one.closed_by for one in stayed] == [None]


def test_the_day_before_everything_is_as_before(world: World) -> None:
    settle(world, "子", companions=["媳", "孙"])
    before = household(world, "老宅", DAY - timedelta(days=1))
    assert set(relations(before)) == {"父", "母", "子", "媳", "孙"}


def test_the_head_leaves_and_the_others_need_a_new_head(world: World) -> None:
    assert refused(lambda: settle(world, "父")) == "head-needed"
    assert refused(lambda: settle(world, "父", new_head="邻")) == "head-needed"
    settle(world, "父", new_head="子")
    assert relations(household(world, "老宅")) == {"子": "02", "媳": "12", "孙": "20", "母": "52"}


def test_the_head_leaves_with_the_spouse_and_the_daughter_in_law_heads(world: World) -> None:
    settle(world, "父", companions=["母"], new_head="媳")
    assert relations(household(world, "老宅")) == {"媳": "02", "子": "11", "孙": "20"}


def test_a_minor_heads_nothing(world: World) -> None:
    assert refused(lambda: settle(world, "父", new_head="孙")) == "head-minor"
    assert refused(lambda: settle(world, "孙")) == "head-minor"


def test_a_sole_member_leaves_and_the_household_closes(world: World) -> None:
    settle(world, "独")
    assert household(world, "独户") is None
    assert household(world, "独户", DAY - timedelta(days=1)) is not None
    [closed] = Household.objects.filter(subject=world["独户"], recorded_to=None)
    assert closed.valid_to == DAY


def test_who_comes_along(world: World) -> None:
    assert refused(lambda: settle(world, "子", companions=["独"])) == "companion-not-allowed"
    assert refused(lambda: settle(world, "独", companions=["邻"])) == "companion-not-allowed"
    settle(world, "子", companions=["母", "媳"])
    assert relations(household(world, "老宅")) == {"父": "02", "孙": "41"}


def test_residence_follows_and_stays_when_it_is_the_same(world: World) -> None:
    settle(world, "子")
    [lives] = Residence.objects.filter(subject=world["子"], recorded_to=None)
    assert (lives.place, lives.valid_from) == (world["新居"], DAY)
    later = DAY + timedelta(days=30)
    do("join-collective", later, person=world["子"], division=WEST, place=world.code("新居"))
    assert Residence.objects.get(subject=world["子"]).pk == lives.pk


def test_places_that_are_none(world: World) -> None:
    for code in (f"{WEST}99999999", f"{EAST}{world['新居']:08d}"):
        assert refused(lambda code=code: do("settle-at-address", person=world["子"], place=code)) == "place-unknown"
    assert refused(lambda: do("settle-at-address", person=world["子"], place="1")) == "place-code-malformed"


def test_already_there(world: World) -> None:
    settle(world, "子")
    assert refused(lambda: settle(world, "子")) == "membership-there-already"
    do("join-collective", person=world["独"], division=WEST)
    again = prepared("join-collective", person=world["独"], division=WEST)
    assert refused(lambda: commit(again)) == "membership-there-already"


def test_a_collective_household_carries_no_kinship(world: World) -> None:
    do("join-collective", person=world["子"], division=WEST, companions=[world["媳"], world["孙"]])
    assert relations(household(world, "西集体")) == {"子": "99", "媳": "99", "孙": "99"}


def test_only_a_spouse_and_minor_children_come_along_into_a_collective_household(world: World) -> None:
    for who, along in (("母", "子"), ("父", "孙"), ("子", "母")):
        given = {"person": world[who], "division": WEST, "companions": [world[along]]}
        assert refused(lambda given=given: do("join-collective", **given)) == "companion-not-allowed"


def test_the_collective_household_of_the_community_its_town_or_county(world: World) -> None:
    for division in (WEST, WEST[:9] + "999", WEST[:6] + "999999"):
        ready = prepared("join-collective", person=world["独"], division=division)
        assert world["西集体"] in ready.subjects
    for division in ("", WEST[:6], "990103001001"):
        assert refused(
            lambda division=division: prepared("join-collective", person=world["独"], division=division)
        ) == "collective-missing"


def test_leaving_a_collective_household_locks_nobody_else(world: World) -> None:
    do("join-collective", person=world["独"], division=EAST)
    ready = prepared("settle-at-address", person=world["邻"], place=world.code("新居"))
    assert world["独"] not in ready.subjects
    commit(ready)
    assert relations(household(world, "集体")) == {"独": "99"}


def test_somebody_who_moved_in_between_look_and_lock_stops_the_act(world: World) -> None:
    ready = prepared("settle-at-address", person=world["子"], place=world.code("新居"))
    settle(world, "子", "别处")
    assert refused(lambda: commit(ready)) == "act-conflict"


def test_the_dead_and_strangers_do_not_move(world: World) -> None:
    other = make([Person("亡", "1", "1950-01-01", dead=True)])
    assert refused(lambda: settle(World({**world.keys, **other.keys}, world.division), "亡")) == "membership-missing"
    ready = prepared("settle-at-address", person=10**9, place=world.code("新居"))
    assert refused(lambda: commit(ready)) == "act-conflict"
    assert refused(lambda: preview.preview(ready)) == "membership-missing"


def test_a_widow_heads_her_parents_in_law(world: World) -> None:
    do("record-death", person=world["子"], event="DEATH")
    day = DAY + timedelta(days=1)
    do("settle-at-address", day, person=world["父"], place=world.code("新居"), new_head=world["媳"])
    assert relations(household(world, "老宅", day)) == {"媳": "02", "孙": "20", "母": "54"}


def test_two_moves_of_one_day_leave_the_last_one(world: World) -> None:
    settle(world, "独")
    settle(world, "独", "别处")
    stays = Membership.objects.filter(subject=world["独"], recorded_to=None).order_by("valid_from")
    assert [(one.valid_from == DAY, one.valid_to) for one in stays] == [(False, DAY), (True, None)]
    own = history.household_of(world["独"], DAY, timezone.now())
    assert own is not None
    assert own.address == "别处号"


@pytest.mark.parametrize(
    ("do_", "who", "more"),
    [
        ("settle-at-address", "子", {"companions": ["媳", "孙"]}),
        ("settle-at-address", "父", {"new_head": "媳"}),
        ("settle-at-address", "独", {}),
        ("join-collective", "父", {"companions": ["母"], "new_head": "子"}),
        ("join-collective", "邻", {}),
        ("change-head", "", {"household": "老宅", "new_head": "子"}),
    ],
)
def test_the_preview_is_what_is_then_committed(world: World, do_: str, who: str, more: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        key: [world[one] for one in value] if isinstance(value, list) else world[value] for key, value in more.items()
    }
    given |= {"person": world[who]} if who else {}
    given |= {"place": world.code("新居")} if do_ == "settle-at-address" else {}
    given |= {"division": WEST} if do_ == "join-collective" else {}
    ready = operations.prepare(do_, given, on=DAY)
    shown = preview.preview(ready)
    done = commit(ready)
    assert shown
    for view in shown:
        subject = view.subject if view.subject > 0 else done.summary["household"]
        real = history.household(subject, DAY, timezone.now())
        assert view.members == real.members
        names = ("kind", "address", "place", "division", "station", "name")
        assert [getattr(view, name) for name in names] == [getattr(real, name) for name in names]
        assert view.number in (real.number, "")
