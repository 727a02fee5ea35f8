"""Who lives with whom: couples, their children, the old, those alone, as many as the census counts.

A *unit* is one couple or one unmarried, widowed or divorced adult with a life of their own; a child
belongs to the unit of the parents. A *home* is a dwelling with everybody who lives in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints, match, pick
from anjia.synthesis.residents import DIVORCED, MARRIED, NEVER_MARRIED, WIDOWED, People

CHILD_GAP = (26.5, 4.0)
YOUNGEST_PARENT, OLDEST_MOTHER = 19.0, 46.0
STAYS = {"widowed": 0.6, "divorced": 0.7, "grown": 0.5, "young": 0.12}


@dataclass(slots=True)
class Units:
    """Units as parallel arrays: the man, the woman (-1 for none), whom they live with.

    Attributes:
        host: unit whose home an old couple or widow shares, -1 for none.
    """

    man: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    woman: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    host: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.man)

    def add(self, man: Ints, woman: Ints, host: Ints | None = None) -> Ints:
        """Adds units and gives their positions."""
        first = len(self)
        self.man = np.concatenate([self.man, man])
        self.woman = np.concatenate([self.woman, woman])
        self.host = np.concatenate([self.host, np.full(len(man), -1) if host is None else host])
        return np.arange(first, len(self))

    def add_single(self, people: People, persons: Ints) -> Ints:
        """Adds units of one adult each."""
        woman = people.sex[persons] == 1
        return self.add(np.where(woman, -1, persons), np.where(woman, persons, -1))

    def of_person(self, count: int) -> Ints:
        """Gives the unit that each person leads, -1 for children."""
        result = np.full(count, -1)
        for leads in (self.man, self.woman):
            result[leads[leads >= 0]] = np.flatnonzero(leads >= 0)
        return result

    def first(self) -> Ints:
        """Gives the man of each unit, or the woman where there is no man."""
        return np.where(self.man >= 0, self.man, self.woman)


def choose_collective(people: People, city: CityFiles, on: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Chooses who lives in dormitories and institutions, as many by county as the census counts."""
    age = people.age(on)
    weight = np.zeros(len(people))
    for low, share in sorted((int(low), share) for low, share in city.settings["collective_age"].items()):
        weight[age >= low] = share
    chosen = np.zeros(len(people), dtype=bool)
    outside = 1 - city.census["家庭户人口数"] / city.census["人口数_合计"]
    for county, share in enumerate(outside):
        here = np.flatnonzero(people.county == county)
        chosen[here[pick(rng, weight[here], round(share * len(here)))]] = True
    return chosen


def assemble(
    people: People, city: CityFiles, collective: NDArray[np.bool_], on: int, rng: np.random.Generator
) -> Units:
    """Puts every resident who is not in a collective into a home and gives the units.

    Sets `home`, `spouse`, `father` and `mother` of `people`.
    """
    units = Units()
    for county in range(len(city.area.county_codes)):
        _County(people, units, city, county, np.flatnonzero((people.county == county) & ~collective), on, rng).run()
    units.add_single(people, np.flatnonzero(collective))
    return units


