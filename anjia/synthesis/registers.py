"""The registers of the town: every table as it stands after all its acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import addresses, days, guests, holdings, homes, names, numbers, stories
from anjia.synthesis.addresses import Addresses
from anjia.synthesis.draws import Ints
from anjia.synthesis.entries import Table, ranking, stacked
from anjia.synthesis.names import Texts
from anjia.synthesis.parts import Part, Taken
from anjia.synthesis.parts import seats as seats_of
from anjia.synthesis.tables import PUBLIC_HOUSEHOLDS_ON, Keys, Maker
from anjia.synthesis.town import Town


@dataclass(frozen=True, slots=True)
class Registers:
    """The tables, and what the departments' files need to agree with them.

    Attributes:
        rank: order of the events; names, citizen numbers and phones are those of today.
        counters: the last number given out by each counter of the register.
    """

    keys: Keys
    tables: dict[str, Table]
    rank: Ints
    name: Texts
    citizen_no: Texts
    phone: Texts
    address: Addresses
    household_no: Texts
    officer_name: Texts
    counters: dict[str, int]
    rare: NDArray[np.bool_]


def build(town: Town, taken: Taken, rng: np.random.Generator, rarely_named: Sequence[int] = ()) -> Registers:
    """Builds all tables.

    Args:
        taken: what is taken already; of the subjects persons come first, then households, then dwellings.
        rarely_named: persons whose name is given a rare character.
    """
    keys = _keys(town, taken)
    address = addresses.address(town.city, town.built, _streets(town, rng), taken.site)
    lines = names.origins(town.people, town.city, town.size, rng)
    given = names.given(town.people, town.city, rng, rarely_named)
    name = lines.surname + given
    status, condition = guests.statuses(town, stories.statuses(town)), stories.conditions(town)
    residence = guests.residences(town, stories.residences(town, rng))
    opening = town.events.add("NEWHH", np.full(len(town.city.area.town_codes), PUBLIC_HOUSEHOLDS_ON))
    particulars, name = _named(town, name, lines, rng)
    rank = ranking(town.events)
    maker = Maker(town, keys, rank, address, lines.ethnicity, rng)
    number, house_name, officer_name, serials = maker.numbering(taken.serial)
    permit, permits = holdings.permits(maker, taken.permit)
    card, cards = holdings.cards(maker, taken.card)
    counters = {**{f"household:{digits}": last for digits, last in serials.items()}, **permits, **cards}
    people = town.people
    citizen = numbers.citizen_numbers(town.city.spec.number_prefixes, people.birth, people.sex, taken.seat)
    phone = _phones(town, taken.phone)
    household = maker.household(number, house_name, opening)
    tables = [
        particulars(maker),
        maker.status(status),
        maker.condition(condition, house_name),
        maker.kinship(),
        household,
        maker.membership(),
        maker.residence(residence),
        holdings.stays(maker, residence),
        permit,
        card,
        maker.place(),
        maker.identity(citizen, phone),
        maker.officer(household, officer_name),
    ]
    odd = names.rare_characters(town.city)
    rare = np.array([not odd.isdisjoint(one) for one in name])
    return Registers(keys, {t.register: t for t in tables}, rank, name, citizen, phone, address, number,
                     officer_name, counters, rare)  # fmt: skip


def counts(town: Town, tenants: int) -> dict[str, Any]:
    """Gives what a town takes of what is numbered through all parts (`parts.Taken`)."""
    known, lived = stories.known(town), _lived(town)
    area, households = town.city.area, town.built.households
    sites = town.built.dwellings.site
    return {
        "subject": int(known.sum() + lived.sum() + len(sites)), "person": int(known.sum()),
        "dwelling": len(sites), "unit": 2 * len(town.units), "lease": tenants, "phone": int(_called(town).sum()),
        "serial": np.bincount(area.site_town[households.site[lived]], minlength=len(area.town_codes)),
        "site": np.bincount(sites, minlength=len(area.site_codes)),
        "permit": np.bincount(holdings.counties(town), minlength=len(area.county_codes)),
        "card": np.bincount(holdings.card_counties(town), minlength=len(area.county_codes)),
        "seat": seats_of(town.people.birth, town.people.sex),
    }  # fmt: skip


def _streets(town: Town, rng: np.random.Generator) -> Ints:
    """Gives where the streets of each site begin; in all parts as the first one draws it."""
    sites, part = len(town.city.area.site_codes), town.part
    own = rng.integers(0, 1 << 20, sites)
    return own if part.number == 0 else Part(part.size, part.seed).rng(1).integers(0, 1 << 20, sites)


def _lived(town: Town) -> NDArray[np.bool_]:
    """Says which households this part registers: those lived in and the collective ones, the public ones once."""
    kind = town.built.households.kind
    lived = (kind != homes.J1) | np.isin(np.arange(len(kind)), town.stays.value)
    return lived if town.part.number == 0 else lived & (kind != homes.T4)


def _keys(town: Town, taken: Taken) -> Keys:
    first = taken.first
    person = np.where(stories.known(town), np.cumsum(stories.known(town)) - 1 + first, -1)
    first += int(stories.known(town).sum())
    lived = _lived(town)
    household = np.where(lived, np.cumsum(lived) - 1 + first, -1)
    first += int(lived.sum())
    public = np.flatnonzero((town.built.households.kind == homes.T4) & ~lived)
    household[public] = taken.public + np.arange(len(public))
    dwelling = np.arange(len(town.built.dwellings.site)) + first
    return Keys(person, household, dwelling, int(dwelling[-1]), lived)


def _called(town: Town) -> NDArray[np.bool_]:
    """Says who has a phone."""
    age = town.people.age(town.span.last)
    return (age >= 14) & (town.people.death == days.NEVER) & stories.known(town)


def _phones(town: Town, before: int) -> Texts:
    has = _called(town)
    phone = np.full(len(has), "", dtype=object)
    phone[has] = numbers.phones(town.city.settings["phone_prefix"], int(has.sum()), before)
    return phone


def _named(town: Town, name: Texts, lines: names.Origins, rng: np.random.Generator) -> tuple[Any, Texts]:
    """Draws who had another name before and whose name was once misspelt; gives the table's maker and the names."""
    people, settings = town.people, town.city.settings
    entry_day = town.events.day[np.maximum(town.entry, 0)]
    low = np.maximum(entry_day + 200, people.birth + 2500)
    high = np.minimum(np.minimum(people.death, town.left_on), town.span.last) - 40
    able = np.flatnonzero(stories.known(town) & (high > low))
    draw = rng.random(len(able))
    changed = able[draw < settings["name_change_share"]]
    corrected = able[
        (draw >= settings["name_change_share"]) & (draw < settings["name_change_share"] + settings["correction_share"])
    ]
    day = low + (rng.random(len(name)) * np.maximum(high - low, 1)).astype(np.int64)
    other = lines.surname + names.given(people, town.city, rng)
    change = town.events.add("AMEND_NAME", day[changed])
    correct = town.events.add("CORRECT", day[corrected])
    other[other == name] = (lines.surname + "某")[other == name]

    def make(maker: Maker) -> Table:
        who = np.flatnonzero(stories.known(town))
        same = np.setdiff1d(who, np.concatenate([changed, corrected]))
        table = maker.particulars(same, name[same], people.birth[same], town.entry[same])
        wrong = maker.particulars(corrected, other[corrected], people.birth[corrected], town.entry[corrected], correct)
        right = maker.particulars(corrected, name[corrected], people.birth[corrected], correct)
        past = maker.renamed(changed, other[changed], name[changed], day[changed], change)
        return stacked(table, wrong, right, past)

    return make, name
