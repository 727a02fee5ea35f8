"""Finding persons, and opening numbers and phones under a grant and on the record."""

from __future__ import annotations

from typing import Any

import pytest

from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import people
from anjia.registers.identity import Identity
from tests.registers.world import EAST, WEST, Person, World, do, make, number

pytestmark = pytest.mark.django_db

PERSONS = (
    Person("王一", "1", "1980-01-01", "东户", phone="13800000000"),
    Person("王一", "2", "1985-01-01", "西户"),
    Person("王", "1", "1990-01-01", "东户", "97"),
    Person("汪洋", "1", "1991-01-01", "西户", "97"),
    Person("𫍯", "2", "1999-01-01"),
)


@pytest.fixture
def world(db: None) -> World:
    # Two persons share a name, so they are kept apart by what they were born as.
    one, two, *others = PERSONS
    made = make(
        [one, Person("王一二", two.sex, two.born, two.home), *others],
        homes={"东户": ("J1", EAST), "西户": ("J1", WEST)},
    )
    do("change", register="particulars", subject=made["王一二"], values={"name": "王一"})
    return made


def allowed(scope: Any = "all", **more: Any) -> Allowed:
    actor, _ = Actor.objects.get_or_create(username="clerk", kind="staff", name_zh="钱")
    given = {"fields": frozenset({"*"})} | more
    return Allowed(actor, "person", "read", "household-register", scope, **given)


def test_a_number_finds_its_person_in_any_spelling(world: World) -> None:
    text = number(PERSONS[0], world["王一"])
    assert people.find_by_number(text) == world["王一"]
    assert people.find_by_number(f" {text[:6]} {text[6:].lower()} ") == world["王一"]
    assert people.find_by_number(citizen_no.shortened(text) or "") == world["王一"]
    assert people.find_by_number("990199198001010000") is None


def test_numbers_are_not_readable_where_they_lie(world: World) -> None:
    text = number(PERSONS[0], world["王一"])
    row = Identity.objects.get(subject=world["王一"], kind="citizen_no")
    assert text.encode() not in bytes(row.ciphertext) + bytes(row.blind)
    assert people.number_of(world["王一"], None) == text


def test_opening_a_number_or_phone_is_recorded(world: World) -> None:
    assert people.number_of(world["王一"], allowed()) == number(PERSONS[0], world["王一"])
    assert people.phone_of(world["王一"], allowed()) == "13800000000"
    assert people.phone_of(world["王"], allowed()) is None
    looks = AccessRecord.objects.filter(subject=world["王一"]).order_by("id")
    assert [(one.fields, one.who_zh) for one in looks] == [(["citizen_no"], "钱"), (["phone"], "钱")]


@pytest.mark.parametrize(
    "narrow",
    [
        {"fields": frozenset({"name"})},
        {"scope": "area", "divisions": (WEST[:9],)},
        {"scope": "own", "person": 1},
    ],
)
def test_a_grant_that_does_not_show_it_opens_nothing(world: World, narrow: dict[str, Any]) -> None:
    with pytest.raises(AnjiaError) as caught:
        people.number_of(world["王一"], allowed(**narrow))
    assert (caught.value.code, caught.value.status) == ("field-hidden", 403)
    assert not AccessRecord.objects.exists()


def test_names_of_several(world: World) -> None:
    assert people.names_of([world["王"], world["汪洋"], 10**9]) == {world["王"]: "王", world["汪洋"]: "汪洋"}
    assert people.name_of(10**9) == ""
    with pytest.raises(AnjiaError, match="person-unknown"):
        people.particulars_of(10**9)
