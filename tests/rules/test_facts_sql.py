"""The SQL of the city's register facts, on a real register."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.registers import facts
from anjia.registers.models import (
    Condition,
    Household,
    Kinship,
    Membership,
    Officer,
    Origin,
    Particulars,
    Residence,
    Status,
)

KNOWN = datetime(2024, 3, 1, 12, tzinfo=UTC)
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
ON = date(2024, 3, 1)
SINCE = date(2020, 1, 1)
OWN, SPOUSE, CHILD = 11, 12, 13
HOME, OTHER, COLLECTIVE, EMPLOYER = 21, 22, 23, 24


def put(model: Any, subject: int, **values: Any) -> None:
    base = {"valid_from": SINCE, "recorded_from": BEFORE, "opened_by": 1}
    model.objects.create(subject=subject, **{**base, **values})


def house(subject: int, kind: str, name: str = "") -> None:
    put(
        Household, subject, number=f"{subject:09d}", kind=kind, address="一号", division="990101001001",
        station="990101001000", name=name,
    )  # fmt: skip
    if kind != "J1":
        put(Officer, subject, name="户管员")


def member(subject: int, household: int, relation: str, **values: Any) -> None:
    put(Status, subject, status="0")
    put(Membership, subject, household=household, relation=relation, division="990101001001", **values)


@pytest.fixture
def register(written_without_acts: None, db: None) -> None:
    """A head with a child at home, a spouse registered elsewhere, and two collective households."""
    for subject in (OWN, SPOUSE, CHILD):
        put(
            Particulars, subject, name="某", sex="1", birth_on=date(1990, 2, 28), ethnicity="01",
            first_county="990101",
        )  # fmt: skip
    put(Condition, OWN, marital="20", education="20", employer="青石机械厂")
    put(Residence, OWN, place=5, division="990101001001", station="990101001000", ground="lease")
    put(Kinship, OWN, kin=SPOUSE, kind="spouse")
    put(Kinship, CHILD, kin=OWN, kind="father")
    house(HOME, "J1")
    house(OTHER, "J1")
    member(OWN, HOME, "02")
    member(CHILD, HOME, "20")
    member(SPOUSE, OTHER, "02")


def found(city: Catalogue, subject: int = OWN, on: date = ON, known_at: datetime = KNOWN) -> dict[str, Any]:
    # Facts of other registers have files and tests of their own.
    specs = [one.spec for one in city.list("fact") if one.path.name == "register.toml"]
    return {ident: value for ident, (value, _) in facts.facts_of(subject, specs, on, known_at).items()}


def test_each_fact_of_a_registered_person_is_known(city: Catalogue, register: None) -> None:
    assert found(city) == {
        "person.open_memberships": 1,
        "person.status": "0",
        "person.birth_on": date(1990, 2, 28),
        "person.is_head": True,
        "household.other_members": 1,
        "household.kind": "J1",
        "household.division": "990101001001",
        "person.marital": "20",
        "person.residence_place": "99010100100100000005",
        "kin.has_household": True,
        "employer.collective_household": False,
        "residence.collective_household": False,
        "person.name_changes": 0,
    }


def test_collective_households_are_found_by_name_and_place(city: Catalogue, register: None) -> None:
    house(COLLECTIVE, "T4")
    house(EMPLOYER, "T1", "青石机械厂")
    values = found(city)
    assert values["employer.collective_household"] is True
    assert values["residence.collective_household"] is True


def test_members_of_a_collective_household_do_not_count_as_company(city: Catalogue, register: None) -> None:
    house(COLLECTIVE, "T4")
    put(Particulars, 31, name="某", sex="1", birth_on=date(1990, 1, 1), ethnicity="01", first_county="990101")
    member(31, COLLECTIVE, "99")
    member(32, COLLECTIVE, "99")
    values = found(city, 31)
    assert values["household.other_members"] == 0
    assert values["household.kind"] == "T4"
    assert values["person.is_head"] is False


def test_a_person_of_another_city_has_no_registration_and_other_facts_stay_unknown(
    city: Catalogue, register: None
) -> None:
    put(Particulars, 41, name="某", sex="1", birth_on=date(1990, 1, 1), ethnicity="01", first_county="990101")
    assert found(city, 41) == {
        "person.open_memberships": 0, "person.birth_on": date(1990, 1, 1), "person.name_changes": 0,
    }  # fmt: skip


def test_changes_of_name_are_counted_up_to_the_day(city: Catalogue, register: None) -> None:
    days = [date(2019, 1, 1), date(2020, 5, 1), date(2023, 1, 1), None]
    spans = zip("甲乙丙", days[:3], days[1:], strict=True)
    for name, since, until in spans:
        put(
            Particulars, 51, name=name, sex="1", birth_on=date(1990, 1, 1), ethnicity="01", first_county="990101",
            valid_from=since, valid_to=until,
        )  # fmt: skip
    counted = {on: found(city, 51, on)["person.name_changes"] for on in (date(2020, 4, 30), date(2020, 5, 1), ON)}
    assert counted == {date(2020, 4, 30): 0, date(2020, 5, 1): 1, ON: 2}


def test_the_certificate_of_the_youngest_child_is_known_to_both_parents(city: Catalogue, register: None) -> None:
    put(Kinship, CHILD, kin=SPOUSE, kind="mother")
    put(Particulars, 61, name="小", sex="2", birth_on=date(2024, 1, 1), ethnicity="01", first_county="990101")
    for kin, kind in ((OWN, "father"), (SPOUSE, "mother")):
        put(Kinship, 61, kin=kin, kind=kind)
    flags = {"kind": "birth", "twin": False, "late": False, "abroad": False}
    put(Origin, CHILD, certificate="Q1", **flags)
    put(Origin, 61, certificate="Q2", **flags)
    assert {found(city, one)["person.youngest_certificate"] for one in (OWN, SPOUSE)} == {"Q2"}
    assert "person.youngest_certificate" not in found(city, 61)


def test_nobody_is_all_unknown(city: Catalogue, register: None) -> None:
    assert found(city, 99) == {}


def test_both_axes_count(city: Catalogue, register: None) -> None:
    assert found(city, on=date(2019, 12, 31)) == {}
    assert found(city, known_at=datetime(2019, 12, 31, tzinfo=UTC)) == {}
    assert found(city, on=SINCE)["person.is_head"] is True
