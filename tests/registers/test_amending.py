"""Change and correction of what a person's card says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import history
from anjia.registers.particulars import Particulars
from tests.registers.world import BEGIN, DAY, EAST, Person, World, do, make, prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make(
        [Person("甲", "1", "1980-01-01", "户"), Person("乙", "2", "1982-01-01", "户", "97")],
        homes={"户": ("J1", EAST)},
    )


def refused(call: Any) -> AnjiaError:
    with pytest.raises(AnjiaError) as caught:
        call()
    return caught.value


def test_only_what_may_be_amended(world: World) -> None:
    subject = world["甲"]
    for register, values in (
        ("membership", {"relation": "02"}),
        ("particulars", {"subject": 5}),
        ("particulars", {"valid_from": DAY}),
        ("identity", {"ciphertext": b""}),
    ):
        given = {"register": register, "subject": subject, "values": values}
        assert refused(lambda given=given: prepared("change", **given)).code == "field-not-amendable"


def test_a_change_before_what_it_ends_is_refused(world: World) -> None:
    given = {"register": "particulars", "subject": world["甲"], "values": {"name": "新"}}
    assert refused(lambda: do("change", BEGIN - timedelta(days=1), **given)).code == "change-too-early"


def test_a_change_on_the_first_day_replaces(world: World) -> None:
    do("change", BEGIN, register="particulars", subject=world["甲"], values={"name": "新"})
    rows = Particulars.objects.filter(subject=world["甲"], recorded_to=None)
    assert [(one.name, one.valid_from) for one in rows] == [("新", BEGIN)]


def test_a_correction_of_somebody_elses_or_an_old_entry_is_refused(world: World) -> None:
    wrong = Particulars.objects.get(subject=world["甲"])
    given = {"register": "particulars", "entry": wrong.pk, "values": {"name": "正"}}
    assert refused(lambda: do("correct", subject=world["乙"], **given)).code == "act-conflict"
    do("correct", subject=world["甲"], **given)
    assert refused(lambda: do("correct", subject=world["甲"], **given)).code == "act-conflict"


def test_days_may_be_corrected_but_never_into_an_overlap(world: World) -> None:
    do("change", register="particulars", subject=world["甲"], values={"name": "新"})
    first = Particulars.objects.get(subject=world["甲"], recorded_to=None, valid_to=DAY)
    given = {"register": "particulars", "subject": world["甲"], "entry": first.pk}
    error = refused(lambda: do("correct", **given, values={"valid_to": DAY + timedelta(days=1)}))
    assert error.code == "entry-overlap"
    error = refused(lambda: do("correct", **given, values={"valid_to": BEGIN}))
    assert error.code in ("period-empty", "register-refused")
    do("correct", **given, values={"valid_from": date(2016, 2, 29)})
    assert history.person(world["甲"], date(2016, 2, 29), timezone.now()).name == "甲"
    assert refused(lambda: history.person(world["甲"], date(2016, 2, 28), timezone.now())).code == "person-unknown"
