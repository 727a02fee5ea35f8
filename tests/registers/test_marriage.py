"""Marriage, divorce, widowhood and adoption: status, kinship and the relations that follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import history
from anjia.registers.kinship import Kinship
from anjia.registers.marriage import spouse_of
from tests.registers.lives import codes, family, person, registered
from tests.registers.world import DAY, World, do, refused

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=200)
AFTER = DAY + timedelta(days=400)


@pytest.fixture
def world(db: None) -> World:
    return family()


def marital(world: World, *names: str, on: Any = DAY) -> list[str]:
    return [person(world[name], on).marital for name in names]


def test_a_marriage_changes_both_from_the_day(world: World) -> None:
    before = timezone.now()
    done = do("marry", person=world["独"], spouse=world["单"])
    assert done.summary["warnings"] == []
    assert marital(world, "独", "单") == ["21", "21"]
    assert marital(world, "独", "单", on=DAY - timedelta(days=1)) == ["10", "10"]
    assert history.person(world["独"], DAY, before).marital == "10"
    assert (spouse_of(world["独"]), spouse_of(world["单"])) == (world["单"], world["独"])


def test_nobody_marries_twice(world: World) -> None:
    do("marry", person=world["独"], spouse=world["单"])
    assert refused(lambda: do("marry", NEXT, person=world["独"])) == "married-already"
    assert refused(lambda: do("marry", NEXT, person=world["父"], spouse=world["单"])) == "married-already"
    assert refused(lambda: do("marry", NEXT, person=world["故"])) == "person-not-registrable"


def test_who_marry_again_are_reunited_and_others_remarried(world: World) -> None:
    do("divorce", person=world["父"])
    assert marital(world, "父", "母") == ["40", "40"]
    assert (spouse_of(world["父"]), spouse_of(world["母"])) == (None, None)
    do("marry", NEXT, person=world["母"], spouse=world["父"])
    assert marital(world, "父", "母", on=NEXT) == ["23", "23"]
    do("divorce", AFTER, person=world["母"], spouse=world["父"])
    do("marry", AFTER + timedelta(days=1), person=world["父"], spouse=world["单"])
    assert marital(world, "父", "单", on=AFTER + timedelta(days=1)) == ["22", "21"]


def test_a_marriage_below_the_age_is_looked_at_again(world: World) -> None:
    done = do("marry", person=world["幼"], spouse=world["单"])
    assert done.summary["warnings"] == [f"marriage-age:{world['幼']}"]


def test_relations_in_the_household_follow(world: World) -> None:
    do("divorce", person=world["父"])
    assert codes(world, "户") == {"祖": "02", "婆": "12", "父": "20", "母": "99", "幼": "41"}
    assert codes(world, "户", DAY - timedelta(days=1))["母"] == "38"
    do("marry", NEXT, person=world["父"], spouse=world["母"])
    assert codes(world, "户", NEXT)["母"] == "38"


def test_who_is_not_married_is_not_divorced(world: World) -> None:
    assert refused(lambda: do("divorce", person=world["独"])) == "not-married"
    assert refused(lambda: do("divorce", person=world["父"], spouse=world["单"])) == "not-married"
    assert refused(lambda: do("widow", person=world["独"])) == "not-married"


def test_a_spouse_whom_the_register_does_not_know_is_left_out(world: World) -> None:
    do("marry", person=world["独"])
    assert (marital(world, "独"), spouse_of(world["独"])) == (["21"], None)
    do("divorce", NEXT, person=world["独"])
    assert marital(world, "独", on=NEXT) == ["40"]


def test_a_widow_is_registered_after_the_death_and_stays_kin(world: World) -> None:
    assert refused(lambda: do("widow", person=world["母"])) == "spouse-living"
    do("record-death", person=world["父"])
    do("widow", person=world["母"])
    assert marital(world, "母") == ["30"]
    assert spouse_of(world["母"]) is None
    do("change-head", NEXT, household=world["户"], new_head=world["婆"])
    assert codes(world, "户", NEXT)["母"] == "38"
    do("marry", AFTER, person=world["母"], spouse=world["独"])
    assert marital(world, "母", on=AFTER) == ["22"]


def parents(key: int, on: Any = DAY) -> set[tuple[str, int, str]]:
    rows = Kinship.objects.filter(subject=key, recorded_to=None, valid_from__lte=on).exclude(valid_to__lte=on)
    return {(one.kind, one.kin, one.basis) for one in rows}


def test_an_adoption_replaces_the_parents_and_moves_the_child(world: World) -> None:
    with_child = {"child": world["幼"], "certificate": "收-1", "mother": world["单"], "household": world["单户"]}
    do("adopt", **with_child, name="单小")
    assert parents(world["幼"]) == {("mother", world["单"], "adoption"), ("guardian", world["单"], "")}
    assert ("father", world["父"], "") in parents(world["幼"], DAY - timedelta(days=1))
    assert codes(world, "单户") == {"单": "02", "单小": "27"}
    assert (person(world["幼"]).name, person(world["幼"]).former_name) == ("单小", "幼")
    assert registered(world["幼"], DAY - timedelta(days=1)) == world["户"]
    assert refused(lambda: do("adopt", NEXT, **with_child)) == "parents-unchanged"


def test_a_step_parent_adopts_beside_the_parent_who_stays(world: World) -> None:
    do("divorce", person=world["父"])
    do("marry", NEXT, person=world["母"], spouse=world["独"])
    do("adopt", AFTER, child=world["幼"], certificate="收-2", father=world["独"], mother=world["母"])
    assert {one for one in parents(world["幼"], AFTER) if one[0] != "guardian"} == {
        ("father", world["独"], "adoption"), ("mother", world["母"], ""),
    }  # fmt: skip
    assert registered(world["幼"], AFTER) == world["户"]
    # The head is the former father's father: no kin of the child by law any more, and no code of a grandson.
    assert codes(world, "户", AFTER)["幼"] == "97"


@pytest.mark.parametrize(("wrong", "code"), [
    ({}, "parent-needed"), ({"mother": "幼"}, "parent-needed"), ({"mother": "母", "father": "父"}, "parents-unchanged"),
    ({"mother": "单", "name": "X"}, "name-not-standard"),
])  # fmt: skip
def test_an_adoption_that_cannot_be_is_refused(world: World, wrong: dict[str, str], code: str) -> None:
    named = {key: value if key == "name" else world[value] for key, value in wrong.items()}
    assert refused(lambda: do("adopt", child=world["幼"], certificate="收-3", **named)) == code


def test_the_dead_are_not_adopted(world: World) -> None:
    call = {"child": world["故"], "certificate": "收-4", "mother": world["单"]}
    assert refused(lambda: do("adopt", **call)) == "person-not-registrable"
