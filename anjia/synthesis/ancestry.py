"""Kin beyond one's own home: parents who live elsewhere or have died, children who left, former spouses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.draws import Ints, match
from anjia.synthesis.families import Units
from anjia.synthesis.residents import DIVORCED, MARRIED, WIDOWED, People

LINKED = 0.85
SIBLINGS = 2


@dataclass(frozen=True, slots=True)
class Span:
    """The days between which the history of the register runs."""

    first: int
    last: int


def link_parents(people: People, units: Units, local: NDArray[np.bool_], on: int, rng: np.random.Generator) -> None:
    """Gives adults without parents an older couple of the register as parents, the sons first.

    Args:
        local: (units,) whether the unit is registered here; only those are linked.
    """
    age = people.age(on)
    lead = units.of_person(len(people))
    for leads in (units.man, units.woman):
        for county in np.append(np.unique(people.county), -1):
            who = leads[(leads >= 0) & local]
            who = who[(people.mother[who] < 0) & (people.father[who] < 0) & (age[who] < 62)]
            who = who[rng.random(len(who)) < LINKED] if county >= 0 else who[rng.random(len(who)) < 0.25]
            who = who if county < 0 else who[people.county[who] == county]
            elder = _elders(people, units, local, age, int(county), rng)
            parent_age = age[np.where(units.woman[elder] >= 0, units.woman[elder], units.man[elder])]
            wish = age[who] + np.clip(rng.normal(26, 3.5, len(who)), 20, 40)
            found = match(wish, parent_age + rng.random(len(elder)), 3.0)
            ok = found >= 0
            _link(people, units, lead, who[ok], elder[found[ok]])


def _elders(
    people: People,
    units: Units,
    local: NDArray[np.bool_],
    age: NDArray[np.float64],
    county: int,
    rng: np.random.Generator,
) -> Ints:
    """Gives older units, each as often as it may still have a grown child elsewhere."""
    first = units.first()
    married = people.marital[first] != 0
    old = np.flatnonzero(local & married & (age[first] > 43) & ((people.county[first] == county) | (county < 0)))
    known = np.bincount(np.maximum(people.mother, people.father).clip(0), minlength=len(people))
    mother = np.where(units.woman[old] >= 0, units.woman[old], units.man[old])
    wanted = 1 + (age[mother] > 58) * (rng.random(len(old)) < 0.75) + (age[mother] > 66) * (rng.random(len(old)) < 0.5)
    return np.repeat(old, np.maximum(wanted - np.minimum(known[mother], wanted), 0).astype(np.int64))


def _link(people: People, units: Units, lead: Ints, who: Ints, elder: Ints) -> None:
    """Sets the parents unless the spouse has the same ones or a gap is impossible."""
    other = people.spouse[who]
    same = (other >= 0) & (
        ((units.woman[elder] >= 0) & (people.mother[other] == units.woman[elder]))
        | ((units.man[elder] >= 0) & (people.father[other] == units.man[elder]))
    )
    limit = people.birth[who] - 18 * days.YEAR
    young = [np.where(p >= 0, people.birth[p] > limit, False) for p in (units.man[elder], units.woman[elder])]
    ok = ~same & ~young[0] & ~young[1] & (lead[who] != elder)
    people.father[who[ok]], people.mother[who[ok]] = units.man[elder[ok]], units.woman[elder[ok]]


def bury(people: People, units: Units, local: NDArray[np.bool_], span: Span, rng: np.random.Generator) -> Ints:
    """Adds the dead of these years: spouses of the widowed, and parents of the middle-aged.

    Returns:
        The new units of dead couples.
    """
    _dead_spouses(people, units, local, span, rng)
    age = people.age(span.last)
    made = []
    for leads in (units.man.copy(), units.woman.copy()):
        who = leads[(leads >= 0) & np.pad(local, (0, len(leads) - len(local)))]
        who = who[(people.mother[who] < 0) & (people.father[who] < 0) & (age[who] > 41) & (age[who] < 72)]
        who = who[rng.random(len(who)) < 0.72]
        who = who[np.lexsort((people.birth[who], people.county[who]))]
        if len(who) == 0:
            continue
        group = np.arange(len(who)) // SIBLINGS
        group = np.unique(group * 1000 + people.county[who], return_inverse=True)[1]
        made.append(_dead_parents(people, units, who, group, span, rng))
    return np.concatenate(made) if made else np.empty(0, np.int64)


def _dead_spouses(people: People, units: Units, local: NDArray[np.bool_], span: Span, rng: np.random.Generator) -> None:
    lone = np.flatnonzero(local[: len(units)] & ((units.man < 0) | (units.woman < 0)))
    alive = units.first()[lone]
    chosen = people.marital[alive] == WIDOWED
    lone, alive = lone[chosen], alive[chosen]
    woman = people.sex[alive] == 1
    birth = people.birth[alive] - np.where(woman, 1, -1) * rng.integers(0, 1200, len(alive))
    youngest = _youngest_child(people, alive)
    earliest = np.maximum.reduce([np.full(len(alive), span.first + 400), birth + int(40 * days.YEAR), youngest + 200])
    death = earliest + (rng.random(len(alive)) * np.maximum(span.last - 30 - earliest, 0)).astype(np.int64)
    ok = earliest < span.last - 60
    lone, alive = lone[ok], alive[ok]
    dead = people.extend(
        len(lone), county=people.county[alive], sex=1 - people.sex[alive], birth=birth[ok],
        death=death[ok], marital=np.full(len(lone), MARRIED), spouse=alive,
    )  # fmt: skip
    people.spouse[alive] = dead
    units.man[lone] = np.where(people.sex[alive] == 1, dead, alive)
    units.woman[lone] = np.where(people.sex[alive] == 1, alive, dead)
    for mine, theirs in ((people.mother, people.father), (people.father, people.mother)):
        partner = np.full(len(people), -1)
        partner[alive] = dead
        child = np.flatnonzero((mine >= 0) & (theirs < 0))
        theirs[child] = partner[mine[child]]


def _youngest_child(people: People, parents: Ints) -> Ints:
    last = np.full(len(people), -(1 << 30))
    for kin in (people.father, people.mother):
        child = np.flatnonzero(kin >= 0)
        np.maximum.at(last, kin[child], people.birth[child])
    return last[parents]


def _dead_parents(people: People, units: Units, who: Ints, group: Ints, span: Span, rng: np.random.Generator) -> Ints:
    """Adds one dead couple for each group of children."""
    count = int(group.max()) + 1
    eldest, youngest = np.full(count, 1 << 30), np.full(count, -(1 << 30))
    np.minimum.at(eldest, group, people.birth[who])
    np.maximum.at(youngest, group, people.birth[who])
    county = np.zeros(count, dtype=np.int64)
    county[group] = people.county[who]
    mother_birth = eldest - (np.clip(rng.normal(25, 3, count), 20, 33) * days.YEAR).astype(np.int64)
    mother_birth = np.maximum(mother_birth, youngest - int(47 * days.YEAR))
    mother_birth = np.minimum(mother_birth, eldest - int(19 * days.YEAR))
    father_birth = mother_birth - rng.integers(-300, 1500, count)
    death = [_death(birth, youngest, span, rng) for birth in (father_birth, mother_birth)]
    married = np.full(count, MARRIED)
    man = people.extend(
        count, county=county, sex=np.zeros(count, np.int64), birth=father_birth, death=death[0], marital=married
    )
    woman = people.extend(
        count, county=county, sex=np.ones(count, np.int64), birth=mother_birth, death=death[1], marital=married
    )
    people.spouse[man], people.spouse[woman] = woman, man
    people.father[who], people.mother[who] = man[group], woman[group]
    return units.add(man, woman)


def _death(birth: Ints, youngest: Ints, span: Span, rng: np.random.Generator) -> Ints:
    """Gives days of death within the history, about the age of 78 where that lies within it."""
    wish = birth + (rng.normal(78, 9, len(birth)) * days.YEAR).astype(np.int64)
    low = np.maximum(span.first + 400, youngest + 400)
    spread = low + (rng.random(len(birth)) * (span.last - 60 - low)).astype(np.int64)
    return np.where((wish > low) & (wish < span.last - 60), wish, spread)


def part(people: People, units: Units, local: NDArray[np.bool_], on: int) -> None:
    """Makes former couples of divorced men and women of one county; the mother's children get a father."""
    for county in np.unique(people.county):
        lone = np.flatnonzero(local & ((units.man < 0) | (units.woman < 0)))
        lone = lone[people.marital[units.first()[lone]] == DIVORCED]
        lone = lone[people.county[units.first()[lone]] == county]
        men = units.man[lone[units.man[lone] >= 0]]
        women = units.woman[lone[units.woman[lone] >= 0]]
        found = match(people.birth[women].astype(float) - 700, people.birth[men].astype(float), 2500)
        ok = found >= 0
        man, woman = men[found[ok]], women[ok]
        people.ex[man], people.ex[woman] = woman, man
    former = np.full(len(people), -1)
    former[people.ex >= 0] = people.ex[people.ex >= 0]
    for mine, theirs in ((people.mother, people.father), (people.father, people.mother)):
        child = np.flatnonzero((mine >= 0) & (theirs < 0))
        other = former[mine[child]]
        ok = (other >= 0) & (people.birth[other] < people.birth[child] - 18 * days.YEAR)
        theirs[child[ok]] = other[ok]


