"""The SQL of the facts of residence, permit and card, on registers written by acts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.registers import facts
from tests.registers.outsiders import ARRIVED, issue, settle, take_in, town
from tests.registers.world import EAST, World, do

pytestmark = pytest.mark.django_db
ISSUED = date(2024, 9, 10)


@pytest.fixture
def world(db: None) -> World:
    return town()


def found(city: Catalogue, person: int, on: date) -> dict[str, Any]:
    specs = [one.spec for one in city.list("fact") if one.path.name == "residence.toml"]
    return {ident: value for ident, (value, _) in facts.facts_of(person, specs, on, timezone.now()).items()}


def test_a_local_person_has_no_stay_and_no_permit(city: Catalogue, world: World) -> None:
    assert found(city, world["本"], ISSUED) == {
        "residence.registered": False, "permit.state": "none", "card.count_valid": 0, "card.count_all": 0,
        "card.count_under_way": 0, "card.division": EAST,
    }  # fmt: skip


def test_a_holder_has_two_counters(city: Catalogue, world: World) -> None:
    person = take_in()
    settle(world, person)
    issue(world, person, ISSUED)
    values = found(city, person, ISSUED)
    assert (values["residence.registered"], values["residence.since"]) == (True, ARRIVED)
    assert values["card.division"] == EAST
    late = date(2025, 12, 1)
    do("endorse-permit", late, person=person)
    values = found(city, person, late)
    names = ("permit.state", "permit.issued_on", "permit.years_from", "permit.due_on")
    assert tuple(values[name] for name in names) == (
        "valid", ISSUED, late, date(2026, 12, 1),
    )  # fmt: skip
    assert found(city, person, date(2025, 11, 30))["permit.state"] == "suspended"
    do("cancel-permit", late, person=person, reason="own-wish")
    values = found(city, person, late)
    assert values["permit.state"] == "cancelled"
    assert "permit.due_on" not in values


def test_cards_are_counted_by_what_they_are(city: Catalogue, world: World) -> None:
    person, day = world["本"], date(2026, 11, 1)
    number = do("accept-card", day, person=person, purpose="first", division=EAST, reviewed=True).summary["card"]
    values = found(city, person, day)
    assert (values["card.count_under_way"], values["card.count_all"], values["card.count_valid"]) == (1, 1, 0)
    do("issue-temporary-card", day, person=person)
    do("make-card", day, person=person, number=number, batch="B")
    do("receive-card", day, person=person, number=number, serial="S")
    do("deliver-card", day, person=person, number=number)
    values = found(city, person, day)
    assert (values["card.count_under_way"], values["card.count_all"], values["card.count_valid"]) == (0, 1, 1)
    assert values["card.valid_until"] == date(2046, 11, 1)
