"""Cards go to their maker in batches: lost, rejected and unanswered orders, and never two cards of one number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from anjia.exchange import cardmaking
from anjia.exchange.query import Line
from anjia.exchange.transport import open_client
from anjia.kernel import log
from anjia.kernel.models import AccessRecord
from anjia.registers import REGISTERS, cards
from anjia.registers.card import Card
from simulators.departments.process import Running, running
from tests.registers.world import DAY, EAST, Person, World, do, make

pytestmark = pytest.mark.django_db
NAMES = ("甲", "乙", "丙")


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as departments:
        yield departments


@pytest.fixture
def reach(maker: Running) -> Iterator[Callable[[], Line]]:
    client = open_client()
    given = maker.credentials
    one = Line(maker.base_url, given.token, given.secret, client, lambda: datetime.now(UTC), lambda entry: None)
    yield lambda: one
    client.close()


@pytest.fixture
def world(db: None, catalogue_of_none: None) -> World:
    return make([Person(name, "1", "1990-01-01", "户", "02" if name == "甲" else "97") for name in NAMES],
                homes={"户": ("J1", EAST)})  # fmt: skip


@pytest.fixture
def catalogue_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule is published in this town, so the acts rest on none."""
    monkeypatch.setattr(cardmaking, "_digest", lambda on: "0" * 64)


def apply(world: World) -> dict[str, str]:
    return {
        name: do("accept-card", person=world[name], purpose="first", division=EAST, reviewed=True).summary["card"]
        for name in NAMES
    }


def states(world: World) -> list[str]:
    return [cards.cards(world[name], date(2027, 1, 1), timezone.now())[0].state for name in NAMES]


def test_all_are_made_and_come_back_with_their_serials(world: World, reach: Callable[[], Line]) -> None:
    apply(world)
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY)) == (3, 3, 0, 0)
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY)) == (0, 0, 0, 0)
    assert states(world) == ["ready"] * 3
    assert len(set(Card.objects.filter(state="ready").values_list("serial", flat=True))) == 3
    assert AccessRecord.objects.filter(register="card_order").count() == 3
    assert list(log.verify(REGISTERS)) == []


def test_a_lost_order_is_sent_again_and_a_rejected_one_goes_back(
    world: World, maker: Running, reach: Callable[[], Line]
) -> None:
    number = apply(world)
    maker.control("cards", lose=[number["甲"]], reject={number["乙"]: "portrait too dark"})
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY)) == (3, 1, 1, 1)
    assert states(world) == ["making", "accepted", "ready"]
    assert cards.cards(world["乙"], DAY, timezone.now())[0].note == "portrait too dark"
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY + timedelta(1))) == (0, 1, 0, 0)
    maker.control("cards", accept=[number["乙"]])
    do("review-card", DAY + timedelta(1), person=world["乙"], number=number["乙"])
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY + timedelta(1))) == (1, 1, 0, 0)
    assert states(world) == ["ready"] * 3


def test_an_order_without_an_answer_is_not_made_twice(
    world: World, maker: Running, reach: Callable[[], Line]
) -> None:
    apply(world)
    maker.control("cards", silent=2)
    for _ in range(2):
        assert cardmaking.hand_over(reach, DAY).waiting == 3
    made = maker.control("cards")["made"]
    assert len(made) == 3
    assert cardmaking.hand_over(reach, DAY).made == 3
    assert maker.control("cards")["made"] == made
    assert set(Card.objects.filter(state="ready").values_list("serial", flat=True)) == set(made.values())


def test_a_maker_that_cannot_be_reached_costs_nothing(world: World, maker: Running, reach: Callable[[], Line]) -> None:
    apply(world)
    maker.stop()
    assert dataclasses.astuple(cardmaking.hand_over(reach, DAY)) == (3, 0, 0, 3)
    assert states(world) == ["making"] * 3


def test_a_withdrawn_card_that_was_being_made_stays_withdrawn(
    world: World, maker: Running, reach: Callable[[], Line]
) -> None:
    apply(world)
    maker.control("cards", silent=1)
    cardmaking.hand_over(reach, DAY)
    do("record-death", DAY, event="DEATH", person=world["丙"])
    assert cardmaking.hand_over(reach, DAY).made == 2
    assert states(world) == ["ready", "ready", "withdrawn"]
