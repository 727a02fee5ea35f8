"""Collective households: set up with an officer, entered, left, closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from anjia.registers import history, listing
from anjia.registers.models import Officer, Residence
from tests.registers.village import built, household, relations
from tests.registers.world import DAY, EAST, WEST, World, do, refused

pytestmark = pytest.mark.django_db
BEFORE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=30)


@pytest.fixture
def world(db: None) -> World:
    return built()


def set_up(**changed: Any) -> int:
    given = {"kind": "T1", "division": EAST, "name": "青石机械厂", "officer_name": "管户", **changed}
    return int(do("set-up-collective", event="NEWHH", **given).summary["household"])


def officer(home: int) -> Officer:
    return Officer.objects.get(subject=home, recorded_to=None, valid_to=None)


def test_a_unit_sets_up_its_household_with_an_officer(world: World) -> None:
    home = set_up(place=world.code("空房"), officer=world["邻"], post="人事科长")
    view = household(world, home)
    assert view is not None
    assert (view.kind, view.name, view.address, view.members, view.head) == ("T1", "青石机械厂", "空房号", (), None)
    assert view.number.startswith("0101")
    one = officer(home)
    assert (one.person, one.name, one.post, one.valid_from) == (world["邻"], "管户", "人事科长", DAY)


@pytest.mark.parametrize("kind", ["T1", "T2", "T3", "T4", "T5", "T6", "T7"])
def test_every_kind_is_set_up_and_closed(db: None, kind: str) -> None:
    home = set_up(kind=kind, address="村委会")
    assert household(World(), home) is not None
    do("close-collective", LATER, household=home)
    assert household(World(), home, LATER) is None
    assert not Officer.objects.filter(recorded_to=None, valid_to=None).exists()
    assert Officer.objects.get(recorded_to=None).valid_to == LATER


def test_what_is_no_collective_household(world: World) -> None:
    assert refused(lambda: set_up(kind="J1")) == "collective-kind"
    assert refused(lambda: set_up(name=" ")) == "collective-nameless"
    assert refused(lambda: set_up(officer_name=" ")) == "officer-needed"
    assert refused(lambda: set_up(officer=world["亡"])) == "officer-not-alive"
    assert refused(lambda: set_up(place=f"{EAST}99999999")) == "place-unknown"


def test_one_a_unit_one_a_community_one_a_village(world: World) -> None:
    set_up()
    assert refused(lambda: set_up(division=WEST)) == "collective-of-unit"
    assert refused(lambda: set_up(kind="T4")) == "collective-of-community"
    first = set_up(kind="T5", name="")
    assert refused(lambda: set_up(kind="T5", name="")) == "collective-of-village"
    do("close-collective", household=first)
    set_up(kind="T5", name="")


def test_the_officer_changes_and_the_old_one_stays_readable(world: World) -> None:
    do("appoint-officer", household=world["厂"], officer_name="新管", officer=world["女"])
    assert (officer(world["厂"]).name, officer(world["厂"]).valid_from) == ("新管", DAY)
    old = Officer.objects.get(subject=world["厂"], recorded_to=None, valid_to=DAY)
    assert old.name == "户管员"
    again = {"household": world["厂"], "officer_name": "新管", "officer": world["女"]}
    assert refused(lambda: do("appoint-officer", **again)) == "officer-same"
    of_family = {"household": world["老宅"], "officer_name": "甲"}
    assert refused(lambda: do("appoint-officer", **of_family)) == "household-not-collective"
    dead = {"household": world["厂"], "officer_name": "甲", "officer": world["亡"]}
    assert refused(lambda: do("appoint-officer", **dead)) == "officer-not-alive"


def test_an_officer_is_no_member(world: World) -> None:
    do("appoint-officer", household=world["社区"], officer_name="女", officer=world["女"])
    assert relations(household(world, "社区")) == {}
    assert relations(household(world, "女户")) == {"女": "02"}


def test_entering_with_spouse_and_minor_child(world: World) -> None:
    do("enter-collective", person=world["妻"], household=world["厂"], companions=[world["工子"]])
    assert relations(household(world, "厂")) == {"工": "99", "妻": "99", "工子": "99"}
    assert household(world, "妻户") is None
    do("enter-collective", LATER, person=world["无户"], household=world["社区"])
    assert relations(household(world, "社区", LATER)) == {"无户": "99"}


def test_entering_says_where_one_lives(world: World) -> None:
    do("enter-collective", person=world["邻"], household=world["厂"], place=world.code("新居"))
    lives = Residence.objects.get(subject=world["邻"])
    assert (lives.place, lives.ground, lives.division) == (world["新居"], "dorm", WEST)


def test_who_may_not_enter(world: World) -> None:
    def enter(who: str, home: str, *along: str, **more: Any) -> str:
        given = {"person": world[who], "household": world[home], "companions": [world[one] for one in along], **more}
        return refused(lambda: do("enter-collective", **given))

    assert enter("工", "厂") == "membership-there-already"
    assert enter("邻", "老宅") == "household-not-collective"
    assert enter("父", "厂", "子", new_head=world["媳"]) == "companion-not-allowed"
    assert enter("母", "厂", "女") == "companion-not-allowed"
    assert enter("父", "厂") == "head-needed"
    assert enter("亡", "厂") == "person-not-registrable"
    assert enter("邻", "厂", place=f"{WEST}99999999") == "place-unknown"


def test_who_leaves_a_unit_goes_to_the_community_household(world: World) -> None:
    do("leave-collective", person=world["工"], ground="11")
    assert relations(household(world, "社区")) == {"工": "99"}
    assert relations(household(world, "厂", BEFORE)) == {"工": "99"}
    assert refused(lambda: do("leave-collective", LATER, person=world["工"])) == "leave-not-unit"
    assert refused(lambda: do("leave-collective", person=world["父"])) == "leave-not-unit"
    assert refused(lambda: do("leave-collective", person=world["无户"])) == "membership-missing"


def test_a_household_with_members_does_not_close(world: World) -> None:
    assert refused(lambda: do("close-collective", household=world["厂"])) == "household-not-empty"
    assert refused(lambda: do("close-collective", household=world["老宅"])) == "household-not-collective"
    do("leave-collective", person=world["工"])
    do("close-household", LATER, household=world["厂"])
    assert household(world, "厂", LATER) is None
    assert refused(lambda: do("enter-collective", LATER, person=world["邻"], household=world["厂"])) == (
        "household-not-collective"
    )


def test_the_database_itself_wants_the_officer(world: World) -> None:
    from anjia.kernel import acts
    from anjia.kernel.entries import Close, Open, Plan
    from tests.registers.world import draft

    def commit(plan: Plan, *subjects: int) -> Any:
        return acts.commit(draft("TEST", subjects=subjects, decide=lambda seen, moment: plan))

    home, one = world["厂"], officer(world["厂"])
    assert refused(lambda: commit(Plan((Close("officer", one.pk, home),)), home)) == "household-officerless"
    values = {"person": None, "name": "另一人", "post": ""}
    assert refused(lambda: commit(Plan((), (Open("officer", home, DAY, None, values),)), home)) == (
        "household-two-officers"
    )
    family = world["老宅"]
    assert refused(lambda: commit(Plan((), (Open("officer", family, DAY, None, values),)), family)) == (
        "household-officerless"
    )
    page = connection.cursor()
    page.execute("SELECT id FROM registers_household WHERE subject = %s", [home])
    [(row,)] = page.fetchall()
    assert refused(lambda: commit(Plan((Close("household", row, home),)), home)) == "household-closed"


def test_an_officer_as_of_an_earlier_moment(world: World) -> None:
    earlier = timezone.now()
    do("appoint-officer", household=world["厂"], officer_name="新管")
    assert history.officer(world["厂"], DAY, timezone.now()).name == "新管"
    assert history.officer(world["厂"], BEFORE, timezone.now()).name == "户管员"
    assert history.officer(world["厂"], DAY, earlier).name == "户管员"
    assert history.officer(world["老宅"], DAY, earlier) is None


def test_new_ones_are_counted_by_kind_and_quarter(world: World) -> None:
    since, until = date(DAY.year, 1, 1), date(DAY.year + 1, 1, 1)

    def counted() -> dict[tuple[int, str], int]:
        return {(one.quarter, one.kind): one.count for one in listing.new_collectives(since, until)}

    before = counted()
    quarter = (DAY.month + 2) // 3
    closed = set_up()
    set_up(kind="T5", name="", address="村委会")
    do("close-collective", LATER, household=closed)
    for kind in ("T1", "T5"):
        assert counted()[(quarter, kind)] == before.get((quarter, kind), 0) + 1
    assert listing.new_collectives(DAY + timedelta(days=1), until) == []
    assert listing.new_collectives(since, DAY + timedelta(days=1)) == listing.new_collectives(since, until)
