"""Every item files an act: form values → steps → what the register says then, and the condition that stops it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from simulators.departments.process import Running
from tests.casework import filed, settled
from tests.casework.filed import Row
from tests.casework.filings import Town, decided, town
from tests.casework.filings import filed as hand_in
from tests.registers.world import do

pytestmark = pytest.mark.django_db
ROWS = (*filed.ROWS, *settled.ROWS)


@pytest.fixture
def place(db: None, shared_departments: Running, departments_folder: Any, settings: Any) -> Iterator[Town]:
    with town(shared_departments, departments_folder, settings) as made:
        yield made


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_an_application_changes_the_register_and_only_when_its_conditions_hold(row: Row, place: Town) -> None:
    for name, on, arguments in row.before:
        do(name, on, **place.meant(arguments))
    for kind, record in row.records:
        place.departments.control("add", kind=kind, record=place.said(record))
    case = hand_in(place, row.who, row.item, row.answers, counter=row.counter)
    seen = dict.fromkeys(row.checks, True) | row.against
    for name in row.stops:
        with pytest.raises(AnjiaError, match="rule-not-met"):
            decided(place, case, seen | {name: not seen[name]})
    done = decided(place, case, seen)
    assert done.state == "decided", done.next_step
    assert Act.objects.get(pk=done.act_id).event == row.event
    assert row.then(place) == row.expected


@pytest.mark.parametrize("name", ["父", "子"])
def test_nobody_decides_an_application_of_their_own_or_about_themselves(name: str, place: Town) -> None:
    row = next(one for one in ROWS if one.name == "the head declares that his son joins the forces")
    case = hand_in(place, row.who, row.item, row.answers)
    officers = (place.assistant, place.approver)
    for one in officers:
        one.person = place[name]
    with pytest.raises(AnjiaError, match="step-own-case"):
        decided(place, case, dict.fromkeys(row.checks, True))
    for one in officers:
        one.person = place["弟"]
    assert decided(place, case, dict.fromkeys(row.checks, True)).state == "decided"
