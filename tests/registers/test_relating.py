"""Heads, single relations, and two households made one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from anjia.registers import history
from anjia.registers.models import Membership
from tests.registers.village import built, household, relations
from tests.registers.world import DAY, EAST, World, do, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)


@pytest.fixture
def world(db: None) -> World:
    return built()


def beside(world: World, who: str = "女") -> int:
    """Gives a second household at the old house's address."""
    do("join-household", person=world[who], household=world["老宅"])
    return int(do("split-household", person=world[who]).summary["household"])


def test_the_head_changes_and_all_relations_with_it(world: World) -> None:
    do("change-head", household=world["老宅"], new_head=world["子"])
    assert relations(household(world, "老宅")) == {
        "子": "02", "媳": "12", "孙": "20", "孙女": "30", "父": "51", "母": "52",
    }  # fmt: skip
    assert relations(household(world, "老宅", BEFORE))["父"] == "02"


def test_a_head_change_says_birth_order_when_all_children_are_known(world: World) -> None:
    do("change-head", household=world["老宅"], new_head=world["子"], all_children=True)
    found = relations(household(world, "老宅"))
    assert (found["孙"], found["孙女"]) == ("22", "32")


def test_who_may_not_become_head(world: World) -> None:
    for who, code in (("孙", "head-minor"), ("邻", "head-needed")):
        assert refused(lambda who=who: do("change-head", household=world["老宅"], new_head=world[who])) == code
    assert refused(lambda: do("change-head", household=world["厂"], new_head=world["工"])) == "household-not-family"


def test_a_relation_is_put_right_on_both_axes(world: World) -> None:
    earlier = timezone.now()
    do("change-relation", person=world["孙女"], relation="97")
    assert relations(household(world, "老宅"))["孙女"] == "97"
    assert relations(household(world, "老宅", BEFORE))["孙女"] == "42"
    known = history.find_household(world["老宅"], DAY, earlier)
    assert relations(known)["孙女"] == "42"


def test_birth_order_needs_all_children_and_must_be_right(world: World) -> None:
    def order(code: str, **more: bool) -> str:
        return refused(lambda: do("change-relation", person=world["子"], relation=code, **more))

    do("change-relation", person=world["子"], relation="20")
    assert order("22") == "relation-order-open"
    assert order("23", all_children=True) == "relation-order-open"
    assert order("21", all_children=True) == "relation-order-open"
    do("change-relation", LATER, person=world["子"], relation="22", all_children=True)
    assert relations(household(world, "老宅", LATER))["子"] == "22"


def test_who_is_the_head_already_is_not_made_the_head_again(world: World) -> None:
    do("change-head", household=world["老宅"], new_head=world["父"])  # relations that the register says otherwise
    assert refused(lambda: do("change-head", LATER, household=world["老宅"], new_head=world["父"])) == "head-same"


def test_what_is_no_relation(world: World) -> None:
    def change(who: str, code: str) -> str:
        return refused(lambda: do("change-relation", person=world[who], relation=code))

    assert change("父", "12") == "relation-of-head"
    assert change("子", "02") == "relation-of-head"
    assert change("子", "30") == "relation-against-sex"
    assert change("母", "11") == "relation-against-sex"
    assert change("母", "12") == "relation-same"
    assert change("母", "xx") == "code-unknown"
    assert change("工", "97") == "household-not-family"
    assert change("无户", "97") == "membership-missing"


def test_two_households_of_one_address_become_one(world: World) -> None:
    second = beside(world)
    do("merge-households", LATER, household=world["老宅"], merged=second)
    found = relations(household(world, "老宅", LATER))
    assert found == {"父": "02", "母": "12", "子": "22", "媳": "38", "孙": "41", "孙女": "42", "女": "30"}
    assert household(world, second, LATER) is None
    assert household(world, second, BEFORE + timedelta(days=2)) is not None
    kept = Membership.objects.filter(subject=world["母"], recorded_to=None)
    assert kept.count() == 1


def test_the_merged_household_may_have_another_head(world: World) -> None:
    second = beside(world)
    do("merge-households", LATER, household=world["老宅"], merged=second, head=world["女"])
    found = relations(household(world, "老宅", LATER))
    assert found == {"女": "02", "父": "51", "母": "52", "子": "71", "媳": "72", "孙": "93", "孙女": "94"}


def test_a_merge_on_the_day_of_the_split_leaves_no_trace_of_the_second_household(world: World) -> None:
    second = beside(world)
    do("merge-households", household=world["老宅"], merged=second)
    assert household(world, second) is None
    assert relations(household(world, "老宅"))["女"] == "30"


def test_what_is_no_merge(world: World) -> None:
    def merge(kept: int, gone: int, **more: int) -> str:
        return refused(lambda: do("merge-households", household=kept, merged=gone, **more))

    old = world["老宅"]
    assert merge(old, world["女户"]) == "merge-across-addresses"
    assert merge(old, old) == "membership-there-already"
    assert merge(old, world["厂"]) == "household-not-family"
    second = beside(world, "邻")
    assert merge(old, second) == "merge-of-strangers"
    third = beside(world)
    assert merge(old, third, head=world["孙"]) == "head-minor"
    assert merge(old, third, head=world["工"]) == "head-needed"


def test_a_family_household_closes_with_its_last_member_only(world: World) -> None:
    assert refused(lambda: do("close-household", household=world["老宅"])) == "household-not-empty"
    do("join-collective", person=world["女"], division=EAST)
    assert household(world, "女户") is None
    assert refused(lambda: do("close-household", household=world["女户"])) == "household-not-collective"
