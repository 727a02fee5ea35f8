"""Family households: set up, joined, split; minors alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import history, preview
from anjia.registers.household import Household
from anjia.registers.models import Guardianship, Membership, Residence
from tests.registers.village import built, household, relations
from tests.registers.world import DAY, EAST, WEST, Person, World, commit, do, make, prepared, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)
WARD = {"guardian_name": "舅舅", "guardian_ground": "dead", "approved_by": "所长"}


@pytest.fixture
def world(db: None) -> World:
    return built()


def set_up(world: World, who: str, place: str = "新居", members: tuple[str, ...] = (), **more: Any) -> Any:
    given = {"person": world[who], "place": world.code(place), "members": [world[one] for one in members]}
    return do("set-up-household", **given, **more)


def split(world: World, who: str, members: tuple[str, ...] = (), on: date = DAY, **more: Any) -> Any:
    return do("split-household", on, person=world[who], members=[world[one] for one in members], **more)


def test_a_new_household_of_members_of_another(world: World) -> None:
    done = set_up(world, "子", members=("媳", "孙", "孙女"))
    new = household(world, done.summary["household"])
    assert relations(new) == {"子": "02", "媳": "12", "孙": "20", "孙女": "30"}
    assert new is not None
    assert (new.kind, new.address, new.division) == ("J1", "新居号", WEST)
    assert relations(household(world, "老宅")) == {"父": "02", "母": "12"}
    assert set(relations(household(world, "老宅", BEFORE))) == {"父", "母", "子", "媳", "孙", "孙女"}
    lives = Residence.objects.get(subject=world["孙"], recorded_to=None)
    assert (lives.place, lives.ground) == (world["新居"], "own")


def test_a_person_without_registration_sets_up_a_household(world: World) -> None:
    done = set_up(world, "无户")
    assert relations(household(world, done.summary["household"])) == {"无户": "02"}
    assert history.membership(world["无户"], BEFORE, timezone.now()) is None
    assert Membership.objects.get(subject=world["无户"]).from_place == ""


def test_who_may_not_set_up_a_household(world: World) -> None:
    assert refused(lambda: set_up(world, "亡")) == "person-not-registrable"
    assert refused(lambda: set_up(world, "无户", members=("亡",))) == "person-not-registrable"
    assert refused(lambda: set_up(world, "子", "at 老宅")) == "membership-there-already"
    assert refused(lambda: set_up(world, "父")) == "head-needed"
    assert refused(lambda: set_up(world, "孙")) == "guardian-needed"
    assert refused(lambda: set_up(world, "孙", members=("媳",))) == "head-minor"


def test_a_household_of_minors_has_a_guardian(world: World) -> None:
    assert refused(lambda: set_up(world, "孙", guardian_name="舅舅")) == "guardian-incomplete"
    done = set_up(world, "孙", members=("孙女",), **WARD)
    new = done.summary["household"]
    assert relations(household(world, new)) == {"孙": "02", "孙女": "77"}
    ward = Guardianship.objects.get(subject=new)
    assert (ward.name, ward.ground, ward.approved_by, ward.valid_to) == ("舅舅", "dead", "所长", None)
    do("join-household", LATER, person=world["无户"], household=new)
    do("change-head", LATER, household=new, new_head=world["无户"])
    ended = Guardianship.objects.get(subject=new, recorded_to=None)
    assert ended.valid_to == LATER
    assert refused(lambda: do("change-head", LATER, household=new, new_head=world["孙"])) == "head-minor"


def test_minors_who_stay_need_a_guardian_and_lose_none_when_they_go(world: World) -> None:
    for name in ("父", "母", "媳"):
        heir = {"new_head": world["子"]} if name == "父" else {}
        do("join-collective", person=world[name], division=EAST, **heir)
    assert refused(lambda: set_up(world, "子", new_head=world["孙"])) == "head-minor"
    done = do("set-up-household", person=world["子"], place=world.code("新居"), new_head=world["孙"], **WARD)
    assert relations(household(world, "老宅")) == {"孙": "02", "孙女": "77"}
    do("join-household", LATER, person=world["孙"], members=[world["孙女"]], household=done.summary["household"])
    assert household(world, "老宅", LATER) is None
    assert not Guardianship.objects.filter(recorded_to=None, valid_to=None).exists()


def test_joining_a_household_of_kin(world: World) -> None:
    do("join-household", person=world["女"], household=world["老宅"])
    assert relations(household(world, "老宅"))["女"] == "30"
    assert household(world, "女户") is None
    assert household(world, "女户", BEFORE) is not None
    do("join-household", LATER, person=world["邻"], household=world["老宅"])
    assert relations(household(world, "老宅", LATER))["邻"] == "99"


def test_joining_says_birth_order_when_all_children_are_vouched_for(world: World) -> None:
    do("join-household", person=world["女"], household=world["老宅"], all_children=True)
    assert relations(household(world, "老宅"))["女"] == "32"


def test_what_cannot_be_joined(world: World) -> None:
    def join(who: str, home: str) -> str:
        return refused(lambda: do("join-household", person=world[who], household=world[home]))

    assert join("子", "老宅") == "membership-there-already"
    assert join("邻", "厂") == "household-not-family"
    assert join("父", "女户") == "head-needed"
    assert join("亡", "女户") == "person-not-registrable"


def test_splitting_at_the_same_address(world: World) -> None:
    done = split(world, "子", ("媳", "孙"))
    old, new = household(world, "老宅"), household(world, done.summary["household"])
    assert old is not None
    assert new is not None
    assert (new.address, new.place, new.division) == (old.address, old.place, old.division)
    assert new.number != old.number
    assert relations(new) == {"子": "02", "媳": "12", "孙": "20"}
    assert relations(old) == {"父": "02", "母": "12", "孙女": "42"}
    assert not Residence.objects.exists()
    homes = history.households_at(old.place or 0, DAY, timezone.now())
    assert {view.subject for view in homes} == {old.subject, new.subject}


def test_the_head_splits_off_and_the_others_have_a_new_head(world: World) -> None:
    assert refused(lambda: split(world, "父", ("母",))) == "head-needed"
    assert refused(lambda: split(world, "父", ("母",), new_head=world["孙"])) == "head-minor"
    done = split(world, "父", ("母",), new_head=world["媳"])
    assert relations(household(world, done.summary["household"])) == {"父": "02", "母": "12"}
    assert relations(household(world, "老宅")) == {"媳": "02", "子": "11", "孙": "20", "孙女": "30"}


def test_splitting_to_another_address(world: World) -> None:
    done = split(world, "子", ("媳", "孙", "孙女"), place=world.code("空房"))
    new = household(world, done.summary["household"])
    assert new is not None
    assert new.address == "空房号"
    assert Residence.objects.filter(place=world["空房"], recorded_to=None).count() == 4


def test_what_is_no_split(world: World) -> None:
    everybody = ("母", "子", "媳", "孙", "孙女")
    assert refused(lambda: split(world, "父", everybody)) == "split-leaves-nobody"
    assert refused(lambda: split(world, "子", ("邻",))) == "split-across-households"
    assert refused(lambda: split(world, "工")) == "household-not-family"
    assert refused(lambda: split(world, "无户")) == "membership-missing"
    assert refused(lambda: split(world, "子", place=f"{WEST}99999999")) == "place-unknown"


def test_after_a_split_both_sides_are_known_as_of_any_day_and_moment(world: World) -> None:
    earlier = timezone.now()
    split(world, "子", ("媳",))
    [new] = Household.objects.filter(subject=history.household_of(world["子"], DAY, timezone.now()).subject)
    assert history.find_household(new.subject, DAY, earlier) is None
    then = history.household_of(world["子"], DAY, earlier)
    assert then is not None
    assert then.subject == world["老宅"]


def test_two_splits_of_one_day_and_a_move_on_the_next(world: World) -> None:
    first = split(world, "子", ("媳", "孙", "孙女"))
    second = split(world, "媳", ("孙女",))
    assert relations(household(world, first.summary["household"])) == {"子": "02", "孙": "20"}
    assert relations(household(world, second.summary["household"])) == {"媳": "02", "孙女": "30"}
    do("settle-at-address", LATER, person=world["媳"], place=world.code("新居"), companions=[world["孙女"]])
    assert household(world, second.summary["household"], LATER) is None


def test_the_preview_of_a_split_shows_both_sides(world: World) -> None:
    ready = prepared("split-household", person=world["子"], members=[world["媳"]], new_head=None)
    new, = (view for view in preview.preview(ready) if view.subject < 0)
    assert relations(new) == {"子": "02", "媳": "12"}
    assert new.number == ""
    done = commit(ready)
    assert relations(household(world, done.summary["household"])) == relations(new)


def test_somebody_who_left_between_look_and_lock_stops_the_split(world: World) -> None:
    ready = prepared("split-household", person=world["子"], members=[world["媳"]])
    do("join-collective", person=world["媳"], division=EAST)
    assert refused(lambda: commit(ready)) == "act-conflict"


def test_a_child_of_the_29th_of_february_is_a_minor_until_the_first_of_march(db: None) -> None:
    world = make(
        [Person("甲", "1", "2008-02-29", "户", "20", father="乙"), Person("乙", "1", "1980-01-01", "户")],
        homes={"户": ("J1", EAST)},
        dwellings={"新居": WEST},
    )
    given = {"person": world["甲"], "place": world.code("新居")}
    assert refused(lambda: do("set-up-household", date(2026, 2, 28), **given)) == "guardian-needed"
    do("set-up-household", date(2026, 3, 1), **given)
