"""The residents: sex and age by county as in the census, marital status, schooling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints, quotas, rounded, top
from anjia.synthesis.parts import Part

BANDS = (
    (0, 1), (1, 5), (5, 10), (10, 15), (15, 20), (20, 25), (25, 30), (30, 35), (35, 40), (40, 45),
    (45, 50), (50, 55), (55, 60), (60, 65), (65, 70), (70, 75), (75, 80), (80, 85), (85, 106),
)  # fmt: skip
SEXES = ("男", "女")
LAST = 85
NEVER_MARRIED, MARRIED, WIDOWED, DIVORCED = range(4)
MARITAL_CODES = np.array(["10", "21", "30", "40"])
LEGAL = (22, 20)

COUNTED_FROM = 6
"""Age from which the census counts schooling: its seven classes sum to the residents of 6 and over."""
SCHOOLING = ("未上过学", "学前教育", "小学", "初中", "高中", "大学专科", "本科及以上")
GRADUATE = np.array(["90", "90", "81", "71", "61", "31", "21"])
PUPIL = np.array(["90", "90", "80", "70", "60", "30", "20"])


@dataclass(slots=True)
class People:
    """Persons as parallel arrays; kin are positions, -1 for none, and grow by `extend`.

    Attributes:
        sex: 0 man, 1 woman.
        birth, death: whole days; `death` is `days.NEVER` for the living.
        home: resident household, -1 when there is none.
        ex: the divorced spouse; `spouse` is the present or the last one.
    """

    county: Ints
    sex: Ints
    birth: Ints
    death: Ints
    marital: Ints
    home: Ints
    father: Ints
    mother: Ints
    spouse: Ints
    ex: Ints

    def __len__(self) -> int:
        return len(self.birth)

    def extend(self, count: int, **values: NDArray[Any]) -> Ints:
        """Adds persons and gives their positions; what is not given is unknown."""
        first = len(self)
        empty: Mapping[str, int] = {"death": days.NEVER, "marital": NEVER_MARRIED, "county": 0}
        for field in fields(self):
            added = values.get(field.name, np.full(count, empty.get(field.name, -1)))
            setattr(self, field.name, np.concatenate([getattr(self, field.name), added]))
        return np.arange(first, first + count)

    def age(self, on: int | Ints) -> NDArray[np.float64]:
        """Gives ages in years and parts."""
        return days.years(self.birth, on)


def band_label(low: int, high: int) -> str:
    """Gives the census' name of an age band."""
    if low == 0:
        return "0岁"
    return f"{low}岁以上" if low == LAST else f"{low}到{high - 1}岁"


def age_sex_targets(city: CityFiles) -> NDArray[np.float64]:
    """Gives the census counts, (counties, bands, sexes)."""
    return np.array([[city.census[f"{sex}_{band_label(*band)}"] for sex in SEXES] for band in BANDS]).transpose(2, 0, 1)


def draw(city: CityFiles, part: Part, on: date, rng: np.random.Generator) -> People:
    """Draws the residents of a part; the counts of the whole by county, sex and age band follow the census to one.

    The census of its year is taken to hold on `on`.
    """
    counts = part.share(rounded(age_sex_targets(city).transpose(0, 2, 1), part.size))
    size = int(counts.sum())
    county, sex, band = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    low, high = np.array(BANDS)[band].T
    age = low + (rng.random(size) * (high - low)).astype(np.int64)
    old = low == LAST
    age[old] = LAST + np.minimum(rng.geometric(0.2, int(old.sum())) - 1, 20)
    birth = days.birthdays(on, age, rng.integers(0, 365, size))
    none = np.full(size, -1)
    return People(
        county, sex, birth, np.full(size, days.NEVER), np.full(size, NEVER_MARRIED),
        none.copy(), none.copy(), none.copy(), none.copy(), none.copy(),
    )  # fmt: skip


def marry(people: People, city: CityFiles, collective: NDArray[np.bool_], on: int, rng: np.random.Generator) -> None:
    """Sets the marital status so that the shares of each sex aged 15 and over are the census'."""
    shares, age = city.settings["marital"], people.age(on)
    for sex in (0, 1):
        adults = np.flatnonzero((people.sex == sex) & (age >= 15))
        years = age[adults]
        people.marital[adults] = MARRIED
        score = -years + rng.normal(0, 4, len(adults)) + 8 * collective[adults] + 1000 * (years < LEGAL[sex] + 1)
        never = top(score, round(shares[f"never_{sex + 1}"] * len(adults)))
        never = np.union1d(never, np.flatnonzero(years < LEGAL[sex] + 1))
        people.marital[adults[never]] = NEVER_MARRIED
        for state, name, low, high, drift in (
            (WIDOWED, "widowed", 42, 200, 1.0),
            (DIVORCED, "divorced", 27, 72, 0.0),
        ):
            score = drift * years + rng.normal(0, 9, len(adults))
            score[(people.marital[adults] != MARRIED) | (years < low) | (years > high)] = -np.inf
            count = min(round(shares[f"{name}_{sex + 1}"] * len(adults)), int(np.isfinite(score).sum()))
            people.marital[adults[top(score, count)]] = state


def school(people: People, city: CityFiles, count: int, on: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draws the level of schooling and the age at which it was reached or begun.

    Args:
        count: the first `count` persons are residents, whose levels follow the census by county
            and sex; the others are drawn by the shares of the whole city.

    Returns:
        Level (position in `SCHOOLING`) and age in years.
    """
    age = people.age(np.minimum(people.death, on))
    level = np.select([age < 3, age < 6.7, age < 12.7, age < 15.7, age < 18.7], [0, 1, 2, 3, 4], -1)
    student = (age >= 18.7) & (age < 22) & (rng.random(len(people)) < 0.75)
    level[student] = np.where(rng.random(int(student.sum())) < 0.5, 5, 6)
    score = -age + rng.normal(0, 13, len(people))
    resident = np.arange(len(people)) < count
    groups = [
        resident & (people.county == c) & (people.sex == s) for c in range(len(city.area.county_codes)) for s in (0, 1)
    ]
    groups += [~resident & (people.sex == s) for s in (0, 1)]
    for position, group in enumerate(groups):
        county, sex = divmod(position, 2)
        outside = county == len(city.area.county_codes)
        goal = np.array([
            city.whole[f"{name}_{SEXES[sex]}"] if outside else city.census[f"{name}_{SEXES[sex]}"][county]
            for name in SCHOOLING
        ])  # fmt: skip
        counted = group & (age >= COUNTED_FROM)
        left = quotas(goal, int(counted.sum())) - np.bincount(level[counted & (level >= 0)], minlength=7)[:7]
        left[1] = 0
        free = np.flatnonzero(group & (level < 0))
        sizes = quotas(np.maximum(left, 0) + 1e-9, len(free))
        level[free[np.argsort(score[free], kind="stable")]] = np.repeat(np.arange(7), sizes)
    begun = np.array([6.6, 6.6, 6.6, 12.6, 15.6, 18.6, 18.6])[level]
    done = np.array([6.6, 6.6, 12.6, 15.6, 18.6, 21.6, 22.6])[level]
    return level, np.where(age > done, done, begun) * 365