@dataclass(slots=True)
class _County:
    """The work on one county; `families` are the units with a home of their own."""

    people: People
    units: Units
    city: CityFiles
    county: int
    members: Ints
    on: int
    rng: np.random.Generator
    age: NDArray[np.float64] = field(init=False)
    families: Ints = field(init=False)
    olds: Ints = field(init=False)
    children: Ints = field(init=False)
    has_child: NDArray[np.int64] = field(init=False)

    def run(self) -> None:
        """Fills the homes of the county."""
        self.age = self.people.age(self.on)
        census = {name: self.city.census[name][self.county] for name in
                  ("户规模", "家庭户数", "一人户数", "二代户数", "三代户数", "四代以上户数")}  # fmt: skip
        homes = round(len(self.members) / census["户规模"])
        share = {name: value / census["家庭户数"] for name, value in census.items()}
        alone = round(homes * share["一人户数"])
        kept = self._settle_adults(alone)
        several = round(homes * (share["二代户数"] + share["三代户数"] + share["四代以上户数"]))
        self._place_children(several)
        three = round(homes * (share["三代户数"] + share["四代以上户数"]))
        self._place_old(three, max(0, kept + len(self.families) - homes))
        self._house()

    def _settle_adults(self, alone: int) -> int:
        """Pairs the married and chooses who lives alone; gives how many do."""
        people, age, rng = self.people, self.age, self.rng
        here, marital = self.members, people.marital[self.members]
        by = {state: here[marital == state] for state in (NEVER_MARRIED, MARRIED, WIDOWED, DIVORCED)}
        unmarried = by[NEVER_MARRIED]
        pools = {
            "widowed": by[WIDOWED], "divorced": by[DIVORCED],
            "grown": unmarried[age[unmarried] >= 26],
            "young": unmarried[(age[unmarried] >= 21) & (age[unmarried] < 26)],
        }  # fmt: skip
        single = np.concatenate([pool[rng.random(len(pool)) < STAYS[name]] for name, pool in pools.items()])
        man, woman, rest = _pair(people, by[MARRIED], age, rng)
        single = rng.permutation(single)[: max(0, alone - len(rest))]
        apart = max(0, alone - len(rest) - len(single)) // 2
        separate = pick(rng, np.where(age[woman] > 45, 3.0, 1.0), apart)
        people.spouse[man], people.spouse[woman] = woman, man
        self._alone(np.concatenate([single, rest]))
        self._apart(man[separate], woman[separate])
        together = np.setdiff1d(np.arange(len(man)), separate)
        self.families = self.units.add(man[together], woman[together])
        left = np.setdiff1d(np.concatenate([by[WIDOWED], by[DIVORCED]]), single)
        parents = left[(age[left] >= 27) & (age[left] < 62)]
        self.families = np.concatenate([self.families, self.units.add_single(people, parents)])
        self.olds = np.setdiff1d(left, parents)
        self.children = np.setdiff1d(unmarried, single)
        return len(single) + len(rest) + 2 * len(separate)

    def _alone(self, persons: Ints) -> None:
        self.units.add_single(self.people, persons)
        self.people.home[persons] = self._new_homes(len(persons))

    def _apart(self, man: Ints, woman: Ints) -> None:
        """Couples of whom each lives elsewhere; one unit in the register."""
        self.units.add(man, woman)
        self.people.home[man] = self._new_homes(len(man))
        self.people.home[woman] = self._new_homes(len(woman))

    def _new_homes(self, count: int) -> Ints:
        first = int(self.people.home.max()) + 1
        return np.arange(first, first + count)

    def _parent_age(self, units: Ints) -> NDArray[np.float64]:
        """Gives the age of a unit's younger parent."""
        ages = [np.where(who >= 0, self.age[who], np.inf) for who in (self.units.man[units], self.units.woman[units])]
        return np.minimum(*ages)

    def _place_children(self, several: int) -> None:
        """Gives every child a unit; `several` units get at least one, if there are children enough."""
        self.has_child = np.zeros(len(self.families), dtype=np.int64)
        order = self.rng.permutation(self.children)
        order = order[np.argsort(self.age[order] < 18, kind="stable")]
        left = self._give(order[:several], self.has_child == 0)
        left = self._give(np.concatenate([left, order[several:]]), self.has_child == 1)
        left = self._give(left, self.has_child > 0)
        left = self._give(left, np.ones(len(self.families), dtype=bool))
        grown = left[self.age[left] >= 18]
        self._alone(grown)
        for child in left[self.age[left] < 18]:
            gap = self._parent_age(self.families) - self.age[child]
            nearest = np.argmin(np.abs(gap - 30) + 100 * (gap < YOUNGEST_PARENT))
            self._adopt(np.array([child]), np.array([nearest]))

    def _give(self, children: Ints, open_to: NDArray[np.bool_]) -> Ints:
        """Matches children with units by age and gives the children left over."""
        slots = np.flatnonzero(open_to)
        gap = np.clip(self.rng.normal(*CHILD_GAP, len(children)), YOUNGEST_PARENT + 1, 40)
        wish = self.age[children] + gap
        parent = self._parent_age(self.families[slots])
        found = match(wish, parent, 8.0)
        ok = found >= 0
        difference = parent[found] - self.age[children]
        ok &= (difference >= YOUNGEST_PARENT) & (difference <= OLDEST_MOTHER)
        self._adopt(children[ok], slots[found[ok]])
        return children[~ok]

    def _adopt(self, children: Ints, slots: Ints) -> None:
        units = self.families[slots]
        self.people.father[children] = self.units.man[units]
        self.people.mother[children] = self.units.woman[units]
        np.add.at(self.has_child, slots, 1)

    def _place_old(self, wanted: int, surplus: int) -> None:
        """Lets old couples and widows live with a younger unit, about `wanted` of them."""
        units, age = self.units, self.age
        olds = units.add_single(self.people, self.olds)
        parent = self._parent_age(self.families)
        can = (
            (self.has_child == 0) & (parent >= 47) & (units.man[self.families] >= 0) & (units.woman[self.families] >= 0)
        )
        couples = pick(self.rng, np.where(can, parent - 40, 0.0), min(surplus, max(0, wanted - len(olds) // 2)))
        guests = np.concatenate([olds, self.families[couples]])
        host_age = np.where(
            units.man[self.families] >= 0, age[units.man[self.families]], age[units.woman[self.families]]
        )
        busy = np.zeros(len(self.families), dtype=bool)
        busy[couples] = True
        taken = np.full(len(guests), -1)
        guest_age = self._parent_age(guests)
        for rooms in (self.has_child > 0, self.has_child == 0):
            slots = np.flatnonzero(rooms & ~busy)
            waiting = np.flatnonzero(taken < 0)
            wish = guest_age[waiting] - np.clip(self.rng.normal(*CHILD_GAP, len(waiting)), 20, 40)
            found = match(wish, host_age[slots], 6.0)
            ok = found >= 0
            ok[ok] = guest_age[waiting[ok]] - host_age[slots[found[ok]]] >= YOUNGEST_PARENT
            taken[waiting[ok]] = slots[found[ok]]
            busy[slots[found[ok]]] = True
        self._take_in(guests, taken, couples)

    def _take_in(self, guests: Ints, taken: Ints, couples: Ints) -> None:
        units, people = self.units, self.people
        ok = taken >= 0
        hosts = self.families[taken[ok]]
        units.host[guests[ok]] = hosts
        paternal = (self.rng.random(len(hosts)) < 0.85) & (units.man[hosts] >= 0) | (units.woman[hosts] < 0)
        child = np.where(paternal, units.man[hosts], units.woman[hosts])
        people.father[child], people.mother[child] = units.man[guests[ok]], units.woman[guests[ok]]
        homeless = guests[~ok][units.first()[guests[~ok]] >= 0]
        lone = homeless[(units.man[homeless] < 0) | (units.woman[homeless] < 0)]
        people.home[units.first()[lone]] = self._new_homes(len(lone))
        self.families = np.setdiff1d(self.families, guests[ok])

    def _house(self) -> None:
        """Gives a home to every unit that has none, with its children and its guests."""
        units, people = self.units, self.people
        home_of = np.full(len(units), -1)
        home_of[self.families] = self._new_homes(len(self.families))
        guests = np.flatnonzero((units.host >= 0) & np.isin(units.host, self.families))
        home_of[guests] = home_of[units.host[guests]]
        for leads in (units.man, units.woman):
            led = np.flatnonzero((leads >= 0) & (home_of >= 0))
            people.home[leads[led]] = home_of[led]
        small = self.children[people.home[self.children] < 0]
        parent = np.where(people.mother[small] >= 0, people.mother[small], people.father[small])
        people.home[small] = people.home[parent]


def _pair(people: People, married: Ints, age: NDArray[np.float64], rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Pairs married men and women by age; gives men, women and those without a partner here."""
    men, women = married[people.sex[married] == 0], married[people.sex[married] == 1]
    men = men[np.argsort(age[men] + rng.normal(0, 1.5, len(men)), kind="stable")]
    women = women[np.argsort(age[women] + rng.normal(0, 1.5, len(women)), kind="stable")]
    count = min(len(men), len(women))
    longer = men if len(men) > count else women
    dropped = np.sort(rng.permutation(len(longer))[: len(longer) - count])
    rest = longer[dropped]
    kept = np.delete(longer, dropped)
    return (kept, women, rest) if longer is men else (men, kept, rest)