def send_away(
    people: People,
    units: Units,
    local: NDArray[np.bool_],
    counts: tuple[int, int],
    span: Span,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Adds grown children who live elsewhere: still registered here, and moved out.

    Args:
        counts: how many of the first and of the second kind.

    Returns:
        Positions of the two kinds.
    """
    age = people.age(span.last)
    woman = units.woman
    able = np.flatnonzero(
        local & (woman >= 0) & (units.man >= 0) & (age[woman] > 44) & (people.death[woman] == days.NEVER)
    )
    result = []
    for count, low, high in ((counts[0], 18.2, 34), (counts[1], 20, 58)):
        wish = low + rng.random(count) * (high - low)
        gap = np.clip(rng.normal(26, 3.5, count), 20, 38)
        found = match(wish + gap, age[woman[able]], 2.0)
        ok = found >= 0
        parents = able[found[ok]]
        birth = people.birth[woman[parents]] + (gap[ok] * days.YEAR).astype(np.int64)
        father = units.man[parents]
        fits = people.birth[father] < birth - 19 * days.YEAR
        parents, birth, father = parents[fits], birth[fits], father[fits]
        result.append(people.extend(
            len(parents), county=people.county[woman[parents]], sex=(rng.random(len(parents)) < 0.48).astype(np.int64),
            birth=birth, father=father, mother=woman[parents],
        ))  # fmt: skip
        able = np.setdiff1d(able, parents)
    return result[0], result[1]
