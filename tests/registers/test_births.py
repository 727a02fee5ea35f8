"""Births: what must hold before, what holds after, and the papers that are used once (rules B-01 to B-12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.registers import history, people
from anjia.registers.kinship import Kinship
from anjia.registers.origin import Origin
from anjia.registers.preview import preview
from anjia.registers.status import Status
from tests.registers.lives import codes, family, number, person, registered
from tests.registers.world import DAY, World, do, prepared, refused

pytestmark = pytest.mark.django_db
BORN = date(2026, 10, 20)


@pytest.fixture
def world(db: None) -> World:
    return family()


def birth(world: World, on: date = DAY, /, **more: Any) -> int:
    return int(do("register-person", on, event="BIRTH", **given(world, **more)).summary["person"])


def given(world: World, **more: Any) -> dict[str, Any]:
    child = {
        "household": world["户"], "name": "婴", "sex": "2", "birth_on": BORN, "ethnicity": "01",
        "father": world["父"], "mother": world["母"], "certificate": "Q370000001",
    }  # fmt: skip
    return {key: value for key, value in (child | more).items() if value is not None}


def test_a_newborn_gets_number_relation_parents_and_guardians(world: World) -> None:
    child = birth(world, birth_place="东区")
    found = citizen_no.parts(number(child))
    assert (found.birth_on, found.sex, found.address) == (BORN, "2", "990101")
    assert codes(world, "户")["婴"] == "42"
    kin = {(one.kind, one.kin): one.valid_to for one in Kinship.objects.filter(subject=child)}
    assert kin == {
        ("father", world["父"]): None, ("mother", world["母"]): None,
        ("guardian", world["父"]): date(2044, 10, 20), ("guardian", world["母"]): date(2044, 10, 20),
    }  # fmt: skip
    assert (person(child).birth_place, person(child).status, person(child).marital) == ("东区", "0", "10")
    assert people.find_by_number(number(child)) == child


def test_nothing_is_known_of_a_child_before_its_birth_and_before_its_registration(world: World) -> None:
    before = timezone.now()
    child = birth(world)
    with pytest.raises(AnjiaError, match="person-unknown"):
        history.person(child, BORN - timedelta(days=1), timezone.now())
    with pytest.raises(AnjiaError, match="person-unknown"):
        history.person(child, DAY, before)
    assert person(child, BORN).name == "婴"
    assert registered(child, DAY - timedelta(days=1)) is None
    assert registered(child) == world["户"]


@pytest.mark.parametrize(
    ("on", "late"),
    [(date(2026, 2, 28), False), (date(2026, 3, 1), True), (date(2027, 1, 1), True), (date(2026, 1, 31), False)],
)
def test_the_term_is_one_month(world: World, on: date, late: bool) -> None:
    child = birth(world, on, birth_on=date(2026, 1, 31))
    assert Origin.objects.get(subject=child).late is late


def test_one_certificate_registers_one_child(world: World) -> None:
    birth(world)
    twin = {"twin": True, "name": "婴二"}
    assert refused(lambda: birth(world, **twin)) == "certificate-used"
    birth(world, certificate="Q370000002", **twin)


@pytest.mark.parametrize(("days", "twin", "code"), [
    (0, False, "twin-mark-needed"), (299, False, "twin-mark-needed"), (-299, False, "twin-mark-needed"),
    (300, False, ""), (0, True, ""),
])  # fmt: skip
def test_a_second_birth_of_a_mother_within_300_days_is_marked(
    world: World, days: int, twin: bool, code: str
) -> None:
    first = date(2025, 6, 1)
    birth(world, birth_on=first)
    more = {"certificate": "", "birth_on": first + timedelta(days=days), "name": "又", "twin": twin}
    if code:
        assert refused(lambda: birth(world, **more)) == code
    else:
        assert birth(world, **more)


def test_the_ethnicity_is_a_parents(world: World) -> None:
    assert refused(lambda: birth(world, ethnicity="03")) == "ethnicity-not-parents"
    stated = {"father_ethnicity": "03"}
    assert refused(lambda: birth(world, ethnicity="03", **stated)) == "ethnicity-not-parents"
    child = birth(world, ethnicity="03", father=None, father_ethnicity="03")
    assert person(child).ethnicity == "03"


def test_with_grandparents_alone_the_relation_follows_from_the_kinship(world: World) -> None:
    do("join-collective", person=world["父"], household=world["集体"], companions=[world["母"]])
    birth(world)
    assert codes(world, "户") == {"祖": "02", "婆": "12", "幼": "41", "婴": "42"}


def test_in_a_collective_household_there_is_no_kinship_to_a_head(world: World) -> None:
    birth(world, household=world["集体"])
    assert codes(world, "集体") == {"婴": "99"}


def test_a_guardian_takes_the_place_of_dead_parents(world: World) -> None:
    child = birth(world, father=None, mother=None, household=world["单户"], guardians=[world["单"]])
    assert codes(world, "单户") == {"单": "02", "婴": "99"}
    assert [one.kind for one in Kinship.objects.filter(subject=child)] == ["guardian"]


def test_out_of_wedlock_the_father_proves_that_he_is(world: World) -> None:
    alone = {"household": world["独户"], "father": world["独"], "mother": world["单"], "wedlock": False}
    assert refused(lambda: birth(world, **alone)) == "parentage-needed"
    birth(world, **alone, parentage="亲鉴-7")
    assert codes(world, "独户") == {"独": "02", "婴": "30"}
    assert birth(world, **alone | {"household": world["单户"]}, certificate="", twin=True)


def test_a_child_that_died_before_it_was_declared_is_born_and_dead_in_one_act(world: World) -> None:
    done = do("register-person", event="BIRTH", **given(world, died_on=BORN + timedelta(days=2)))
    child = done.summary["person"]
    assert registered(child) is None
    told = Status.objects.filter(subject=child).order_by("id")
    assert [(one.status, one.valid_from, one.opened_by) for one in told] == [
        ("0", BORN, done.act_id), ("1", BORN + timedelta(days=2), done.act_id),
    ]  # fmt: skip
    assert not Kinship.objects.filter(subject=child, kind="guardian").exists()
    born_dead = birth(world, died_on=BORN, certificate="", twin=True)
    assert person(born_dead, BORN).status == "1"


@pytest.mark.parametrize(("wrong", "code"), [
    ({"birth_on": date(2026, 11, 2)}, "day-impossible"), ({"died_on": date(2026, 10, 19)}, "day-impossible"),
    ({"died_on": date(2026, 11, 2)}, "day-impossible"), ({"name": "Baby"}, "name-not-standard"),
    ({"name": "婴 儿"}, "name-not-standard"), ({"name": ""}, "name-not-standard"),
    ({"number": "990101202610200012"}, "number-mismatch"),
    ({"sex": "1", "number": "99010120261020002X"}, "number-mismatch"),
])  # fmt: skip
def test_what_cannot_be_is_refused(world: World, wrong: dict[str, Any], code: str) -> None:
    assert refused(lambda: birth(world, **wrong)) == code


def test_the_household_follows_from_who_declares(world: World) -> None:
    child = birth(world, household=None, person=world["父"])
    assert registered(child) == world["户"]
    orphan = {"household": None, "father": None, "mother": None, "certificate": ""}
    assert refused(lambda: birth(world, **orphan)) == "household-needed"
    assert refused(lambda: birth(world, **orphan, person=world["故"])) == "household-needed"


def test_a_closed_household_takes_nobody(world: World) -> None:
    do("record-death", event="DEATH", person=world["独"])
    assert refused(lambda: birth(world, household=world["独户"])) == "household-closed"


def test_parents_may_be_named_by_the_numbers_of_the_certificate(world: World) -> None:
    numbers = {"father_no": number(world["父"]), "mother_no": number(world["母"]), "father": None, "mother": None}
    child = birth(world, **numbers)
    assert {one.kin for one in Kinship.objects.filter(subject=child, kind__in=["father", "mother"])} == {
        world["父"], world["母"],
    }  # fmt: skip
    stranger = birth(world, **numbers | {"father_no": "990101198001010019"}, certificate="", twin=True)
    assert [one.kind for one in Kinship.objects.filter(subject=stranger, kind="father")] == []


def test_a_parent_who_is_hardly_older_is_looked_at_again(world: World) -> None:
    parents = {"father": world["幼"], "mother": None, "birth_on": date(2024, 5, 31)}
    done = do("register-person", event="BIRTH", **given(world, **parents))
    assert done.summary["warnings"] == [f"parent-age:{world['幼']}"]
    parents |= {"birth_on": date(2024, 6, 1), "certificate": ""}
    later = do("register-person", event="BIRTH", **given(world, **parents))
    assert later.summary["warnings"] == []


def test_a_preview_shows_the_child_and_gives_out_no_number(world: World) -> None:
    ready = prepared("register-person", **given(world))
    [page] = preview(ready)
    assert {one.name: one.relation for one in page.members}["婴"] == "42"
    first, second = birth(world), birth(world, name="又", certificate="", twin=True)
    assert [number(one)[14:17] for one in (first, second)] == ["002", "004"]


def test_a_leap_day_child_is_its_guardians_until_the_first_of_march(world: World) -> None:
    child = birth(world, birth_on=date(2024, 2, 29))
    assert {one.valid_to for one in Kinship.objects.filter(subject=child, kind="guardian")} == {date(2042, 3, 1)}
