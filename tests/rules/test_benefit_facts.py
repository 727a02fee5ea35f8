"""The SQL of the register's facts behind proofs and benefits, on registers written by acts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.entries import Open, Plan
from anjia.registers import facts
from tests.registers.outsiders import ARRIVED, issue, settle, take_in, town
from tests.registers.world import World, do, draft

pytestmark = pytest.mark.django_db
NAMES = ("change.on_record", "guardian.permit_valid", "stay.longest_absence")


@pytest.fixture
def world(db: None) -> World:
    return town()


def found(city: Catalogue, person: int, on: date) -> dict[str, Any]:
    specs = [city.get("fact", name).spec for name in NAMES]
    return {ident: value for ident, (value, _) in facts.facts_of(person, specs, on, timezone.now()).items()}


def test_who_never_changed_has_no_change_and_no_parent_no_answer(city: Catalogue, world: World) -> None:
    assert found(city, world["本"], ARRIVED) == {"change.on_record": False}


@pytest.mark.parametrize(("days", "longest"), [(0, 0), (90, 90), (91, 0)])
def test_the_longest_absence_counts_within_the_present_clock(
    city: Catalogue, world: World, days: int, longest: int
) -> None:
    person, left = take_in(), date(2024, 9, 1)
    settle(world, person)
    do("end-residence", left, event="RESREG", person=person, for_good=False)
    settle(world, person, "西", left + timedelta(days))
    assert found(city, person, left + timedelta(days))["stay.longest_absence"] == longest


def test_a_parent_s_permit_counts_while_it_stands(city: Catalogue, world: World) -> None:
    parent, child, issued = take_in("母", sex="2"), take_in("童", born="2018-02-28", serial=8), date(2024, 9, 10)
    kin = Open("kinship", child, ARRIVED, None, {"kind": "mother", "kin": parent})
    acts.commit(draft("TEST", subjects=(child,), decide=lambda seen, moment: Plan((), (kin,)), effective_on=ARRIVED))
    settle(world, parent)
    assert found(city, child, issued)["guardian.permit_valid"] is False
    issue(world, parent, issued)
    assert found(city, child, issued)["guardian.permit_valid"] is True
    do("suspend-permit", date(2025, 9, 11), person=parent, due_on=date(2025, 9, 10))
    assert found(city, child, date(2025, 9, 11))["guardian.permit_valid"] is False
    assert found(city, child, date(2025, 9, 10))["guardian.permit_valid"] is True


def test_a_change_of_name_is_on_record_from_its_day(city: Catalogue, world: World) -> None:
    do("change-name", ARRIVED, event="AMEND_NAME", person=world["本"], name="本新")
    assert found(city, world["本"], ARRIVED)["change.on_record"] is True
    assert found(city, world["本"], ARRIVED - timedelta(1))["change.on_record"] is False
