"""Whom to tell, from which day; counts hidden, names by grant, notices once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework.models import Notice
from anjia.conf import telling
from anjia.kernel import grants
from anjia.kernel.models import AccessRecord, Actor
from anjia.population import eligibility
from anjia.rules import building
from anjia.rules.snapshot import Snapshot
from tests.registers import world
from tests.registers.world import EAST, WEST, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def soon(catalogue: Any, settings: Any, tmp_path: Any) -> Snapshot:
    """Eleven in the east and two in the west reach 80 in ten days."""
    day = timezone.localdate() + timedelta(days=10)
    born = f"{day.year - 80}-{day.month:02d}-{day.day:02d}"
    spots = [(f"e{n}", EAST) for n in range(11)] + [(f"w{n}", WEST) for n in range(2)]
    world.make(
        [Person(f"人{name}", "1", born, home=name) for name, _ in spots],
        homes={name: ("J1", place) for name, place in spots},
    )
    settings.ANJIA_STATE = tmp_path
    return building.build(catalogue, tmp_path, timezone.localdate(), timezone.now())


def test_the_day_is_the_birthday_and_each_is_told_once(soon: Snapshot, catalogue: Any) -> None:
    today = timezone.localdate()
    assert [one.id for one in eligibility.timed(catalogue, today) if one.notify] == ["elder"]
    assert telling.tell_turns(within=9) == 0
    assert telling.tell_turns() == 13
    assert telling.tell_turns() == 0
    assert telling.tell_turns(today + timedelta(days=1)) == 0
    notice = Notice.objects.filter(kind="eligibility").first()
    assert notice is not None
    assert str(today + timedelta(days=10)) in notice.body_zh
    assert notice.case_number == ""


def test_a_list_is_of_the_area_and_leaves_records(soon: Snapshot, catalogue: Any, publisher: Actor) -> None:
    today = timezone.localdate()
    rules = eligibility.timed(catalogue, today, "elder")
    [turns] = eligibility.calendar(rules, soon, today, today + timedelta(days=30), catalogue)
    assert eligibility.counts(turns) == {"no→yes": 13}
    allowed = grants.require(publisher, "rule", "list", "policy-finding")
    found = eligibility.listed(allowed, turns, soon, 50)
    assert len(found) == 11
    assert {one.name[:2] for one in found} == {"人e"}
    assert AccessRecord.objects.filter(register="rule:elder", purpose="policy-finding").count() == 11
