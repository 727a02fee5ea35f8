"""Names: surnames from the father, given names by cohort, some of them with rare characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints, quotas, weighted
from anjia.synthesis.residents import People

Texts = NDArray[np.object_]

DEPTH = 6
SHARED_WITH_MOTHER_FROM = 2010


@dataclass(frozen=True, slots=True)
class Origins:
    """What runs in the male line: the first known ancestor of each person, surname and ethnicity."""

    root: Ints
    surname: Texts
    ethnicity: Texts


def origins(people: People, city: CityFiles, size: int, rng: np.random.Generator) -> Origins:
    """Draws surnames and ethnic groups; a child has the father's, else the mother's.

    The share of minorities among the residents of each county follows the census, lineage by lineage.
    """
    root = np.arange(len(people))
    parent = np.where(people.father >= 0, people.father, people.mother)
    for _ in range(DEPTH):
        known = parent[root] >= 0
        root = np.where(known, parent[root], root)
    names, weights = surnames(city)
    surname = names[weighted(rng, weights, len(people))][root]
    young = (people.mother >= 0) & (people.father >= 0)
    young &= people.birth > (SHARED_WITH_MOTHER_FROM - 1970) * days.YEAR
    young &= rng.random(len(people)) < city.settings["mother_surname_share"]
    surname[young] = surname[people.mother[young]]
    return Origins(root, surname, _ethnicity(people, root, city, size, rng))


def surnames(city: CityFiles) -> tuple[Texts, NDArray[np.float64]]:
    """Gives the surnames of the city and their shares."""
    named, others = city.names["surname"], sorted(set(city.names["others"]) - set(city.names["surname"]))
    compound = list(city.names["compound"])
    rare = city.names["compound_share"]
    rest = 100.0 - sum(named.values()) - 100 * rare
    fading = 1 / (np.arange(len(others)) + 25)
    weights = np.concatenate([
        list(named.values()), rest * fading / fading.sum(), np.full(len(compound), 100 * rare / len(compound)),
    ])  # fmt: skip
    return np.array([*named, *others, *compound], dtype=object), weights


def _ethnicity(people: People, root: Ints, city: CityFiles, size: int, rng: np.random.Generator) -> Texts:
    groups = city.settings["ethnicity"]
    share = city.census["少数民族人口比重（%）"] / 100
    line = root[:size]
    heads, weight = np.unique(line, return_counts=True)
    county = people.county[heads]
    of_root = np.full(len(people), "01", dtype=object)
    for one in range(len(share)):
        goal = round(share[one] * int((people.county[:size] == one).sum()))
        order = rng.permutation(np.flatnonzero(county == one))
        chosen = heads[order[_filling(weight[order], goal)]]
        of_root[chosen] = np.repeat(np.array(list(groups), dtype=object), quotas(list(groups.values()), len(chosen)))
    return of_root[root]


def _filling(weight: Ints, goal: int) -> Ints:
    """Gives the positions taken, in order, of those that still fit into `goal`."""
    taken, left = [], goal
    for position, one in enumerate(weight.tolist()):
        if one <= left:
            taken.append(position)
            left -= one
        if left == 0:
            break
    return np.array(taken, dtype=np.int64)


def given(people: People, city: CityFiles, rng: np.random.Generator, rarely: Sequence[int] = ()) -> Texts:
    """Draws given names of one or two characters by year of birth and sex.

    Args:
        rarely: persons who get the first of the rare characters, whatever is drawn.
    """
    count = len(people)
    year = 1970 + people.birth / days.YEAR
    result = np.full(count, "", dtype=object)
    low = -np.inf
    for cohort in city.names["cohort"]:
        for sex in (0, 1):
            rows = np.flatnonzero((year >= low) & (year < cohort["until"]) & (people.sex == sex))
            result[rows] = _pair(cohort, sex, len(rows), rng)
        low = cohort["until"]
    rare = np.flatnonzero(rng.random(count) < city.settings["rare_name_share"])
    for sex in (0, 1):
        rows = rare[people.sex[rare] == sex]
        characters = _characters(city.names["rare"][f"given_{sex + 1}"])
        result[rows] = characters[rng.integers(0, len(characters), len(rows))]
    for person in rarely:
        result[person] = city.names["rare"][f"given_{people.sex[person] + 1}"][0]
    return result


def rare_characters(city: CityFiles) -> set[str]:
    """Gives the rare characters of the city's names."""
    return set(city.names["rare"]["given_1"]) | set(city.names["rare"]["given_2"])


def _pair(cohort: Mapping[str, Any], sex: int, count: int, rng: np.random.Generator) -> Texts:
    first, second = _characters(cohort[f"first_{sex + 1}"]), _characters(cohort[f"second_{sex + 1}"])
    heads = first[_frequent(rng, len(first), count)]
    tails = second[_frequent(rng, len(second), count)]
    return np.where(rng.random(count) < cohort["single"], tails, heads + tails)


def _frequent(rng: np.random.Generator, size: int, count: int) -> Ints:
    """Draws positions of which the first are the likeliest."""
    return weighted(rng, 1 / (np.arange(size) + 6), count)


def _characters(text: Sequence[str]) -> Texts:
    return np.array(list(text), dtype=object)
