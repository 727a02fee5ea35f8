"""Names, sex, birth date, ethnicity and the other items: what changes, what is put right, and the number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import history, people
from anjia.registers.condition import Condition
from anjia.registers.identity import Identity
from anjia.registers.particulars import Particulars
from tests.registers.lives import codes, family, number, person, registered
from tests.registers.world import BEGIN, DAY, EAST, Person, World, do, make, refused

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=100)


@pytest.fixture
def world(db: None) -> World:
    return family()


def test_a_new_name_keeps_the_old_one(world: World) -> None:
    before = timezone.now()
    do("change-name", person=world["独"], name="独新")
    assert (person(world["独"]).name, person(world["独"]).former_name) == ("独新", "独")
    assert person(world["独"], DAY - timedelta(days=1)).name == "独"
    assert history.person(world["独"], DAY, before).name == "独"


def test_a_second_change_is_decided_by_the_county(world: World) -> None:
    assert do("change-name", person=world["独"], name="独新").summary["before"] == 0
    again = {"person": world["独"], "name": "独再"}
    assert refused(lambda: do("change-name", NEXT, **again)) == "name-county-decides"
    assert do("change-name", NEXT, **again, level="county").summary["before"] == 1
    assert person(world["独"], NEXT).former_name == "独新"


def test_a_correction_of_the_name_is_no_change(world: World) -> None:
    wrong = Particulars.objects.get(subject=world["独"])
    given = {"register": "particulars", "subject": world["独"], "entry": wrong.pk, "values": {"name": "杜"}}
    do("correct", event="CORRECT", **given)
    assert do("change-name", person=world["独"], name="独新").summary["before"] == 0


@pytest.mark.parametrize("name", ["", "A", "王 一", "王1", "·王", "王·", "王··一", "王*"])
def test_a_name_is_written_in_standard_characters(world: World, name: str) -> None:
    assert refused(lambda: do("change-name", person=world["独"], name=name)) == "name-not-standard"


@pytest.mark.parametrize("name", ["王", "𫍯", "阿依古丽·买买提", "〇一"])
def test_rare_characters_and_the_middle_dot_are_standard(world: World, name: str) -> None:
    do("change-name", person=world["独"], name=name)
    assert person(world["独"]).name == name


def test_names_that_cannot_change(world: World) -> None:
    assert refused(lambda: do("change-name", person=world["独"], name="独")) == "name-unchanged"
    assert refused(lambda: do("change-name", person=world["故"], name="新")) == "person-not-registrable"
    early = BEGIN - timedelta(days=1)
    assert refused(lambda: do("change-name", early, person=world["独"], name="新")) == "change-too-early"


def test_another_sex_brings_another_number_and_other_relations(world: World) -> None:
    had = number(world["父"])
    do("change-sex", person=world["父"], sex="2", paper="县批-9")
    now = number(world["父"])
    assert (had[16], int(now[16]) % 2, now[6:14]) != (now[16], 1, had[6:14])
    assert (person(world["父"]).sex, person(world["父"], DAY - timedelta(days=1)).sex) == ("2", "1")
    assert codes(world, "户")["父"] == "30"
    assert codes(world, "户", DAY - timedelta(days=1))["父"] == "20"
    assert people.find_by_number(had) == people.find_by_number(now) == world["父"]
    assert refused(lambda: do("change-sex", NEXT, person=world["父"], sex="2", paper="")) == "sex-unchanged"
    assert refused(lambda: do("change-sex", NEXT, person=world["父"], sex="9", paper="")) == "sex-unknown"


def test_a_sex_that_was_wrong_is_put_right_for_all_days(world: World) -> None:
    before = timezone.now()
    do("change-sex", event="CORRECT", person=world["独"], sex="2", paper="原始凭证", correction=True)
    assert person(world["独"], DAY - timedelta(days=9)).sex == "2"
    assert history.person(world["独"], DAY, before).sex == "1"


def test_a_head_of_another_sex_has_other_in_laws(world: World) -> None:
    do("change-head", household=world["户"], new_head=world["母"])
    assert codes(world, "户") == {"母": "02", "父": "11", "幼": "20", "祖": "53", "婆": "54"}
    do("change-sex", NEXT, person=world["母"], sex="1", paper="县批-9")
    assert codes(world, "户", NEXT) == {"母": "02", "父": "11", "幼": "20", "祖": "55", "婆": "56"}


@pytest.mark.parametrize("born", [date(1990, 2, 27), date(1990, 3, 1), date(1988, 2, 29), date(2014, 12, 31)])
def test_a_birth_date_is_put_right_with_a_new_number(world: World, born: date) -> None:
    had, before = number(world["独"]), timezone.now()
    do("correct-birth", event="CORRECT", person=world["独"], birth_on=born, paper="出生证")
    assert number(world["独"])[6:14] == f"{born:%Y%m%d}"
    assert person(world["独"], BEGIN).birth_on == person(world["独"]).birth_on == born
    assert history.person(world["独"], DAY, before).birth_on == date(1990, 2, 28)
    assert people.find_by_number(had) == world["独"]
    assert registered(world["独"]) == world["独户"]


def test_a_birth_cannot_lie_after_the_registration(world: World) -> None:
    late = {"person": world["独"], "birth_on": BEGIN + timedelta(days=1), "paper": ""}
    assert refused(lambda: do("correct-birth", **late)) == "birth-after-registration"
    same = {"person": world["独"], "birth_on": date(1990, 2, 28), "paper": ""}
    assert refused(lambda: do("correct-birth", **same)) == "birth-unchanged"


def test_what_began_with_the_birth_begins_with_the_right_one(world: World) -> None:
    child = {
        "household": world["户"], "name": "婴", "sex": "2", "birth_on": date(2026, 10, 20), "ethnicity": "01",
        "father": world["父"], "mother": world["母"],
    }  # fmt: skip
    key = do("register-person", **child).summary["person"]
    for born in (date(2026, 10, 18), date(2026, 10, 25)):
        do("correct-birth", NEXT, event="CORRECT", person=key, birth_on=born, paper="出生证")
        assert (person(key, born).birth_on, person(key, born).status, person(key, born).marital) == (born, "0", "10")
        assert refused(lambda born=born: person(key, born - timedelta(days=1))) == "person-unknown"
    assert number(key)[6:14] == "20261025"


def test_the_database_refuses_a_number_that_says_something_else(world: World) -> None:
    for values in ({"sex": "2"}, {"birth_on": date(1990, 3, 1)}):
        given = {"register": "particulars", "subject": world["独"], "values": values}
        assert refused(lambda given=given: do("change", **given)) == "number-disagrees"


ETHNIC = (
    Person("汉父", "1", "1980-01-01", "户"),
    Person("回母", "2", "1981-01-01", "户", "97"),
    Person("少", "1", "2010-06-01", "户", "97", father="汉父", mother="回母"),
    Person("青", "2", "2008-10-01", "户", "97", father="汉父", mother="回母"),
    Person("长", "2", "2006-11-01", "户", "97", father="汉父", mother="回母"),
)


@pytest.fixture
def mixed(db: None) -> World:
    made = make(ETHNIC, homes={"户": ("J1", EAST)})
    do("change", register="particulars", subject=made["回母"], values={"ethnicity": "03"})
    return made


def test_a_minor_and_a_young_adult_choose_a_parents_ethnicity_once(mixed: World) -> None:
    for name in ("少", "青"):
        do("change-ethnicity", person=mixed[name], ethnicity="03", file="民宗-1")
        assert (person(mixed[name]).ethnicity, person(mixed[name], DAY - timedelta(days=1)).ethnicity) == ("03", "01")
        back = {"person": mixed[name], "ethnicity": "01", "file": "民宗-2"}
        assert refused(lambda back=back: do("change-ethnicity", NEXT, **back)) == "ethnicity-changed-before"
    grown = date(2028, 6, 1)
    do("change-ethnicity", grown, person=mixed["少"], ethnicity="01", file="民宗-3")
    assert person(mixed["少"], grown).ethnicity == "01"


def test_the_ethnicity_is_a_parents_and_in_time(mixed: World) -> None:
    def code(on: date, who: str, ethnicity: str, **more: Any) -> str:
        given = {"person": mixed[who], "ethnicity": ethnicity, "file": "民宗-1"} | more
        return refused(lambda: do("change-ethnicity", on, **given))

    assert code(DAY, "少", "04") == "ethnicity-not-parents"
    assert code(DAY, "汉父", "04", other_ethnicity="04") == "ethnicity-too-late"
    assert code(DAY, "少", "01") == "ethnicity-unchanged"
    assert code(date(2026, 11, 1), "长", "03") == "ethnicity-too-late"
    do("change-ethnicity", date(2026, 10, 31) + timedelta(days=1), person=mixed["少"], ethnicity="03", file="民宗-1")


def test_the_other_items_change_together(world: World) -> None:
    do("amend", person=world["独"], education="21", employer="某厂", height_cm=175, blood="3", native_place="某县")
    assert (person(world["独"]).education, person(world["独"]).native_place) == ("21", "某县")
    row = Condition.objects.get(subject=world["独"], recorded_to=None, valid_to=None)
    assert (row.height_cm, row.blood, row.marital, row.employer) == (175, "3", "10", "某厂")
    do("marry", NEXT, person=world["独"])
    row = Condition.objects.get(subject=world["独"], recorded_to=None, valid_to=None)
    assert (row.height_cm, row.blood, row.marital) == (175, "3", "21")
    same = {"person": world["独"], "employer": "某厂"}
    assert refused(lambda: do("amend", NEXT, **same)) == "nothing-to-change"
    assert refused(lambda: do("amend", person=world["独"])) == "nothing-to-change"
    for wrong in ({"blood": "9"}, {"military": "7"}, {"education": "00"}, {"height_cm": 0}):
        assert refused(lambda wrong=wrong: do("amend", person=world["独"], **wrong)) == "value-unknown"
    assert refused(lambda: do("amend", person=world["独"], religion="x")) == "argument-missing"


def test_a_phone_takes_the_place_of_the_one_before(world: World) -> None:
    do("change-phone", person=world["独"], phone="13800000000")
    do("change-phone", NEXT, person=world["独"], phone="13900000000")
    rows = Identity.objects.filter(subject=world["独"], kind="phone", recorded_to=None).order_by("valid_from")
    assert [(one.valid_from, one.valid_to) for one in rows] == [(DAY, NEXT), (NEXT, None)]
    again = {"person": world["独"], "phone": "13900000000"}
    assert refused(lambda: do("change-phone", NEXT, **again)) == "nothing-to-change"
