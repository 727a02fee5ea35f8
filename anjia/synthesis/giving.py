"""How the ID cards come about: the first at sixteen, renewed as each term ends, a few expired or lost (INV-14)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from anjia.registers.carding import AGES
from anjia.synthesis import days
from anjia.synthesis.cards import LONG, Cards
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import CODE, NOT
from anjia.synthesis.spells import Spells, stack
from anjia.synthesis.town import Town

BEGAN, REPLACED = 12506, 15706
"""2004-03-29 and 2013-01-01: the first of these cards, and the end of the kind before them (居民身份证法)."""
TAKEN_OVER = 365
"""Days before the town's day on which the cards given out until then came from their own base [assumed]."""
LAG, AHEAD = 6, 90
MADE, GIVEN = (3, 14), (7, 28)
"""Days from the application to the signature, and from there to the owner [assumed]."""


def give(town: Town, spared: Collection[int], rng: np.random.Generator) -> Cards:
    """Draws the cards of those who are registered here.

    Args:
        spared: persons who have none.
    """
    settings, last = town.city.settings["cards"], town.span.last - LAG
    who, site = _registered(town, spared)
    birth = town.people.birth[who]
    accepted = _first(birth, last, rng)
    adult = accepted >= days.months_after(birth, 12 * AGES[0][0])
    held = rng.random(len(who)) < np.where(adult, settings["adult"], settings["minor"])
    made, given = rng.integers(*MADE, len(who)), rng.integers(*GIVEN, len(who))
    accepted, purpose = _renewed(birth, accepted, made, last, settings["expired"], rng)
    signed = accepted + made
    kept = held & (signed + given <= last) & (accepted >= _known_since(town)[who])
    who, site, purpose, accepted, signed, given, birth = (
        values[kept] for values in (who, site, purpose, accepted, signed, given, birth)
    )
    years = _years(birth, accepted)
    until = _until(signed, years)
    return Cards(who, site, purpose, accepted, signed, years, until,
                 _spells(town, site, purpose, signed + given, until, settings["lost"], rng))  # fmt: skip


def _registered(town: Town, spared: Collection[int]) -> tuple[Ints, Ints]:
    now = town.stays.take(town.stays.end == days.NEVER)
    now = now.take(~np.isin(now.key, list(spared)))
    return now.key, town.built.households.site[now.value]


def _known_since(town: Town) -> Ints:
    """Gives since when a card is this city's: always, but for those who brought one when they were registered here."""
    first = np.full(len(town.people), -days.NEVER)
    outside = np.isin(town.events.kind[np.maximum(town.entry, 0)], [CODE["MOVE_IN"], CODE["RESREG"]])
    begin = np.full(len(town.people), days.NEVER)
    np.minimum.at(begin, town.stays.key, town.stays.start)
    first[outside] = begin[outside]
    return first


def _first(birth: Ints, last: int, rng: np.random.Generator) -> Ints:
    """Gives the day of the first application: soon after the sixteenth birthday, or once as a child."""
    adult = birth + ((16.1 + 1.8 * rng.random(len(birth))) * days.YEAR).astype(np.int64)
    old = np.maximum(adult, BEGAN + rng.integers(0, REPLACED - BEGAN, len(birth)))
    child = np.maximum(birth + 200, last - rng.integers(50, int(5 * days.YEAR), len(birth)))
    return np.where(adult < BEGAN, old, np.where(birth + 16 * days.YEAR < last, adult, child)).astype(np.int64)


def _renewed(
    birth: Ints, accepted: Ints, made: Ints, last: int, expired: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Gives the last application, and whether it was a renewal; a few let the last term pass."""
    purpose = np.zeros(len(birth), dtype=np.int64)
    at = np.arange(len(birth))
    while len(at):
        signed = accepted[at] + made[at]
        again = _until(signed, _years(birth[at], accepted[at])) + rng.integers(-AHEAD, AHEAD // 3, len(at))
        fits = (again + MADE[1] + GIVEN[1] <= last) & (rng.random(len(at)) >= expired)
        at, again = at[fits], again[fits]
        accepted[at], purpose[at] = again, 1
    return accepted, purpose


def _years(birth: Ints, accepted: Ints) -> Ints:
    """Gives for how many years a card holds that was applied for on a day (`carding.years_of` of many)."""
    below = [accepted < days.months_after(birth, 12 * age) for age, _ in AGES]
    return np.select(below, [years for _, years in AGES], LONG)


def _until(signed: Ints, years: Ints) -> Ints:
    return np.where(years == LONG, days.NEVER, days.months_after(signed, 12 * np.maximum(years, 0)))


def _spells(
    town: Town, site: Ints, purpose: Ints, given: Ints, until: Ints, share: float, rng: np.random.Generator
) -> Spells:
    """Gives since when each card is valid, and for the lost ones until when; older cards came by one act a station."""
    events, taken, count = town.events, town.span.last - TAKEN_OVER, len(given)
    opened = events.add("CARD_IMPORT", np.full(len(town.city.area.town_codes), taken))[town.city.area.site_town[site]]
    own = np.flatnonzero(given > taken)
    kind = purpose[own]
    for position, name in enumerate(("CARD_FIRST", "CARD_RENEW")):
        opened[own[kind == position]] = events.add(name, given[own[kind == position]])
    end, closed = np.full(count, days.NEVER), np.full(count, NOT)
    day = town.span.last - LAG - rng.integers(0, TAKEN_OVER - 2 * LAG, count)
    lost = np.flatnonzero((rng.random(count) < share) & (day > given) & (day < until))
    end[lost], closed[lost] = day[lost], events.add("CARD_LOSS", day[lost])
    whole = Spells(np.arange(count), np.zeros(count, dtype=np.int64), given, end, opened, closed)
    after = Spells(lost, np.ones(len(lost), dtype=np.int64), end[lost], np.full(len(lost), days.NEVER), closed[lost],
                   np.full(len(lost), NOT))  # fmt: skip
    return stack(whole, after)
