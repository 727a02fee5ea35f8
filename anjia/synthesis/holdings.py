"""The tables of what persons hold beside a registration: stays and permits of those from elsewhere, ID cards."""

from __future__ import annotations

import numpy as np

from anjia.registers.card import CARD
from anjia.registers.holdings import DEPARTURE, SETTLEMENT
from anjia.synthesis import days, guests
from anjia.synthesis.cards import PURPOSES
from anjia.synthesis.cards import STATES as CARD_STATES
from anjia.synthesis.draws import Ints, ranks
from anjia.synthesis.entries import Table, unroll
from anjia.synthesis.names import Texts
from anjia.synthesis.permits import ENDED, GROUNDS, STATES
from anjia.synthesis.spells import Spells, stack
from anjia.synthesis.tables import Maker
from anjia.synthesis.town import Town

SERIAL = "SY"
"""Begins the serial of a made-up card: none was made by anybody."""


def stays(maker: Maker, lived: Spells) -> Table:
    """Gives since when those registered elsewhere live, or lived, where they do, or did (rule R-01).

    Args:
        lived: where everybody lived.
    """
    town = maker.town
    outside = np.zeros(len(town.people), dtype=bool)
    outside[guests.outsiders(town)] = True
    now = lived.take((lived.end == days.NEVER) & outside[lived.key])
    spells, count = stack(now, town.guests), len(now)
    dormitory = town.built.dwellings.dormitory[spells.value] >= 0
    rented = town.built.dwellings.rented[spells.value]
    columns = {
        "since": spells.start, "arrived_on": spells.start,
        "ground": np.select([dormitory, rented], ["dorm", "rent"], "own").astype(object),
        "reported_by": np.where(dormitory, "employer", "self").astype(object),
        "home_division": np.full(len(spells), "", dtype=object),
        "home_address": maker.origins()[spells.key],
        "close_ground": np.full(len(spells), "", dtype=object),
    }  # fmt: skip
    ended = np.concatenate([np.full(count, ""), _grounds(guests.settles(town))]).astype(object)
    return unroll("stay", maker.of_persons(spells), columns, maker.rank, {"close_ground": ended})


def permits(maker: Maker, before: Ints | int) -> tuple[Table, dict[str, int]]:
    """Gives the residence permits, and the last number of each county.

    Args:
        before: (counties,) numbers given out already.
    """
    town, held = maker.town, maker.town.permits
    serial, given = _numbers(maker, "permit", "R", counties(town), before)
    spells, of = held.spells, held.spells.key
    site = town.built.dwellings.site[held.dwelling[of]]
    columns = {
        "serial": serial[of], "state": STATES[spells.value], "ground": GROUNDS[held.ground[of]],
        "issued_on": held.issued[of], "made_on": held.issued[of], "years_from": held.years_from,
        "due_on": held.due, "endorsed_on": held.endorsed, "endorsements": held.times,
        "place": maker.keys.dwelling[held.dwelling[of]], "division": maker.site_codes()[site],
        "station": maker.stations()[site],
        "close_ground": np.where(spells.value == ENDED, _grounds(held.settled[of] == 1), "").astype(object),
    }  # fmt: skip
    return unroll("permit", spells.keyed(maker.keys.person[held.person[of]]), columns, maker.rank), given


def cards(maker: Maker, before: Ints | int) -> tuple[Table, dict[str, int]]:
    """Gives the ID cards, and the last number of each county.

    Args:
        before: (counties,) numbers given out already.
    """
    held, count = maker.town.cards, len(maker.town.cards)
    number, given = _numbers(maker, "card", "C", card_counties(maker.town), before)
    serial = np.array([f"{SERIAL}{one[1:]}" for one in number.tolist()], dtype=object)
    of, nothing = held.spells.key, np.full(count, "", dtype=object)
    own = {
        "number": number, "kind": np.full(count, CARD, dtype=object), "purpose": PURPOSES[held.purpose],
        "accepted_on": held.accepted, "years": held.years, "signed_on": held.signed, "valid_until": held.until,
        "serial": serial, "portrait": nothing, "batch": nothing, "division": maker.site_codes()[held.site],
        "station": maker.stations()[held.site], "note": nothing,
    }  # fmt: skip
    columns = {**{name: values[of] for name, values in own.items()}, "state": CARD_STATES[held.spells.value]}
    return unroll("card", held.spells.keyed(maker.keys.person[held.person[of]]), columns, maker.rank), given


def counties(town: Town) -> Ints:
    """Gives the county that issued each permit."""
    found: Ints = town.city.area.site_county[town.built.dwellings.site[town.permits.dwelling]]
    return found


def card_counties(town: Town) -> Ints:
    """Gives the county that issued each ID card."""
    found: Ints = town.city.area.site_county[town.cards.site]
    return found


def _numbers(maker: Maker, what: str, mark: str, county: Ints, before: Ints | int) -> tuple[Texts, dict[str, int]]:
    """Gives numbers as the county's counter would have, and the last one of each county (`permitting`, `carding`)."""
    codes = maker.town.city.area.county_codes
    number = ranks(county) + 1 + (before if isinstance(before, int) else before[county])
    texts = [f"{mark}{codes[of]}{one:08d}" for of, one in zip(county.tolist(), number.tolist(), strict=True)]
    last = {f"{what}:{codes[of]}": int(number[county == of].max()) for of in np.unique(county).tolist()}
    return np.array(texts, dtype=object), last


def _grounds(settled: Ints) -> Texts:
    return np.where(settled, SETTLEMENT, DEPARTURE).astype(object)
