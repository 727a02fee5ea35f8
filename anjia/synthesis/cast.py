"""The people of the demo: tenants, a lessor, a head, an old person, chosen where one station serves most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.draws import Ints
from anjia.synthesis.heads import HEAD
from anjia.synthesis.homes import J1
from anjia.synthesis.registration import OUTSIDE, SAME
from anjia.synthesis.town import Town

FILED, UNFILED, ENDED, SUBLET = range(4)
PARTS = ("tenant", "unfiled", "head", "elder", "newcomer")
HALF_YEAR = 200
"""Days after which a newcomer can apply for a permit, with some to spare."""

WANTED: Mapping[str, int] = {"tenant": FILED, "unfiled": UNFILED, "head": FILED, "elder": FILED, "newcomer": FILED}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays which part; positions of persons.

    Attributes:
        parts: `tenant` (filed lease, the lessor can consent), `lessor`, `unfiled` (the lease is not
            filed), `head` (leaves a family behind), `elder` (over 60), `newcomer` (registered elsewhere, here
            for more than half a year).
        towns: towns of their dwellings, the one of most of them first.
    """

    parts: Mapping[str, int]
    towns: tuple[int, ...]


def tenants(town: Town) -> Ints:
    """Gives one tenant a rented home: the man or woman who leads its unit, living and grown."""
    people, units = town.people, town.units
    first = units.first()
    leads = np.where((people.death[first] == days.NEVER), first, np.maximum(units.woman, units.man))
    leads = np.unique(leads[(leads >= 0) & (leads < town.size)])
    leads = leads[np.argsort(~np.isin(leads, town.lessee), kind="stable")]
    home = town.built.home[leads]
    dwellings = town.built.dwellings
    fits = (people.home[leads] >= 0) & dwellings.rented[home] & (people.age(town.span.last)[leads] >= 20)
    leads, home = leads[fits], home[fits]
    return leads[np.unique(home, return_index=True)[1]]


def choose(town: Town, tenant: Ints) -> Cast:
    """Chooses the cast among the tenants and the lessor among the owners."""
    candidates = _candidates(town, tenant)
    town_of = town.city.area.site_town[town.built.dwellings.site[town.built.home]]
    score = np.zeros(len(town.city.area.town_codes))
    for rows in candidates.values():
        score[np.unique(town_of[rows])] += 1
    best = int(np.argmax(score))
    county = town.city.area.town_county
    parts: dict[str, int] = {}
    for part in sorted(PARTS, key=lambda name: len(candidates[name])):
        rows = np.setdiff1d(candidates[part], list(parts.values()))
        if len(rows) == 0:
            continue
        far = (town_of[rows] != best) * 2 + (county[town_of[rows]] != county[best]) * 4
        parts[part] = int(rows[np.argmin(far)])
    owner = _owners(town, np.array(list(parts.values()), dtype=np.int64))
    near = (town_of[owner] != best) * 2 + (county[town_of[owner]] != county[best]) * 4
    parts["lessor"] = int(owner[np.argmin(near)])
    towns = [best, *(int(town_of[one]) for name, one in parts.items() if name != "lessor")]
    return Cast(parts, tuple(dict.fromkeys(towns)))


def owners(town: Town) -> Ints:
    """Gives registered heads who live at home and may own a second dwelling."""
    return _owners(town, np.empty(0, dtype=np.int64))


def _owners(town: Town, but: Ints) -> Ints:
    head, household = heads_today(town)
    age = town.people.age(town.span.last)[head]
    fits = (head < town.size) & (age > 30) & (age < 72)
    head, household = head[fits], household[fits]
    at_home = town.built.households.dwelling[household] == town.built.home[head]
    free = ~town.built.dwellings.rented[town.built.home[head]]
    relatives = np.concatenate([but, town.people.spouse[but], town.people.father[but], town.people.mother[but]])
    return head[at_home & free & ~np.isin(head, relatives)]


def heads_today(town: Town) -> tuple[Ints, Ints]:
    """Gives today's heads and their households."""
    open_now = (town.members.end == days.NEVER) & (town.relation == HEAD)
    return town.members.key[open_now], town.members.value[open_now]


def _candidates(town: Town, tenant: Ints) -> dict[str, Ints]:
    people, lives = town.people, town.lives
    unit = town.units.of_person(len(people))[tenant]
    mode, age = lives.mode[unit], people.age(town.span.last)[tenant]
    here = (mode != SAME) & (mode != OUTSIDE)
    members, relation, family = _today(town)
    alone = members[tenant] < 2
    is_head = (relation[tenant] == HEAD) & family[tenant]
    grown = (age > 22) & (age < 50)
    others = _adults_beside(town, tenant)
    result = {
        "tenant": tenant[here & grown & family[tenant] & ~is_head],
        "unfiled": tenant[here & grown & family[tenant]],
        "head": tenant[here & is_head & ~alone & others & (age > 25)],
        "elder": tenant[here & (age >= 60.2) & family[tenant]],
        "newcomer": tenant[(mode == OUTSIDE) & grown & (town.settled[tenant] < town.span.last - HALF_YEAR)],
    }
    if len(result["elder"]) == 0:
        head, _ = heads_today(town)
        old = head[(head < town.size) & (people.age(town.span.last)[head] >= 60.2)]
        result["elder"] = old
    return result


def _today(town: Town) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Gives for each person the size of today's household, the relation, and whether it is a family's."""
    count = len(town.people)
    size, relation, family = np.zeros(count, np.int64), np.full(count, -1), np.zeros(count, bool)
    rows = np.flatnonzero(town.members.end == days.NEVER)
    key, house = town.members.key[rows], town.members.value[rows]
    size[key] = np.bincount(house, minlength=len(town.built.households.kind))[house]
    relation[key] = town.relation[rows]
    family[key] = town.built.households.kind[house] == J1
    return size, relation, family


def _adults_beside(town: Town, persons: Ints) -> NDArray[np.bool_]:
    """Says whose household has another adult, who could be its head."""
    rows = np.flatnonzero(town.members.end == days.NEVER)
    key, house = town.members.key[rows], town.members.value[rows]
    adult = town.people.age(town.span.last)[key] >= 18
    count = np.bincount(house[adult], minlength=len(town.built.households.kind))
    result = np.zeros(len(town.people), dtype=bool)
    result[key] = count[house] > 1
    return result[persons]


def protected(town: Town, cast: Cast) -> set[int]:
    """Gives the cast and their near kin, about whom nothing may be wrong."""
    people = town.people
    found = set(cast.parts.values())
    for kin in (people.spouse, people.father, people.mother):
        found |= {int(kin[one]) for one in cast.parts.values() if kin[one] >= 0}
    house = {int(town.members.value[row]) for row in np.flatnonzero(np.isin(town.members.key, list(found)))}
    rows = np.isin(town.members.value, list(house)) & (town.members.end == days.NEVER)
    return found | set(town.members.key[rows].tolist())
