"""Households and dwellings: which household each unit founds, of which kind, at which address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.ancestry import Span
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.days import NEVER
from anjia.synthesis.draws import Ints, weighted
from anjia.synthesis.families import Units
from anjia.synthesis.lives import Lives
from anjia.synthesis.parts import Part
from anjia.synthesis.registration import COUNTY, OUTSIDE, SAME, TOWN, Sites
from anjia.synthesis.residents import People

KINDS = ("J1", "T1", "T2", "T3", "T4", "T5")
J1, T1, T2, T3, T4, T5 = range(6)
NOWHERE = -1
RENTED_AT_HOME = 0.02
RENTS = {TOWN: 0.30, COUNTY: 0.38, OUTSIDE: 0.72}
"""Part of the separated homes that are rented, the others owned or kin's [assumed]."""


@dataclass(slots=True)
class Dwellings:
    """Dwellings as parallel arrays; the first are the homes of residents, then dormitories.

    Attributes:
        site: position of the community or village.
        dormitory: collective household whose dormitory it is, -1 for a dwelling.
        rented: the home of tenants.
    """

    site: Ints
    dormitory: Ints
    rented: NDArray[np.bool_]

    def add(self, site: Ints, dormitory: Ints | None = None) -> Ints:
        """Adds dwellings and gives their positions."""
        first = len(self.site)
        none = np.full(len(site), -1)
        self.site = np.concatenate([self.site, site])
        self.dormitory = np.concatenate([self.dormitory, none if dormitory is None else dormitory])
        self.rented = np.concatenate([self.rented, np.zeros(len(site), dtype=bool)])
        return np.arange(first, len(self.site))


@dataclass(slots=True)
class Households:
    """Households as parallel arrays: kind, dwelling (-1 for none), site, the unit that founded it."""

    kind: Ints
    dwelling: Ints
    site: Ints
    owner: Ints

    def add(self, kind: Ints | int, dwelling: Ints, site: Ints, owner: Ints | None = None) -> Ints:
        """Adds households and gives their positions."""
        first = len(self.kind)
        self.kind = np.concatenate([self.kind, np.broadcast_to(kind, len(site))])
        self.dwelling = np.concatenate([self.dwelling, dwelling])
        self.site = np.concatenate([self.site, site])
        self.owner = np.concatenate([self.owner, np.full(len(site), -1) if owner is None else owner])
        return np.arange(first, len(self.kind))


@dataclass(frozen=True, slots=True)
class Built:
    """The households and dwellings of the town, and which unit had which.

    Attributes:
        first, last: (units,) household before a move and since.
        home: (persons,) dwelling in which a resident lives, -1 for none.
    """

    households: Households
    dwellings: Dwellings
    first: Ints
    last: Ints
    home: Ints


def build(
    people: People, units: Units, lives: Lives, city: CityFiles, span: Span, size: int, part: Part,
    rng: np.random.Generator,
) -> Built:  # fmt: skip
    """Builds every dwelling and household.

    A unit that is registered where it lives has its household there; the others have it in another
    town or county; collective residents are put into collective households.

    Args:
        size: the first `size` persons are residents.
    """
    sites = Sites.of(city)
    homes, mode, county = _homes(people, units, lives)
    rents = np.array([RENTED_AT_HOME, RENTS[TOWN], RENTS[COUNTY], RENTS[OUTSIDE]])[mode]
    dwellings = Dwellings(sites.choose(city, county, rng), np.full(homes, -1), rng.random(homes) < rents)
    empty = np.empty(0, dtype=np.int64)
    households = Households(empty, empty, empty, empty)
    collective = _collectives(households, dwellings, city, sites, size, part, rng)
    last = np.full(len(units), -1)
    own = np.flatnonzero((lives.start != NEVER) & (lives.mode != OUTSIDE))
    joined = _join_collectives(people, units, lives, own, collective, dwellings, city, span, rng)
    last[joined >= 0] = joined[joined >= 0]
    own = own[joined[own] < 0]
    dwelling = _registered_at(people, units, lives, own, dwellings, city, sites, rng)
    last[own] = households.add(J1, dwelling, dwellings.site[dwelling], own)
    moved = np.flatnonzero((lives.moved != NEVER) & (last >= 0) & (joined < 0))
    lives.moved[np.setdiff1d(np.flatnonzero(lives.moved != NEVER), moved)] = NEVER
    at = city.area.site_county[households.site[last[moved]]]
    before = dwellings.add(sites.choose(city, at, rng))
    first = np.full(len(units), -1)
    first[moved] = households.add(J1, before, dwellings.site[before], moved)
    return Built(households, dwellings, first, last, _lodge(people, units, last, dwellings, city, size, rng))


def _homes(people: People, units: Units, lives: Lives) -> tuple[int, Ints, Ints]:
    """Gives the number of homes, the mode of each and its county."""
    at_home = np.flatnonzero(people.home >= 0)
    homes = int(people.home.max()) + 1
    county, mode = np.zeros(homes, dtype=np.int64), np.full(homes, SAME)
    county[people.home[at_home]] = people.county[at_home]
    lead = units.of_person(len(people))
    leaders = at_home[lead[at_home] >= 0]
    mode[people.home[leaders]] = lives.mode[lead[leaders]]
    return homes, mode, county


