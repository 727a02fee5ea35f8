"""The registers of the town: every table as it stands after all its acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import addresses, days, homes, names, numbers, stories
from anjia.synthesis.addresses import Addresses
from anjia.synthesis.draws import Ints
from anjia.synthesis.entries import Table, ranking, stacked
from anjia.synthesis.names import Texts
from anjia.synthesis.tables import PUBLIC_HOUSEHOLDS_ON, Keys, Maker
from anjia.synthesis.town import Town


@dataclass(frozen=True, slots=True)
class Registers:
    """The tables, and what the departments' files need to agree with them.

    Attributes:
        rank: order of the events; names, citizen numbers and phones are those of today.
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
    serials: dict[str, int]
    rare: NDArray[np.bool_]


def build(town: Town, first: int, rng: np.random.Generator, rarely_named: Sequence[int] = ()) -> Registers:
    """Builds all tables.

    Args:
        first: the first free subject; persons come first, then households, then dwellings.
        rarely_named: persons whose name is given a rare character.
    """
    keys = _keys(town, first)
    address = addresses.address(town.city, town.built, rng)
    lines = names.origins(town.people, town.city, town.size, rng)
    given = names.given(town.people, town.city, rng, rarely_named)
    name = lines.surname + given
    status, condition = stories.statuses(town), stories.conditions(town)
    residence = stories.residences(town, rng)
    opening = town.events.add("NEWHH", np.full(len(town.city.area.town_codes), PUBLIC_HOUSEHOLDS_ON))
    particulars, name = _named(town, name, lines, rng)
    rank = ranking(town.events)
    maker = Maker(town, keys, rank, address, lines.ethnicity, rng)
    number, house_name, officer_name, serials = maker.numbering()
    citizen = numbers.citizen_numbers(town.city.spec.number_prefixes, town.people.birth, town.people.sex)
    phone = _phones(town)
    household = maker.household(number, house_name, opening)
    tables = [
        particulars(maker),
        maker.status(status),
        maker.condition(condition, house_name),
        maker.kinship(),
        household,
        maker.membership(),
        maker.residence(residence),
        maker.stay(residence),
        maker.place(),
        maker.identity(citizen, phone),
        maker.officer(household, officer_name),
    ]
    rare = np.array([bool(set(one) & names.rare_characters(town.city)) for one in name])
    return Registers(keys, {t.register: t for t in tables}, rank, name, citizen, phone, address, number,
                     officer_name, serials, rare)  # fmt: skip


def _keys(town: Town, first: int) -> Keys:
    person = np.where(stories.known(town), np.cumsum(stories.known(town)) - 1 + first, -1)
    first += int(stories.known(town).sum())
    kind = town.built.households.kind
    lived = (kind != homes.J1) | np.isin(np.arange(len(kind)), town.stays.value)
    household = np.where(lived, np.cumsum(lived) - 1 + first, -1)
    first += int(lived.sum())
    dwelling = np.arange(len(town.built.dwellings.site)) + first
    return Keys(person, household, dwelling, int(dwelling[-1]))


def _phones(town: Town) -> Texts:
    age = town.people.age(town.span.last)
    has = (age >= 14) & (town.people.death == days.NEVER) & stories.known(town)
    phone = np.full(len(has), "", dtype=object)
    phone[has] = numbers.phones(town.city.settings["phone_prefix"], int(has.sum()))
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
