"""ID cards of the town: terms as the register sets them, one a person, some expired and some lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from django.utils import timezone

from anjia.registers import carding, cards
from anjia.registers.card import EXPIRED, LOST, VALID, Card
from anjia.synthesis import days
from anjia.synthesis.events import KINDS, NOT
from anjia.synthesis.making import Made
from tests.synthesis.conftest import ON, Installed


def told(made: Made) -> list[dict[str, Any]]:
    """The cards as the register holds them today, with the day on which each was given to its owner."""
    table = made.registers.tables["card"]
    rows = np.flatnonzero((table.closed == NOT) & (table.valid_to == days.NEVER)).tolist()
    return [
        {
            **{name: values[n] for name, values in table.columns.items()}, "subject": int(table.subject[n]),
            "from": int(table.valid_from[n]), "event": KINDS[made.town.events.kind[table.opened[n]]],
        }
        for n in rows
    ]  # fmt: skip


def test_each_card_holds_for_as_long_as_the_law_says_for_that_age(town: Made) -> None:
    birth = dict(zip(town.registers.keys.person.tolist(), town.town.people.birth.tolist(), strict=True))
    found = Counter()
    for row in told(town):
        born, accepted = days.day(birth[row["subject"]]), days.day(row["accepted_on"])
        signed = days.day(row["signed_on"])
        years = carding.years_of(born, accepted)
        assert row["years"] == (-1 if years is None else years)
        until = carding.last_day(signed, years)
        assert row["valid_until"] == (days.NEVER if until is None else days.number(until))
        assert row["accepted_on"] < row["signed_on"] < row["from"] <= town.town.span.last
        found[years] += 1
    assert found.keys() == {None, 5, 10, 20}


def test_most_adults_hold_one_valid_card_some_expired_some_lost(town: Made) -> None:
    rows, made = told(town), town.town
    assert len({row["subject"] for row in rows}) == len({row["number"] for row in rows}) == len(rows)
    here = np.unique(made.stays.key[made.stays.end == days.NEVER])
    adults = here[made.people.age(made.span.last)[here] >= 18]
    subjects = set(town.registers.keys.person[adults].tolist())
    held = {row["subject"] for row in rows}
    assert 0.85 < len(held & subjects) / len(subjects) < 0.98
    assert held <= set(town.registers.keys.person[here].tolist())
    lost = [row for row in rows if row["state"] == LOST]
    expired = [row for row in rows if row["state"] == VALID and row["valid_until"] < made.span.last]
    assert 3 < len(lost) < 0.02 * len(rows)
    assert 3 < len(expired) < 0.05 * len(rows)
    assert {row["event"] for row in lost} == {"CARD_LOSS"}


def test_old_cards_came_by_one_act_a_station_and_the_last_year_s_each_by_its_own(town: Made) -> None:
    made = town.town
    last_year = made.span.last - 365
    valid = [row for row in told(town) if row["state"] == VALID]
    assert all((row["from"] <= last_year) == (row["event"] == "CARD_IMPORT") for row in valid)
    assert Counter(row["event"] for row in valid).keys() == {"CARD_IMPORT", "CARD_FIRST", "CARD_RENEW"}


def test_nobody_has_a_card_of_this_city_from_before_the_registration_here(town: Made) -> None:
    since = {}
    for key, start in zip(town.town.stays.key.tolist(), town.town.stays.start.tolist(), strict=True):
        since.setdefault(int(town.registers.keys.person[key]), start)
    outside = ~town.registers.tables["identity"].columns["issued_here"]
    brought = set(town.registers.tables["identity"].subject[outside].tolist())
    came = [row for row in told(town) if row["subject"] in brought]
    assert came
    assert all(row["accepted_on"] >= since[row["subject"]] for row in came)


def test_the_register_reads_the_cards_as_its_own(installed: Installed) -> None:
    now = timezone.now()
    states = Counter()
    for row in Card.objects.filter(recorded_to__isnull=True, valid_to__isnull=True).order_by("id")[::25]:
        [view] = cards.cards(row.subject, ON, now)
        expired = row.state == VALID and row.valid_until is not None and row.valid_until < ON
        assert (view.number, view.state) == (row.number, EXPIRED if expired else row.state)
        states[view.state] += 1
    assert states[VALID] > 100
    counters = dict(installed.owner.execute("SELECT name, value FROM kernel_counter WHERE name LIKE 'card:%'"))
    highest = dict(installed.owner.execute(
        "SELECT 'card:' || substr(number, 2, 6), max(substr(number, 8)::int) FROM registers_card GROUP BY 1"
    ))  # fmt: skip
    assert counters == highest
