"""Who moves between cities in the demo: a bride from elsewhere, her husband here, and somebody who leaves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np

from anjia.synthesis import days
from anjia.synthesis.cast import Cast, heads_today
from anjia.synthesis.draws import Ints
from anjia.synthesis.homes import J1
from anjia.synthesis.registers import Registers
from anjia.synthesis.registration import OUTSIDE
from anjia.synthesis.residents import NEVER_MARRIED
from anjia.synthesis.town import Town

Record = dict[str, Any]
WOMAN = 1
BRIDE, GROOM, LEAVER = "bride", "groom", "leaver"
MARRIED_DAYS = 40
"""How many days before the town's day the couple married: newer than anything in the register."""


def choose(town: Town, cast: Cast) -> dict[str, int]:
    """Gives the positions of bride, groom and leaver; a part that nobody fits is left out.

    The bride lives here and is registered elsewhere, the groom heads a family household; neither was
    married before. The leaver heads a household of one.
    """
    people, taken = town.people, list(cast.parts.values())
    age = people.age(town.span.last)
    alive, single = people.death == days.NEVER, people.marital == NEVER_MARRIED
    unit = town.units.of_person(len(people))
    outside = (unit >= 0) & (town.lives.mode[unit] == OUTSIDE) & (town.entry >= 0)
    women = np.flatnonzero(alive & single & outside & (people.sex == WOMAN) & (age >= 22) & (age < 45))
    women = women[women < town.size]
    head, household = heads_today(town)
    homes = town.built.households
    fits = alive[head] & (homes.kind[household] == J1) & (age[head] >= 24) & (age[head] < 60)
    fits &= ~np.isin(head, taken) & (head < town.size)
    head, household = head[fits], household[fits]
    near = _far(town, cast, homes.dwelling[household])
    men = (people.sex[head] != WOMAN) & single[head]
    members = np.bincount(town.members.value[town.members.end == days.NEVER], minlength=len(homes.kind))
    found: dict[str, int] = {}
    if len(women) and men.any():
        found[BRIDE] = int(women[0])
        found[GROOM] = int(head[men][np.argmin(near[men])])
    alone = (members[household] == 1) & ~np.isin(head, [*found.values()])
    if alone.any():
        found[LEAVER] = int(head[alone][np.argmin(near[alone])])
    return found


def _far(town: Town, cast: Cast, dwelling: Ints) -> Ints:
    """Says how far dwellings lie from the cast's first town: 0 in it, 1 in its county, 2 elsewhere."""
    area = town.city.area
    place = area.site_town[town.built.dwellings.site[np.maximum(dwelling, 0)]]
    best = cast.towns[0]
    far: Ints = np.where(place == best, 0, np.where(area.town_county[place] == area.town_county[best], 1, 2))
    return far


def towns(town: Town, parts: Mapping[str, int]) -> list[int]:
    """Gives the towns in whose registers groom and leaver stand."""
    head, household = heads_today(town)
    dwelling = town.built.households.dwelling[household[np.isin(head, list(parts.values()))]]
    found = town.city.area.site_town[town.built.dwellings.site[dwelling[dwelling >= 0]]]
    return [int(one) for one in np.unique(found)]


def enter(town: Town, made: Registers, parts: Mapping[str, int], records: dict[str, list[Record]]) -> None:
    """Enters into the departments' records what the parts need: the couple's marriage, and no bar on anybody."""
    free = {made.citizen_no[who] for who in parts.values()}
    records["bars"] = [row for row in records["bars"] if row["no"] not in free]
    if GROOM in parts:
        spouses = [{"no": made.citizen_no[parts[one]], "name": made.name[parts[one]]} for one in (GROOM, BRIDE)]
        on = str(days.day(town.span.last - MARRIED_DAYS))
        row = {"certificate_no": "J-CROSSING-1", "spouses": spouses, "registered_on": on, "ended_on": None}
        records["marriages"].append(row)


def elsewhere(town: Town, made: Registers, parts: Mapping[str, int], city: str) -> list[Record]:
    """Gives the persons whom another city has registered, as its own data file holds them."""
    if BRIDE not in parts:
        return []
    who = parts[BRIDE]
    return [
        {
            "number": made.citizen_no[who], "name": made.name[who], "sex": str(town.people.sex[who] + 1),
            "birth_on": str(days.day(town.people.birth[who])), "ethnicity": "01", "marital": "20",
            "spouse": made.citizen_no[parts[GROOM]], "address": f"{city}人民路1号",
        }
    ]  # fmt: skip


def requests(made: Registers, parts: Mapping[str, int], city: str) -> list[Record]:
    """Gives what another city asks of this one when the demo starts."""
    if LEAVER not in parts:
        return []
    number = made.citizen_no[parts[LEAVER]]
    return [
        {
            "uid": str(uuid.uuid5(uuid.NAMESPACE_OID, number)), "destination": city, "reason": "购房落户",
            "persons": [{"number": number, "name": made.name[parts[LEAVER]]}],
        }
    ]  # fmt: skip