def _collectives(
    households: Households, dwellings: Dwellings, city: CityFiles, sites: Sites, size: int, part: Part,
    rng: np.random.Generator,
) -> dict[int, Ints]:  # fmt: skip
    """Adds the collective households: a public one in each station, the others as the town needs them.

    A village has one rural household, so each part of a large town takes other villages.
    """
    area = city.area
    towns = np.arange(len(area.town_codes))
    first_site = np.searchsorted(area.site_town, towns)
    result = {T4: households.add(T4, np.full(len(towns), NOWHERE), first_site)}
    counties = np.arange(len(area.county_codes))
    for kind, count in ((T1, 1 + size // 4000), (T2, 1 + size // 8000), (T3, 1), (T5, 1)):
        site = sites.choose(city, np.tile(counties, count), rng)
        if kind == T5:
            order = np.random.default_rng(part.seed)
            turns = [order.permutation(_villages(city, county)) for county in counties.tolist()]
            site = np.array([villages[part.number % len(villages)] for villages in turns])
        number = len(households.kind) + np.arange(len(site))
        dwelling = dwellings.add(site, number) if kind in (T1, T2) else np.full(len(site), NOWHERE)
        result[kind] = households.add(kind, dwelling, site)
    return result


def _villages(city: CityFiles, county: int) -> Ints:
    """Gives the villages of a county, all its sites where it has none."""
    here = np.flatnonzero(city.area.site_county == county)
    rural = here[city.area.site_rural[here]]
    return rural if len(rural) else here


def _join_collectives(
    people: People,
    units: Units,
    lives: Lives,
    own: Ints,
    collective: dict[int, Ints],
    dwellings: Dwellings,
    city: CityFiles,
    span: Span,
    rng: np.random.Generator,
) -> Ints:
    """Gives the collective household of each unit of one that has none of its own, else -1."""  # fmt: skip
    result = np.full(len(units), -1)
    first = units.first()
    single = own[((units.man[own] < 0) | (units.woman[own] < 0)) & (people.death[first[own]] == NEVER)]
    single = single[
        (people.mother[first[single]] < 0) | (people.home[first[single]] < 0) | (lives.mode[single] != SAME)
    ]
    childless = ~np.isin(single, np.concatenate([lives.parent, lives.wife_parent, lives.ex_unit, units.host]))
    childless &= lives.ex_unit[single] < 0
    parents = np.concatenate([people.mother, people.father])
    single = single[childless & ~np.isin(first[single], parents)]
    age = people.age(span.last)[first[single]]
    dormitory = people.home[first[single]] < 0
    draw = rng.random(len(single))
    kind = np.select(
        [dormitory & (age < 23), dormitory, (lives.mode[single] != SAME) & (age < 40) & (draw < 0.5),
         (lives.mode[single] != SAME) & (draw < 0.75), draw < 0.01],
        [T2, T1, T3, T4, T5], -1,
    )  # fmt: skip
    towns = city.area.town_county
    for code, group in collective.items():
        rows = np.flatnonzero(kind == code)
        county = people.county[first[single[rows]]]
        counties = (
            towns
            if code == T4
            else np.tile(np.arange(len(city.area.county_codes)), len(group) // len(city.area.county_codes))
        )
        for one in np.unique(county):
            here = rows[county == one]
            result[single[here]] = rng.choice(group[counties == one], len(here))
    taken = np.flatnonzero(result >= 0)
    recent = span.last - (rng.random(len(taken)) * 7 * 365).astype(np.int64) - 90
    lives.start[taken] = np.maximum(lives.start[taken], recent)
    lives.native[taken] = False
    return result


def _registered_at(
    people: People,
    units: Units,
    lives: Lives,
    own: Ints,
    dwellings: Dwellings,
    city: CityFiles,
    sites: Sites,
    rng: np.random.Generator,
) -> Ints:
    """Gives the dwelling of each unit's own household: its home, or one elsewhere."""  # fmt: skip
    first = units.first()[own]
    home, area = people.home[first], city.area
    dwelling = np.full(len(own), -1)
    shared = (units.host[own] >= 0) & (lives.taken_in[own] != NEVER)
    stays = (home >= 0) & (lives.mode[own] == SAME) & ~shared
    order = np.flatnonzero(stays)
    # One household a home: an old unit with whom the young stay, else the host.
    keep = np.unique(home[order], return_index=True)[1]
    dwelling[order[keep]] = home[order[keep]]
    rest = np.flatnonzero(dwelling < 0)
    county = people.county[first[rest]]
    away = lives.mode[own[rest]] == COUNTY
    weight = city.census["人口数_合计"]
    other = weighted(rng, weight, len(rest))
    other = np.where(other == county, (other + 1) % len(weight), other)
    county = np.where(away & (home[rest] >= 0), other, county)
    living = home[rest] >= 0
    town = np.where(living, area.site_town[dwellings.site[home[rest]]], -1)
    dwelling[rest] = dwellings.add(sites.choose(city, county, rng, not_town=town))
    return dwelling


def _lodge(
    people: People, units: Units, last: Ints, dwellings: Dwellings, city: CityFiles, size: int, rng: np.random.Generator
) -> Ints:
    """Gives each resident's dwelling; those in collectives live in a dormitory, their own household's if it has one."""
    home = people.home.copy()
    dormitory = np.flatnonzero(dwellings.dormitory >= 0)
    county = city.area.site_county[dwellings.site[dormitory]]
    household_to = np.full(int(dwellings.dormitory.max()) + 1, -1)
    household_to[dwellings.dormitory[dormitory]] = dormitory
    unit = units.of_person(len(people))
    for one in np.unique(people.county[:size]):
        who = np.flatnonzero((people.home[:size] < 0) & (people.county[:size] == one))
        home[who] = rng.choice(dormitory[county == one], len(who))
        own = last[unit[who]]
        bed = np.where((own >= 0) & (own < len(household_to)), household_to[np.clip(own, 0, len(household_to) - 1)], -1)
        home[who[bed >= 0]] = bed[bed >= 0]
    return home
