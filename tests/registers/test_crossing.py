"""Coming from another city and leaving for one: what opens, what closes, what is refused, and the way back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import history, papers, people, preview
from anjia.registers.history import HouseholdView
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.membership import Membership
from anjia.registers.paper import Paper
from anjia.registers.residence import Residence
from anjia.registers.status import Status
from tests.registers.world import DAY, EAST, WEST, Person, World, commit, do, make, number, prepared, refused

pytestmark = pytest.mark.django_db

FAMILY = (
    Person("父", "1", "1955-03-01", "老宅", "02", marital="20", spouse="母"),
    Person("母", "2", "1957-03-01", "老宅", "12", marital="20"),
    Person("子", "1", "1985-05-05", "老宅", "22", father="父", mother="母"),
    Person("孙", "1", "2015-06-01", "老宅", "41", father="子"),
    Person("独", "2", "1990-01-01", "独户"),
    Person("邻", "1", "1980-01-01", "集体", "99"),
)
HOMES = {"老宅": ("J1", EAST), "独户": ("J1", EAST), "集体": ("T4", EAST)}
BRIDE = Person("新娘", "2", "1988-02-29")
BRIDE_NO = number(BRIDE, 7)
BABY_NO = number(Person("童", "1", "2016-02-29"), 9)
ORIGIN = "990900"


@pytest.fixture
def world(db: None) -> World:
    return make(FAMILY, homes=HOMES, dwellings={"新居": WEST})


def household(world: World, name: str, on: date = DAY) -> HouseholdView | None:
    return history.find_household(world[name], on, timezone.now())


def relations(view: HouseholdView | None) -> dict[str, str]:
    assert view is not None
    return {member.name: member.relation for member in view.members}


def bride(**more: Any) -> dict[str, Any]:
    return {"number": BRIDE_NO, "name": "新娘", "sex": "2", "birth_on": "1988-02-29", "ethnicity": "01",
            "marital": "20"} | more  # fmt: skip


def baby(**more: Any) -> dict[str, Any]:
    return {"number": BABY_NO, "name": "童", "sex": "1", "birth_on": "2016-02-29", "mother": BRIDE_NO} | more


def arrive(on: date = DAY, **more: Any) -> Any:
    given = {
        "certificate": "Q-1", "issuer": ORIGIN, "persons": [bride(), baby()], "from_place": "外省某市某路1号",
        "ground": "21",
    } | more  # fmt: skip
    return do("move-in", on, event="MOVE_IN", **given)


def number_in(world: World, name: str) -> str:
    return people.number_of(world[name], None) or ""


def test_a_spouse_and_her_child_join_a_household_by_a_certificate(world: World) -> None:
    done = arrive(household=world["老宅"], spouse=number_in(world, "子"))
    assert relations(household(world, "老宅")) == {
        "父": "02", "母": "12", "子": "22", "孙": "41", "新娘": "38", "童": "97",
    }  # fmt: skip
    who = done.summary["person"]
    [own] = Identity.objects.filter(subject=who, kind="citizen_no")
    assert own.issued_here is False
    assert people.find_by_number(BRIDE_NO) == who
    [there] = Membership.objects.filter(subject=who)
    assert (there.from_place, there.ground, there.valid_from, there.valid_to) == ("外省某市某路1号", "21", DAY, None)
    assert [(one.status, one.valid_from) for one in Status.objects.filter(subject=who).order_by("valid_from")] == [
        ("8", date(1988, 2, 29)), ("0", DAY),
    ]  # fmt: skip
    assert Kinship.objects.get(subject=who, kind="spouse").kin == world["子"]
    assert Residence.objects.get(subject=who).place == world["at 老宅"]
    assert Paper.objects.get(number="Q-1").state == "used"


def test_a_certificate_is_used_once(world: World) -> None:
    arrive(household=world["老宅"])
    other = {"number": number(Person("他", "1", "1970-01-01"), 3), "name": "他", "sex": "1", "birth_on": "1970-01-01"}
    assert refused(lambda: arrive(household=world["独户"], persons=[other])) == "paper-number-taken"


def test_a_new_household_at_an_address_and_a_collective_one(world: World) -> None:
    done = arrive(place=world.code("新居"))
    view = history.household(done.summary["household"], DAY, timezone.now())
    assert (relations(view), view.address, view.kind) == ({"新娘": "02", "童": "20"}, "新居号", "J1")
    other = {"number": number(Person("他", "1", "1970-01-01"), 3), "name": "他", "sex": "1", "birth_on": "1970-01-01"}
    arrive(division=EAST, certificate="Q-2", persons=[other])
    assert relations(household(world, "集体")) == {"邻": "99", "他": "99"}


def test_a_minor_sets_up_no_household(world: World) -> None:
    assert refused(lambda: arrive(place=world.code("新居"), persons=[baby()])) == "head-minor"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"certificate": ""}, "origin-not-released"),
        ({"persons": []}, "handover-malformed"),
        ({"persons": [bride(), bride()]}, "handover-malformed"),
        ({"persons": [bride(sex="1")]}, "number-mismatch"),
        ({"persons": [bride(birth_on="1988-02-28")]}, "number-mismatch"),
        ({"persons": [bride(number=BRIDE_NO[:-1] + ("0" if BRIDE_NO[-1] != "0" else "1"))]}, "number-mismatch"),
        ({"persons": [bride(number="")]}, "number-mismatch"),
        ({"persons": [bride(name=" ")]}, "handover-malformed"),
        ({"persons": [bride(name="x" * 101)]}, "handover-malformed"),
    ],
)
def test_what_the_place_left_says_must_hold_together(world: World, changed: dict[str, Any], code: str) -> None:
    assert refused(lambda: arrive(household=world["老宅"], **changed)) == code


def test_who_is_registered_here_or_dead_does_not_come_in(world: World) -> None:
    def of(name: str) -> dict[str, Any]:
        one = next(one for one in FAMILY if one.name == name)
        return {"number": number_in(world, name), "name": name, "sex": one.sex, "birth_on": one.born}

    assert refused(lambda: arrive(household=world["老宅"], persons=[of("独")])) == "membership-open"
    do("record-death", person=world["独"], event="DEATH")
    assert refused(lambda: arrive(household=world["老宅"], persons=[of("独")])) == "person-not-registrable"


def test_there_and_back_again_the_gap_stays_and_the_number_is_the_same(world: World) -> None:
    before = number_in(world, "独")
    do("move-out", person=world["独"], destination="外省某市", event="MOVE_OUT")
    back = DAY + timedelta(days=400)
    one = {"number": before, "name": "独新名", "sex": "2", "birth_on": "1990-01-01"}
    arrive(back, place=world.code("新居"), persons=[one])
    assert number_in(world, "独") == before
    rows = Membership.objects.filter(subject=world["独"], recorded_to=None).order_by("valid_from")
    assert [(row.valid_to, row.close_ground) for row in rows] == [(DAY, "2"), (None, "")]
    assert people.name_of(world["独"]) == "独新名"
    assert history.membership(world["独"], DAY + timedelta(days=100), timezone.now()) is None


def test_leaving_closes_everything_and_keeps_the_destination(world: World) -> None:
    assert refused(lambda: do("move-out", person=world["父"], destination="外省")) == "head-needed"
    do("move-out", person=world["父"], companions=[world["母"]], new_head=world["子"], destination="外省某市",
       event="MOVE_OUT")  # fmt: skip
    assert relations(household(world, "老宅")) == {"子": "02", "孙": "20"}
    for name in ("父", "母"):
        [now] = Status.objects.filter(subject=world[name], recorded_to=None, valid_to=None)
        assert (now.status, now.ground) == ("8", "外省某市")
    assert refused(lambda: do("move-out", person=world["父"], destination="外省")) == "membership-missing"


def test_the_last_one_out_closes_the_household(world: World) -> None:
    do("move-out", person=world["独"], destination="外省某市")
    assert household(world, "独户") is None
    assert household(world, "独户", DAY - timedelta(days=1)) is not None


def test_a_release_is_used_up_with_the_move(world: World) -> None:
    do("issue-paper", person=world["独"], kind="release", number="u-1", days=40)
    do("move-out", person=world["独"], destination="外省某市", release="u-1")
    assert papers.get("release", "", "u-1")["state"] == "used"
    assert papers.find_live("release", world["独"]) is None


def test_a_release_of_another_city_says_who_comes_and_is_used_once(world: World) -> None:
    do("move-out", person=world["独"], destination="外省某市")
    one = {"number": number_in(world, "独"), "name": "独", "sex": "2", "birth_on": "1990-01-01"}
    content = json.dumps({"persons": [one, baby(mother="")], "from_place": "外省某市某路1号"})
    day = DAY + timedelta(days=1)
    do("issue-paper", day, person=world["独"], kind="release", issuer=ORIGIN, number="u-2", days=40, content=content)
    stored = bytes(Paper.objects.get(number="u-2").ciphertext)
    assert one["number"].encode() not in stored
    given = {"release": "u-2", "issuer": ORIGIN, "household": world["老宅"]}
    assert refused(lambda: do("move-in", day, person=world["邻"], **given)) == "identity-conflict"
    ready = prepared("move-in", day, person=world["独"], **given)
    [shown] = preview.preview(ready)
    assert {member.name for member in shown.members} == {"父", "母", "子", "孙", "独", "童"}
    assert Paper.objects.filter(number="u-2", state="used").exists() is False
    commit(ready)
    assert papers.get("release", ORIGIN, "u-2")["state"] == "used"
    child = people.find_by_number(BABY_NO)
    do("move-out", day + timedelta(days=2), person=world["独"], companions=[child], destination="外省某市")
    assert refused(lambda: do("move-in", day + timedelta(days=3), person=world["独"], **given)) == "paper-ended"


def test_a_release_is_not_used_after_its_last_day(world: World) -> None:
    do("move-out", person=world["独"], destination="外省某市")
    one = {"number": number_in(world, "独"), "name": "独", "sex": "2", "birth_on": "1990-01-01"}
    content = json.dumps({"persons": [one], "from_place": "外省"})
    do("issue-paper", person=world["独"], kind="release", issuer=ORIGIN, number="u-3", days=40, content=content)
    given = {"release": "u-3", "issuer": ORIGIN, "household": world["老宅"], "person": world["独"]}
    late = prepared("move-in", DAY + timedelta(days=41), **given)
    assert refused(lambda: commit(late)) == "paper-expired"
    do("move-in", DAY + timedelta(days=40), **given)


def test_restored_at_the_place_left_once_the_certificate_lapsed(world: World) -> None:
    do("move-out", person=world["子"], destination="外省某市")
    paper = do("issue-paper", person=world["子"], kind="certificate", days=30).summary["paper"]
    soon = prepared("restore-move-out", DAY + timedelta(days=30), person=world["子"], certificate=paper)
    assert refused(lambda: commit(soon)) == "paper-still-valid"
    day = DAY + timedelta(days=31)
    do("restore-move-out", day, person=world["子"], certificate=paper)
    assert relations(household(world, "老宅", day)) == {"父": "02", "母": "12", "子": "20", "孙": "41"}
    assert papers.get("certificate", "", paper)["state"] == "void"
    assert refused(lambda: do("restore-move-out", day, person=world["子"])) == "move-out-missing"


def test_restored_where_the_household_closed_a_new_one_is_set_up_at_the_old_address(world: World) -> None:
    do("move-out", person=world["独"], destination="外省某市")
    paper = do("issue-paper", person=world["独"], kind="certificate", days=30).summary["paper"]
    do("lose-paper", kind="certificate", number=paper, reissue=False)
    done = do("restore-move-out", DAY + timedelta(days=5), person=world["独"], certificate=paper)
    view = history.household(done.summary["household"], DAY + timedelta(days=5), timezone.now())
    assert (view.address, relations(view)) == ("at 独户号", {"独": "02"})
    assert done.summary["household"] != world["独户"]


def test_who_never_left_is_not_restored(world: World) -> None:
    assert refused(lambda: do("restore-move-out", person=world["子"])) == "move-out-missing"


@pytest.mark.django_db(transaction=True)
def test_one_new_person_brought_in_twice_at_once_becomes_one_person(db: None) -> None:
    world = make(FAMILY, homes=HOMES, dwellings={"新居": WEST})

    def come(certificate: str) -> str:
        try:
            arrive(household=world["老宅"], certificate=certificate, persons=[bride()])
        except AnjiaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(come, ["Q-1", "Q-2", "Q-3", "Q-4"]))
    assert found.count("done") == 1
    assert set(found) <= {"done", "act-conflict", "membership-open", "person-not-registrable"}
    assert Identity.objects.values("subject").filter(blind=_blind(BRIDE_NO)).distinct().count() == 1


def _blind(text: str) -> bytes:
    from anjia.kernel.vault import vault

    return vault().blind("citizen_no", text)
