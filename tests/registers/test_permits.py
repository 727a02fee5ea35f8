"""Residence permits: issue, window, missed endorsement, new copies, the end; edges of months and years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import REGISTERS, cards, endorsing
from anjia.registers.endorsing import PermitView
from anjia.registers.permit import Permit
from anjia.registers.residence import Residence
from tests.registers.outsiders import ARRIVED, issue, settle, take_in, town
from tests.registers.world import World, do, refused

pytestmark = pytest.mark.django_db
ISSUED = date(2024, 9, 10)


@pytest.fixture
def world(db: None) -> World:
    return town()


@pytest.fixture
def holder(world: World) -> int:
    person = take_in()
    settle(world, person)
    issue(world, person, ISSUED)
    return person


def seen(person: int, on: date) -> PermitView:
    view = endorsing.permit(person, on, timezone.now())
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("since", "first"),
    [
        (date(2024, 3, 1), date(2024, 9, 1)), (date(2024, 8, 31), date(2025, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)), (date(2024, 2, 29), date(2024, 8, 29)),
        (date(2023, 8, 29), date(2024, 2, 29)), (date(2022, 8, 29), date(2023, 2, 28)),
    ],
)  # fmt: skip
def test_half_a_year_is_six_months_of_the_calendar(world: World, since: date, first: date) -> None:
    person = take_in(on=since)
    settle(world, person, arrived=since)
    with pytest.raises(AnjiaError) as caught:
        issue(world, person, first - timedelta(1))
    assert (caught.value.code, caught.value.facts["ready_on"]) == ("stay-too-short", first)
    issue(world, person, first)
    assert seen(person, first).issued_on == first


def test_a_permit_is_issued_once_for_the_registered_residence(world: World, holder: int) -> None:
    view = seen(holder, ISSUED)
    assert (view.state, view.due_on, view.opens_on) == ("valid", date(2025, 9, 10), date(2025, 8, 10))
    assert view.serial.startswith("R990101")
    assert (view.address, view.since, view.years) == ("东号", ARRIVED, 0)
    assert refused(lambda: issue(world, holder, ISSUED)) == "permit-there-already"
    other = take_in("二", serial=9)
    assert refused(lambda: issue(world, other, ISSUED)) == "stay-missing"
    settle(world, other)
    assert refused(lambda: issue(world, other, ISSUED, "西")) == "residence-moved"
    assert refused(lambda: issue(world, other, ISSUED, ground="love")) == "code-unknown"
    assert refused(lambda: issue(world, world["本"], ISSUED)) == "stay-missing"


@pytest.mark.parametrize("on", [date(2025, 8, 10), date(2025, 8, 31), date(2025, 9, 10)])
def test_an_endorsement_in_the_window_lets_the_years_go_on(holder: int, on: date) -> None:
    do("endorse-permit", on, event="PERMIT_ENDORSE", person=holder)
    view = seen(holder, on)
    assert (view.state, view.issued_on, view.years_from, view.due_on) == (
        "valid", ISSUED, ISSUED, date(2026, 9, 10),
    )  # fmt: skip
    assert (seen(holder, date(2026, 9, 9)).years, seen(holder, date(2026, 9, 10)).years) == (1, 2)
    assert refused(lambda: do("endorse-permit", on, person=holder)) == "endorsement-too-early"


def test_before_the_window_nothing_is_endorsed(holder: int) -> None:
    with pytest.raises(AnjiaError) as caught:
        do("endorse-permit", date(2025, 8, 9), person=holder)
    assert (caught.value.code, caught.value.facts["opens_on"]) == ("endorsement-too-early", date(2025, 8, 10))


@pytest.mark.parametrize("nightly", [True, False])
def test_a_missed_endorsement_suspends_and_the_years_start_again(holder: int, nightly: bool) -> None:
    assert endorsing.suspend_missed(date(2025, 9, 10)) == 0
    if nightly:
        assert endorsing.suspend_missed(date(2025, 10, 1)) == 1
        assert endorsing.suspend_missed(date(2025, 10, 2)) == 0
    assert seen(holder, date(2025, 9, 10)).state == "valid"
    assert (seen(holder, date(2025, 9, 11)).state, seen(holder, date(2025, 9, 11)).state_since) == (
        "suspended", date(2025, 9, 11),
    )  # fmt: skip
    late = date(2025, 11, 30)
    do("endorse-permit", late, event="PERMIT_ENDORSE", person=holder)
    view = seen(holder, late)
    assert (view.state, view.issued_on, view.years_from, view.due_on) == ("valid", ISSUED, late, date(2026, 11, 30))
    assert (view.years, view.years_issued) == (0, 1)
    assert [seen(holder, day).state for day in (ISSUED, date(2025, 10, 15), late)] == ["valid", "suspended", "valid"]
    assert endorsing.suspend_missed(late) == 0


def test_the_nightly_look_writes_one_act_a_permit_with_its_rule(world: World, holder: int) -> None:
    for serial in range(3):
        person = take_in(f"众{serial}", serial=20 + serial)
        settle(world, person)
        issue(world, person, ISSUED - timedelta(serial))
    assert endorsing.suspend_missed(date(2025, 12, 1), page=2) == 4
    acts = Act.objects.filter(event="PERMIT_SUSPEND")
    assert sorted(act.effective_on for act in acts) == [
        date(2025, 9, 9), date(2025, 9, 10), date(2025, 9, 11), date(2025, 9, 11),
    ]  # fmt: skip
    assert refused(
        lambda: do("suspend-permit", date(2025, 12, 1), person=holder, due_on=date(2025, 9, 10))
    ) == "permit-not-due"


def test_a_year_from_29_february_is_full_on_28_and_again_on_29(world: World) -> None:
    person = take_in(on=date(2023, 8, 29))
    settle(world, person, arrived=date(2023, 8, 29))
    leap = date(2024, 2, 29)
    issue(world, person, leap)
    for on, due in [
        (date(2025, 2, 28), date(2026, 2, 28)), (date(2026, 2, 10), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 29)), (date(2028, 1, 29), date(2029, 2, 28)),
    ]:  # fmt: skip
        do("endorse-permit", on, person=person)
        assert (seen(person, on).due_on, seen(person, on).years_from) == (due, leap)
    assert seen(person, date(2028, 2, 28)).years == 3
    assert seen(person, date(2028, 2, 29)).years == 4


def test_a_new_copy_takes_a_new_number_and_nothing_else(holder: int) -> None:
    first = seen(holder, ISSUED).serial
    assert refused(lambda: do("reissue-permit", person=holder, reason="damaged")) == "permit-not-handed-in"
    assert refused(lambda: do("reissue-permit", person=holder, reason="bored")) == "reason-unknown"
    day = date(2025, 1, 5)
    do("reissue-permit", day, event="PERMIT_REISSUE", person=holder, reason="lost")
    view = seen(holder, day)
    assert view.serial != first
    assert (view.issued_on, view.made_on, view.years_from, view.due_on) == (ISSUED, day, ISSUED, date(2025, 9, 10))
    do("reissue-permit", day + timedelta(1), person=holder, reason="renewed", handed_in=True)
    grounds = Permit.objects.filter(subject=holder, recorded_to=None).order_by("valid_from")
    assert [one.close_ground for one in grounds] == ["lost", "renewed", ""]
    assert len({one.serial for one in grounds}) == 3


def test_a_permit_follows_a_move_and_ends_with_the_departure(world: World, holder: int) -> None:
    settle(world, holder, "西", date(2025, 2, 1))
    view = seen(holder, date(2025, 2, 1))
    assert (view.place, view.issued_on, view.due_on) == (world["西"], ISSUED, date(2025, 9, 10))
    do("end-residence", date(2025, 3, 1), person=holder, for_good=False)
    assert seen(holder, date(2025, 3, 1)).state == "valid"
    assert refused(lambda: do("endorse-permit", date(2025, 9, 1), person=holder)) == "stay-missing"
    settle(world, holder, "东", date(2025, 4, 1))
    do("end-residence", date(2025, 5, 1), person=holder)
    assert (seen(holder, date(2025, 5, 1)).state, seen(holder, date(2025, 5, 1)).close_ground) == (
        "cancelled", "departure",
    )  # fmt: skip
    assert refused(lambda: do("endorse-permit", date(2025, 9, 1), person=holder)) == "permit-missing"
    settle(world, holder, "东", date(2025, 6, 1))
    issue(world, holder, date(2025, 9, 1))
    assert seen(holder, date(2025, 9, 1)).issued_on == date(2025, 9, 1)


def test_death_ends_the_permit_in_the_same_act(holder: int) -> None:
    done = do("record-death", date(2025, 1, 2), event="DEATH", person=holder)
    ended = Permit.objects.get(subject=holder, state="cancelled", recorded_to=None)
    assert (ended.opened_by, ended.close_ground) == (done.act_id, "death")
    assert not Residence.objects.filter(subject=holder, recorded_to=None, valid_to=None).exists()


def test_settling_here_without_ending_the_permit_is_refused_by_the_database(holder: int) -> None:
    change = {"register": "status", "subject": holder, "values": {"status": "0"}}
    assert refused(lambda: do("change", date(2025, 1, 2), **change)) == "permit-of-outsiders"
    do("cancel-permit", date(2025, 1, 2), person=holder, reason="own-wish")
    assert refused(lambda: do("change", date(2025, 1, 2), **change)) == "permit-of-outsiders"
    do("end-residence", date(2025, 1, 2), person=holder)
    do("change", date(2025, 1, 2), **change)
    assert refused(lambda: do("cancel-permit", person=holder, reason="own-wish")) == "permit-missing"


def test_issue_and_end_on_one_day_leave_a_cancelled_permit(world: World) -> None:
    person = take_in()
    settle(world, person)
    issue(world, person, ISSUED)
    do("cancel-permit", ISSUED, person=person, reason="fraud")
    assert seen(person, ISSUED).state == "cancelled"
    issue(world, person, ISSUED)
    assert seen(person, ISSUED).state == "valid"
    assert list(log.verify(REGISTERS)) == []


def test_what_was_known_before_stays_readable(holder: int) -> None:
    before = timezone.now()
    do("cancel-permit", date(2025, 1, 2), person=holder, reason="own-wish")
    then = endorsing.permit(holder, date(2025, 6, 1), before)
    assert then is not None
    assert (then.state, seen(holder, date(2025, 6, 1)).state) == ("valid", "cancelled")


def test_lists_come_from_an_index(holder: int) -> None:
    """The nightly look, the desk's list and the list of expiring cards never read the whole register."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        for sql, params, index in [
            (endorsing.MISSED, [date.min, 0, date(2025, 12, 1), 50], "permit_open_due"),
            (endorsing.DUE.format(narrowed="TRUE"), [date(2025, 12, 1), date.min, 0, 50], "permit_standing_due"),
            (cards.EXPIRING.format(narrowed="TRUE"), [date(2025, 12, 1), date.min, 0, 50], "card_open_until"),
        ]:
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert index in plan, plan
