"""Any sequence of events on one person's permit and cards keeps the day of issue, the counters and the one of each."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.registers import endorsing
from anjia.registers.card import Card
from anjia.registers.permit import Permit
from tests.registers.outsiders import settle, take_in, town
from tests.registers.world import EAST, World, do

START = date(2023, 8, 31)
REFUSALS = {
    "permit-there-already", "permit-missing", "permit-not-due", "stay-missing", "stay-too-short", "residence-moved",
    "endorsement-too-early", "residence-there-already", "arrival-too-early", "card-there-already", "card-missing",
    "card-too-early", "card-state", "act-conflict", "person-not-registrable", "person-local",
}  # fmt: skip
event = st.sampled_from(
    [
        "issue", "endorse", "endorse", "endorse", "nightly", "lose", "renew", "cancel", "leave", "away", "arrive",
        "move", "apply", "make", "receive", "deliver", "lose card", "reissue card", "temporary", "death",
    ]
)  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from([0, 1, 20, 29, 31, 61, 95, 184, 335, 366, 400]), event), max_size=14)


def take(world: World, person: int, kind: str, on: date) -> bool:
    """Does one event; gives whether it was done. A refusal that is not foreseen fails the test."""
    try:
        _do(world, person, kind, on)
    except AnjiaError as error:
        if error.code not in REFUSALS:
            raise
        return False
    return True


def _do(world: World, person: int, kind: str, on: date) -> None:
    number = Card.objects.filter(subject=person, recorded_to=None, valid_to=None, kind="card").order_by("-id")
    card = number.values_list("number", flat=True).first() or ""
    given_: dict[str, tuple[str, dict[str, Any]]] = {
        "issue": ("issue-permit", {"place": world.code("东"), "ground": "home"}),
        "endorse": ("endorse-permit", {}),
        "lose": ("reissue-permit", {"reason": "lost"}),
        "renew": ("reissue-permit", {"reason": "renewed", "handed_in": True}),
        "cancel": ("cancel-permit", {"reason": "own-wish"}),
        "leave": ("end-residence", {}),
        "away": ("end-residence", {"for_good": False}),
        "apply": ("accept-card", {"purpose": "first", "division": EAST, "reviewed": True}),
        "make": ("make-card", {"number": card, "batch": "B"}),
        "receive": ("receive-card", {"number": card, "serial": f"S{card}"}),
        "deliver": ("deliver-card", {"number": card}),
        "lose card": ("lose-card", {}),
        "reissue card": ("accept-card", {"purpose": "reissue", "division": EAST, "reviewed": True}),
        "temporary": ("issue-temporary-card", {}),
        "death": ("record-death", {}),
    }
    if kind == "nightly":
        endorsing.suspend_missed(on)
    elif kind in ("arrive", "move"):
        settle(world, person, "东" if kind == "arrive" else "西", on)
    else:
        name, arguments = given_[kind]
        do(name, on, person=person, **arguments)


def whole(person: int) -> None:
    """Checks what the constraints and rules promise on the open knowledge."""
    rows = list(Permit.objects.filter(subject=person, recorded_to=None).order_by("valid_from"))
    for one, two in itertools.pairwise(rows):
        assert one.valid_to is not None
        assert one.valid_to <= two.valid_from
    for serial, group in itertools.groupby(sorted(rows, key=lambda row: row.serial), lambda row: row.serial):
        assert len({row.issued_on for row in group}) == 1, serial
    assert all(row.issued_on <= row.years_from < row.due_on for row in rows)
    cards = Card.objects.filter(subject=person, recorded_to=None)
    for state in (("valid",), ("accepted", "reviewed", "making", "ready")):
        held = sorted(cards.filter(state__in=state), key=lambda row: (row.kind, row.valid_from))
        for one, two in itertools.pairwise(held):
            assert one.kind != two.kind or (one.valid_to is not None and one.valid_to <= two.valid_from)


def restarts_only_when_late(person: int) -> None:
    """Checks that the years of residence start again on the day of a late endorsement and on no other."""
    rows = list(Permit.objects.filter(subject=person, recorded_to=None).order_by("valid_from"))
    for one, two in itertools.pairwise(rows):
        if one.issued_on == two.issued_on and one.years_from != two.years_from:
            assert two.years_from == two.endorsed_on
            assert two.years_from > one.due_on
            assert one.state == "suspended" or one.valid_to == one.due_on + timedelta(days=1)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_no_sequence_of_events_breaks_permit_or_card(taken: list[tuple[int, str]]) -> None:
    with transaction.atomic():
        world, day = town(), START
        person = take_in(on=day)
        settle(world, person, arrived=day)
        day += timedelta(days=184)
        for days, kind in [(0, "issue"), *taken]:
            day += timedelta(days=days)
            take(world, person, kind, day)
            whole(person)
            view = endorsing.permit(person, day, timezone.now())
            assert view is None or view.years_issued >= view.years >= 0
        restarts_only_when_late(person)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_sequences_really_do_something() -> None:
    """Every event succeeds somewhere, so that the property above is not empty."""
    world = town()
    person = take_in(on=START)
    settle(world, person, arrived=START)
    story = [
        (184, "issue"), (366, "endorse"), (29, "lose"), (0, "renew"), (366, "nightly"), (1, "endorse"), (1, "move"),
        (1, "cancel"), (1, "away"), (20, "arrive"), (0, "issue"), (1, "apply"), (1, "temporary"), (1, "make"),
        (0, "receive"), (1, "deliver"), (1, "lose card"), (1, "reissue card"), (1, "leave"), (1, "death"),
    ]  # fmt: skip
    day, done = START, Counter[str]()
    for days, kind in story:
        day += timedelta(days=days)
        done[kind] += take(world, person, kind, day)
        whole(person)
    restarts_only_when_late(person)
    assert {kind for kind, count in done.items() if not count} == set()
