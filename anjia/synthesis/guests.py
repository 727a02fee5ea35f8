"""Earlier stays: who lived here under a registration elsewhere before settling, or had left and came back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days, heads, stories
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import CODE, NOT
from anjia.synthesis.homes import J1
from anjia.synthesis.spells import Spells, merge, stack
from anjia.synthesis.town import Town

SINCE = 16801
"""2016-01-01: since when permits are issued (居住证暂行条例 Art. 23), and with them these stays are told."""
BORN_BEFORE = 30
STAYED = (240, 1500)
AWAY = (95, 400)
"""Days of a stay before it ends, and of an absence that is too long to be none (rule R-02: 90)."""


def invite(town: Town, spared: Collection[int], rng: np.random.Generator) -> Town:
    """Gives the town with the earlier stays of some, who became known by them and not later.

    Args:
        spared: persons who are left as they are.
    """
    settings = town.city.settings["permits"]
    settled = _settled(town, spared, float(settings["settled"]), rng)
    back = _back(town, spared, float(settings["returned"]), rng)
    entry = town.entry.copy()
    for spells in (settled, back):
        entry[spells.key] = spells.opened
    return replace(town, entry=entry, guests=stack(settled, back))


def settles(town: Town) -> NDArray[np.bool_]:
    """Says which earlier stays ended with the registration here."""
    return town.events.kind[town.guests.closed] == CODE["MOVE_IN"]


def outsiders(town: Town) -> Ints:
    """Gives today's residents who are registered elsewhere."""
    who = np.arange(town.size)
    here = np.zeros(town.size, dtype=bool)
    here[town.stays.key[town.stays.key < town.size]] = True
    return who[~here & stories.known(town)[: town.size] & (town.people.death[: town.size] == days.NEVER)]


def _settled(town: Town, spared: Collection[int], share: float, rng: np.random.Generator) -> Spells:
    """Gives the stays of those who moved in from outside into the home where they lived by then and live now."""
    stays, people = town.stays, town.people
    dwelling = town.built.households.dwelling[stays.value]
    fits = (town.events.kind[stays.opened] == CODE["MOVE_IN"]) & (stays.end == days.NEVER) & (stays.key < town.size)
    fits &= (town.built.households.kind[stays.value] == J1) & (stays.start > SINCE + STAYED[1])
    fits &= (dwelling >= 0) & (stays.opened == town.entry[stays.key]) & ~np.isin(stays.key, list(spared))
    rows = np.flatnonzero(fits)
    rows = rows[dwelling[rows] == town.built.home[stays.key[rows]]]
    event, of = np.unique(stays.opened[rows], return_inverse=True)
    chosen = rng.random(len(event)) < share
    arrived = town.events.day[event] - rng.integers(*STAYED, len(event))
    kept = chosen[of] & (people.birth[stays.key[rows]] + BORN_BEFORE < arrived[of])
    rows, of = rows[kept], of[kept]
    used, of = np.unique(of, return_inverse=True)
    opened = town.events.add("RESREG", arrived[used])
    key = stays.key[rows]
    return Spells(key, dwelling[rows], arrived[used][of], stays.start[rows], opened[of], stays.opened[rows])


def _back(town: Town, spared: Collection[int], share: float, rng: np.random.Generator) -> Spells:
    """Gives the stays of those who left the city, came back later than the clock allows and live here now."""
    who = outsiders(town)
    who = who[~np.isin(who, list(spared)) & (town.events.kind[town.entry[who]] == CODE["RESREG"])]
    home, of = np.unique(town.built.home[who], return_inverse=True)
    chosen = rng.random(len(home)) < share
    away, stayed = rng.integers(*AWAY, len(home)), rng.integers(*STAYED, len(home))
    left = town.settled[who] - away[of]
    arrived = left - stayed[of]
    kept = chosen[of] & (arrived > SINCE) & (town.people.birth[who] + BORN_BEFORE < arrived)
    who, arrived, left = who[kept], arrived[kept], left[kept]
    key = town.built.home[who] * (1 << 20) + arrived
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    opened, closed = town.events.add("RESREG", arrived[first]), town.events.add("RESREG_END", left[first])
    return Spells(who, town.built.home[who], arrived, left, opened[of], closed[of])


def statuses(town: Town, life: Spells) -> Spells:
    """Gives states of registration cut where somebody from elsewhere settled: 8 before, 0 from then on."""
    mine = town.guests.take(settles(town))
    until, by = np.full(len(town.people), days.NEVER), np.full(len(town.people), NOT)
    until[mine.key], by[mine.key] = mine.end, mine.closed
    cut = until[life.key] < days.NEVER
    before = life.take(cut)
    before = replace(before, value=np.full(len(before), 8), end=until[before.key], closed=by[before.key])
    start = np.where(cut, until[life.key], life.start)
    return stack(before, replace(life, start=start, opened=np.where(cut, by[life.key], life.opened)))


def residences(town: Town, lived: Spells) -> Spells:
    """Gives where people lived, with the earlier stays."""
    return heads.one_act(merge(stack(lived, town.guests)))
