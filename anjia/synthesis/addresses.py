"""Printed addresses of dwellings: compounds in towns, door plates in villages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints, ranks
from anjia.synthesis.homes import Built
from anjia.synthesis.names import Texts

HOMES_A_FLOOR, FLOORS, UNITS, BUILDINGS = 2, 6, 3, 12
PLOTS_A_STREET = 40
SUFFIXES = ("社区居委会", "居委会", "居民委员会", "村民委员会", "村委会", "社区", "委会")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The parts of each dwelling's address and the whole as it is printed."""

    street: Texts
    door_plate: Texts
    compound: Texts
    building: Texts
    unit: Texts
    floor: Texts
    room: Texts
    printed: Texts
    usage: Texts


def address(city: CityFiles, built: Built, shift: Ints, before: Ints | int) -> Addresses:
    """Gives every dwelling an address of its own.

    Args:
        shift: (sites,) where the streets of each site begin in the list of streets.
        before: (sites,) dwellings that have an address already.
    """
    area, dwellings = city.area, built.dwellings
    site = dwellings.site
    rural, dormitory = area.site_rural[site], dwellings.dormitory >= 0
    serial = ranks(site) + (before if isinstance(before, int) else before[site])
    streets = _texts(city.streets["streets"])
    lanes = _texts(city.streets["village_streets"])
    shift = shift[site]
    block = serial // (HOMES_A_FLOOR * FLOORS * UNITS * BUILDINGS)
    street = np.where(
        rural, lanes[(shift + serial // PLOTS_A_STREET) % len(lanes)], streets[(shift + block) % len(streets)]
    )
    plate = np.where(rural, serial % PLOTS_A_STREET + 1, shift % 180 + 1 + block * 2)
    door = _suffix(plate, "号")
    within = serial % (HOMES_A_FLOOR * FLOORS)
    stairs = serial // (HOMES_A_FLOOR * FLOORS)
    town_like = ~rural & ~dormitory
    first, second = _texts(city.streets["compound_names"]), _texts(city.streets["compounds"])
    kind = (shift // 7 + block) % len(second)
    compound = first[(shift + block) % len(first)] + second[kind]
    building = _suffix(stairs // UNITS % BUILDINGS + 1, "号楼")
    unit = _suffix(stairs % UNITS + 1, "单元")
    floor = within // HOMES_A_FLOOR + 1
    room = _suffix(floor * 100 + within % HOMES_A_FLOOR + 1, "室")
    parts = [np.where(town_like, text, "") for text in (compound, building, unit, _suffix(floor, "层"), room)]
    room = np.where(dormitory, _suffix(np.maximum(serial, 0) + 1, "号宿舍"), parts[4])
    printed = prefix(city)[site] + street + door + parts[0] + parts[1] + parts[2] + room
    usage = np.select([dormitory, rural], ["dormitory", "farmhouse"], "dwelling").astype(object)
    return Addresses(street, door, parts[0], parts[1], parts[2], parts[3], room, printed, usage)


def prefix(city: CityFiles) -> Texts:
    """Gives the beginning of an address in each site: city, county, town, community."""
    area = city.area
    rows = zip(area.site_names, area.site_town.tolist(), strict=True)
    return np.array([
        city.spec.name.zh + area.county_names[area.town_county[town]] + area.town_names[town] + short(name)
        for name, town in rows
    ], dtype=object)  # fmt: skip


def short(name: str) -> str:
    """Gives a community's name without the word for its committee."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            kept = name.removesuffix(suffix)
            return kept if "村" not in suffix or kept.endswith("村") else f"{kept}村"
    return name


def _texts(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def _suffix(numbers: Ints, suffix: str) -> Texts:
    return numbers.astype(str).astype(object) + suffix
