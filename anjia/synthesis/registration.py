"""Where residents are registered: at home, in another town, another county, or outside the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints, quotas, weighted
from anjia.synthesis.families import Units
from anjia.synthesis.residents import People

SAME, TOWN, COUNTY, OUTSIDE = range(4)
FROM_OTHER_CITIES = 0.35
"""Part of the residents from other counties of the province who come from another city [assumed]."""
COLLECTIVE_OUTSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Sites:
    """Weights with which families are spread over the sites of a county."""

    weight: NDArray[np.float64]

    @classmethod
    def of(cls, city: CityFiles) -> Sites:
        """Gives weights so that streets hold more residents than towns of as many villages."""
        area = city.area
        street = np.array([int(code[6:9]) < 100 for code in area.town_codes])
        town = np.where(street, city.settings["urban_town_weight"], 1.0)
        per_town = np.bincount(area.site_town, minlength=len(area.town_codes))
        return cls(town[area.site_town] / np.sqrt(per_town[area.site_town]) * np.where(area.site_rural, 1.0, 2.0))

    def choose(self, city: CityFiles, county: Ints, rng: np.random.Generator, *, not_town: Ints | None = None) -> Ints:
        """Draws a site in each county given, once more where it falls into the town to avoid."""
        site = np.zeros(len(county), dtype=np.int64)
        todo = np.arange(len(county))
        for _ in range(12):
            for one in np.unique(county[todo]):
                rows = todo[county[todo] == one]
                here = np.flatnonzero(city.area.site_county == one)
                site[rows] = here[weighted(rng, self.weight[here], len(rows))]
            if not_town is None:
                break
            todo = todo[city.area.site_town[site[todo]] == not_town[todo]]
        return site


def modes(people: People, units: Units, city: CityFiles, on: int, rng: np.random.Generator) -> Ints:
    """Gives the mode of each unit: whole homes at a time, by the census' counts of each county."""
    size = len(people)
    homes = int(people.home.max()) + 1
    mode_of_home = np.zeros(homes, dtype=np.int64)
    at_home = people.home >= 0
    heads = np.bincount(people.home[at_home], minlength=homes)
    county = np.zeros(homes, dtype=np.int64)
    county[people.home[at_home]] = people.county[at_home]
    age = np.full(homes, 200.0)
    np.minimum.at(age, people.home[people.age(on) >= 18], people.age(on)[people.age(on) >= 18])
    goal = _goals(people, city, size)
    for one in range(len(city.area.county_codes)):
        here = np.flatnonzero((county == one) & (heads > 0))
        here = here[np.argsort(age[here] / 45 + rng.normal(0, 0.8, len(here)), kind="stable")]
        reach = np.cumsum(heads[here])
        edges = np.cumsum([goal[mode][one] for mode in (OUTSIDE, COUNTY, TOWN)])
        mode_of_home[here] = np.select(
            [reach <= edges[0], reach <= edges[1], reach <= edges[2]], [OUTSIDE, COUNTY, TOWN], SAME
        )
    mode_of_home[:] = _spread(mode_of_home, county, rng)
    first = units.first()
    collective = people.home[first] < 0
    mode = np.where(collective, COUNTY, mode_of_home[people.home[first]])
    lone = np.flatnonzero(collective)
    mode[lone[rng.random(len(lone)) < COLLECTIVE_OUTSIDE]] = OUTSIDE
    return mode


def _goals(people: People, city: CityFiles, size: int) -> dict[int, Ints]:
    """Gives how many persons living in homes each county has in each mode."""
    census, total = city.census, city.census["人口数_合计"]
    near, far = census["户口登记地在外乡镇街道人口_本省其他县"], census["户口登记地在外乡镇街道人口_省外"]
    in_dormitory = int((people.home < 0).sum() * COLLECTIVE_OUTSIDE)
    outside = round((1 - city.settings["registered_share"]) * size) - in_dormitory
    scale = size / total.sum()
    return {
        OUTSIDE: quotas(FROM_OTHER_CITIES * near + far, outside),
        COUNTY: np.round((1 - FROM_OTHER_CITIES) * near * scale).astype(np.int64),
        TOWN: np.round(census["户口登记地在外乡镇街道人口_本县"] * scale).astype(np.int64),
    }


def _spread(mode: Ints, county: Ints, rng: np.random.Generator) -> Ints:
    """Mixes the modes of the separated homes of each county, so that age does not decide which."""
    for one in np.unique(county):
        rows = np.flatnonzero((county == one) & ((mode == TOWN) | (mode == COUNTY)))
        mode[rows] = mode[rng.permutation(rows)]
    return mode
