"""Persons without registration, all eight kinds, and those who become nationals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from anjia.registers.backfill import COMMON, KINDS
from anjia.registers.kinship import Kinship
from anjia.registers.origin import Origin
from tests.registers.lives import codes, family, number, person, registered
from tests.registers.world import DAY, World, do, refused

pytestmark = pytest.mark.django_db
BORN = date(2008, 2, 29)


@pytest.fixture
def world(db: None) -> World:
    return family()


def papers(kind: str) -> list[str]:
    return [*COMMON, *(need.split("|")[0] for need in KINDS[kind].needs)]


def late(world: World, kind: str, /, **more: Any) -> int:
    given = {
        "household": world["福利院"] if kind == "8" else world["单户"], "name": "未报", "sex": "1", "birth_on": BORN,
        "ethnicity": "01", "kind": kind, "papers": papers(kind), "approval": "县批-1", "file": "查-1",
    }  # fmt: skip
    given |= {"mother": world["单"]} if KINDS[kind].parent else {}
    given |= more
    done = do("backfill", event="BACKFILL", **{key: value for key, value in given.items() if value is not None})
    return int(done.summary["person"])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not KINDS[kind].restore])
def test_each_kind_registers_with_its_papers_and_not_without(world: World, kind: str) -> None:
    for missing in papers(kind):
        left = [one for one in papers(kind) if one != missing]
        assert refused(lambda left=left: late(world, kind, papers=left)) == "paper-missing"
    one = late(world, kind)
    origin = Origin.objects.get(subject=one)
    assert (origin.kind, origin.ground, origin.file, origin.late) == ("backfill", kind, "查-1 县批-1", True)
    assert number(one)[6:14] == "20080229"
    assert registered(one) is not None
    assert registered(one, DAY - timedelta(days=1)) is None


@pytest.mark.parametrize("kind", ["4", "5"])
def test_two_kinds_reopen_what_was_cancelled(world: World, kind: str) -> None:
    assert refused(lambda: late(world, kind, mother=None)) == "kind-restores"


def test_a_kind_that_rests_on_a_parent_names_one(world: World) -> None:
    assert refused(lambda: late(world, "1", mother=None)) == "parent-needed"
    alone = {"mother": None, "father": world["独"], "household": world["独户"], "wedlock": False}
    assert refused(lambda: late(world, "1", **alone)) == "parentage-needed"
    assert late(world, "1", **alone, papers=[*papers("1"), "parentage-report"])


def test_an_adopter_is_no_parent_by_birth(world: World) -> None:
    child = late(world, "3", birth_on=date(2012, 1, 1))
    assert {(one.kind, one.basis) for one in Kinship.objects.filter(subject=child)} == {
        ("mother", "adoption"), ("guardian", ""),
    }  # fmt: skip
    assert codes(world, "单户") == {"单": "02", "未报": "27"}


def test_an_adult_has_no_guardian(world: World) -> None:
    grown = late(world, "1", birth_on=date(2012, 1, 1), name="小")
    assert Kinship.objects.filter(subject=grown, kind="guardian").exists()
    old = late(world, "0", birth_on=date(1950, 1, 1), name="老")
    assert not Kinship.objects.filter(subject=old).exists()


def test_a_person_of_unknown_origin_goes_to_an_institution(world: World) -> None:
    assert refused(lambda: late(world, "8", household=world["集体"])) == "care-home-needed"


def test_an_unknown_kind_is_refused(world: World) -> None:
    assert refused(lambda: do(
        "backfill", household=world["户"], name="未报", sex="1", birth_on=BORN, ethnicity="01", kind="x", papers=[],
        approval="", file="",
    )) == "kind-unknown"  # fmt: skip


def new_national(world: World, **more: Any) -> int:
    given = {
        "certificate": "入籍-1", "household": world["户"], "name": "安娜", "sex": "2", "birth_on": date(1985, 7, 1),
    } | more  # fmt: skip
    return int(do("naturalise", event="NATURALISE", **given).summary["person"])


def test_a_new_national_gets_a_number_once(world: World) -> None:
    one = new_national(world)
    assert (person(one).ethnicity, number(one)[6:14], codes(world, "户")["安娜"]) == ("98", "19850701", "99")
    assert refused(lambda: new_national(world, name="安娜二")) == "certificate-used"
    assert refused(lambda: do("naturalise", certificate="入籍-2", household=world["户"])) == "particulars-needed"


def test_a_restored_national_gets_the_old_number_back(world: World) -> None:
    had = number(world["父"])
    restored = {"certificate": "复籍-1", "restored": world["父"]}
    assert refused(lambda: do("naturalise", **restored)) == "membership-overlap"
    do("emigrate", person=world["父"], paper="国籍-1", nationality=True)
    later = DAY + timedelta(days=900)
    do("naturalise", later, **restored)
    assert (number(world["父"]), registered(world["父"], later), codes(world, "户", later)["父"]) == (
        had, world["户"], "20",
    )  # fmt: skip
    do("emigrate", later + timedelta(days=1), person=world["父"], paper="出境-2")
    again = later + timedelta(days=2)
    assert refused(lambda: do("naturalise", again, **restored)) == "ground-not-restorable"
