"""Death, service, settling abroad, custody, duplicates: registrations that end, and those that come back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.registers import deaths, duplicates, history, people
from anjia.registers.custody import Custody
from anjia.registers.membership import Membership
from tests.registers.lives import codes, family, number, person, registered
from tests.registers.world import BEGIN, DAY, World, do, refused

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=400)


@pytest.fixture
def world(db: None) -> World:
    return family()


LEAVE: dict[str, tuple[str, dict[str, Any], str]] = {
    "death": ("record-death", {}, "1"),
    "declared": ("record-death", {"declared": True}, "7"),
    "service": ("enlist", {"notice": "入伍-1"}, "3"),
    "abroad": ("emigrate", {"paper": "出境-1"}, "4"),
    "foreign": ("emigrate", {"paper": "国籍-1", "nationality": True}, "6"),
}


@pytest.mark.parametrize("way", LEAVE)
def test_who_leaves_is_registered_nowhere_and_keeps_the_number(world: World, way: str) -> None:
    name, arguments, status = LEAVE[way]
    before, had = timezone.now(), number(world["父"])
    do(name, person=world["父"], **arguments)
    assert registered(world["父"]) is None
    assert registered(world["父"], DAY - timedelta(days=1)) == world["户"]
    assert (person(world["父"]).status, person(world["父"], DAY - timedelta(days=1)).status) == (status, "0")
    assert history.membership(world["父"], DAY, before) is not None
    ended = Membership.objects.get(subject=world["父"], recorded_to=None)
    assert (ended.valid_to, ended.close_ground) == (DAY, status)
    assert number(world["父"]) == had
    assert "父" not in codes(world, "户")
    assert refused(lambda: do(name, person=world["父"], **arguments)) == "person-not-registrable"


@pytest.mark.parametrize("way", LEAVE)
def test_a_head_who_leaves_is_followed_by_another(world: World, way: str) -> None:
    name, arguments, _ = LEAVE[way]
    assert refused(lambda: do(name, person=world["祖"], **arguments)) == "head-needed"
    assert refused(lambda: do(name, person=world["祖"], new_head=world["幼"], **arguments)) == "head-minor"
    do(name, person=world["祖"], new_head=world["父"], **arguments)
    assert codes(world, "户") == {"父": "02", "婆": "52", "母": "12", "幼": "20"}


@pytest.mark.parametrize("way", LEAVE)
def test_the_household_of_the_last_one_closes(world: World, way: str) -> None:
    name, arguments, _ = LEAVE[way]
    do(name, person=world["独"], **arguments)
    assert codes(world, "独户") == {}
    assert codes(world, "独户", DAY - timedelta(days=1)) == {"独": "02"}


def test_a_death_that_comes_to_light_late_ends_what_came_after_it(world: World) -> None:
    moved = DAY - timedelta(days=30)
    do("join-collective", moved, person=world["独"], household=world["集体"])
    do("record-death", moved - timedelta(days=10), person=world["独"])
    for on in (moved - timedelta(days=5), moved, DAY):
        assert registered(world["独"], on) is None
        assert person(world["独"], on).status == "1"
    assert registered(world["独"], moved - timedelta(days=11)) == world["独户"]


def test_a_death_before_the_register_began_is_refused(world: World) -> None:
    early = BEGIN - timedelta(days=1)
    assert refused(lambda: do("record-death", early, person=world["独"])) == "change-too-early"


def test_a_report_of_a_death_becomes_a_task_and_then_a_cancellation(world: World) -> None:
    died, on = date(2026, 9, 1), date(2026, 10, 20)
    report = {"died_on": died, "source": "cremation", "paper": "火化-9"}
    do("report-death", date(2026, 9, 3), person=world["独"], **report)
    do("report-death", date(2026, 9, 3), person=world["单"], **report)

    def silent(day: date, **more: Any) -> list[int]:
        return [one.subject for one in deaths.list_silent(day, timezone.now(), **more)]

    assert silent(died + timedelta(days=30)) == []
    assert silent(died + timedelta(days=31)) == [world["独"], world["单"]]
    assert silent(on, area="990101") == [world["独"]]
    assert silent(on, limit=1) == [world["独"]]
    assert silent(on, after=world["独"]) == [world["单"]]
    found = {"person": world["独"], "found": True}
    assert refused(lambda: do("record-death", died, **found)) == "notice-too-short"
    told = timezone.localdate() - timedelta(days=14)
    do("notify-kin", told, person=world["独"])
    assert refused(lambda: do("record-death", died, **found)) == "notice-too-short"
    assert registered(world["独"]) == world["独户"]
    do("record-death", died, person=world["独"])
    assert silent(on) == [world["单"]]


def test_after_the_notice_the_day_of_death_is_that_of_the_report(world: World) -> None:
    long_ago = timezone.localdate() - timedelta(days=60)
    found = {"person": world["独"], "found": True}
    assert refused(lambda: do("record-death", long_ago, **found)) == "death-unreported"
    assert refused(lambda: do("notify-kin", long_ago, person=world["独"])) == "death-unreported"
    do("report-death", long_ago, person=world["独"], died_on=long_ago, source="cremation", paper="火化-9")
    do("notify-kin", timezone.localdate() - timedelta(days=15), person=world["独"])
    wrong = long_ago + timedelta(days=1)
    assert refused(lambda: do("record-death", wrong, **found)) == "death-day-differs"
    do("record-death", long_ago, **found)
    assert person(world["独"], long_ago).status == "1"


RESTORE = [("service", "1"), ("service", "2"), ("abroad", "4"), ("abroad", "6"), ("declared", "5"), ("death", "9")]


@pytest.mark.parametrize(("way", "kind"), RESTORE)
def test_a_closed_registration_is_opened_again_with_the_same_number(world: World, way: str, kind: str) -> None:
    name, arguments, _ = LEAVE[way]
    had = number(world["父"])
    do(name, person=world["父"], **arguments)
    do("restore", LATER, person=world["父"], kind=kind)
    assert (registered(world["父"], LATER), registered(world["父"], DAY)) == (world["户"], None)
    assert (number(world["父"]), codes(world, "户", LATER)["父"]) == (had, "20")
    assert person(world["父"], LATER).status == "0"
    assert refused(lambda: do("restore", LATER, person=world["父"], kind=kind)) == "membership-overlap"


def test_military_status_follows_service_and_return(world: World) -> None:
    do("enlist", person=world["父"], notice="入伍-1")
    assert person(world["父"]).military == "1"
    do("restore", LATER, person=world["父"], kind="1")
    assert person(world["父"], LATER).military == "2"


def test_a_ground_that_does_not_fit_restores_nothing(world: World) -> None:
    do("enlist", person=world["父"], notice="入伍-1")
    for kind in ("4", "5", "6", "7"):
        call = {"person": world["父"], "kind": kind}
        assert refused(lambda call=call: do("restore", LATER, **call)) == "ground-not-restorable"
    assert refused(lambda: do("restore", LATER, person=world["父"], kind="x")) == "ground-unknown"


def test_a_household_that_closed_meanwhile_is_replaced_by_another(world: World) -> None:
    do("emigrate", person=world["独"], paper="出境-1")
    assert refused(lambda: do("restore", LATER, person=world["独"], kind="4")) == "household-needed"
    do("restore", LATER, person=world["独"], kind="4", household=world["单户"])
    assert codes(world, "单户", LATER) == {"单": "02", "独": "99"}


def test_custody_closes_nothing(world: World) -> None:
    do("record-custody", person=world["独"], kind="arrest", authority="某公安局")
    do("record-custody", DAY + timedelta(days=90), person=world["独"], kind="prison", authority="某监狱", paper="判-1")
    do("record-release", LATER, person=world["独"])
    spans = [(one.kind, one.valid_from, one.valid_to) for one in Custody.objects.filter(recorded_to=None)]
    assert sorted(spans) == [("arrest", DAY, DAY + timedelta(days=90)), ("prison", DAY + timedelta(days=90), LATER)]
    assert registered(world["独"], DAY + timedelta(days=100)) == world["独户"]
    assert refused(lambda: do("record-release", LATER, person=world["独"])) == "custody-missing"
    wrong = {"person": world["独"], "kind": "holiday", "authority": "某"}
    assert refused(lambda: do("record-custody", LATER, **wrong)) == "code-unknown"


def test_a_duplicate_is_closed_and_points_to_the_record_that_stays(world: World) -> None:
    had = number(world["独"])
    do("cancel-duplicate", wrong=world["独"], kept=world["父"], decision="清-1")
    assert (registered(world["独"]), person(world["独"]).status) == (None, "5")
    assert duplicates.kept_of(world["独"]) == world["父"]
    assert duplicates.kept_of(world["父"]) == world["父"]
    assert people.find_by_number(had) == world["独"]
    again = {"kept": world["母"], "decision": "清-2"}
    assert refused(lambda: do("cancel-duplicate", wrong=world["独"], **again)) == "record-cancelled-already"
    back = {"wrong": world["父"], "kept": world["独"], "decision": "清-3"}
    assert refused(lambda: do("cancel-duplicate", **back)) == "record-cancelled-already"
    assert refused(lambda: do("cancel-duplicate", wrong=world["母"], **again)) == "records-same"
    for kind in ("5", "7", "9"):
        call = {"person": world["独"], "kind": kind, "household": world["户"]}
        assert refused(lambda call=call: do("restore", LATER, **call)) == "ground-not-restorable"


def test_a_chain_of_duplicates_leads_to_its_end(world: World) -> None:
    do("cancel-duplicate", wrong=world["独"], kept=world["单"], decision="清-1")
    do("cancel-duplicate", LATER, wrong=world["单"], kept=world["母"], decision="清-2")
    assert duplicates.kept_of(world["独"]) == world["母"]


def test_who_lives_here_and_is_registered_elsewhere_may_die_here(world: World) -> None:
    do("change", register="status", subject=world["故"], values={"status": "8"})
    next_day = DAY + timedelta(days=1)
    assert refused(lambda: do("enlist", next_day, person=world["故"], notice="x")) == "person-not-registrable"
    do("record-death", next_day, person=world["故"])
    assert person(world["故"], next_day).status == "1"
