"""The dates of each unit's life: marriage, joining, first home of their own, moves, divorce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days
from anjia.synthesis.ancestry import Span
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints
from anjia.synthesis.families import Units
from anjia.synthesis.registration import OUTSIDE, SAME
from anjia.synthesis.residents import DIVORCED, NEVER_MARRIED, People

NEVER = days.NEVER
GROWN = int(18.2 * days.YEAR)


@dataclass(slots=True)
class Lives:
    """Dates and ties of units, as parallel arrays; `NEVER` for what does not happen.

    Attributes:
        mode: where they are registered (`registration`).
        parent, wife_parent: units of the man's (or the single person's) and the woman's parents.
        formed: marriage, or the day on which a single person leaves the parents' unit.
        start: first day with a household of their own; `NEVER` while they stay with the parents.
        native: registered in the town before the history begins; others arrive on `start`.
        join: the woman's joining.
        moved: a move of the whole household to another dwelling.
        taken_in: the day on which an old unit moves into its host's household.
        parted: the divorce.
        ex_unit: for a divorced woman, the unit of her former husband.
    """

    mode: Ints
    parent: Ints
    wife_parent: Ints
    formed: Ints
    start: Ints
    native: NDArray[np.bool_]
    join: Ints
    moved: Ints
    taken_in: Ints
    parted: Ints
    ex_unit: Ints

    @property
    def linked(self) -> NDArray[np.bool_]:
        """Says which units come out of the parents' household."""
        return self.parent >= 0


def live(people: People, units: Units, mode: Ints, city: CityFiles, span: Span, rng: np.random.Generator) -> Lives:
    """Draws the dates so that each event can follow the one before."""
    count = len(units)
    lead = units.of_person(len(people))
    registered = mode != OUTSIDE
    parent = _parents(people, units, lead, units.first(), registered)
    wife_parent = _parents(people, units, lead, np.where(units.man >= 0, units.woman, -1), registered)
    blank = np.full(count, NEVER)
    lives = Lives(
        mode, parent, wife_parent, blank.copy(), blank.copy(), np.zeros(count, bool), blank.copy(),
        blank.copy(), blank.copy(), blank.copy(), np.full(count, -1),
    )  # fmt: skip
    lives.formed = _formed(people, units, span, rng)
    _divorces(people, units, lives, lead, span, rng)
    _starts(people, units, lives, city, span, rng)
    _moves(people, units, lives, city, span, rng)
    return lives


def _parents(people: People, units: Units, lead: Ints, who: Ints, registered: NDArray[np.bool_]) -> Ints:
    kin = np.where(who >= 0, np.where(people.father[who] >= 0, people.father[who], people.mother[who]), -1)
    unit = np.where(kin >= 0, lead[kin], -1)
    return np.where((unit >= 0) & registered & registered[unit] & (unit != np.arange(len(units))), unit, -1)


def first_children(people: People, units: Units) -> Ints:
    """Gives the birth of each unit's eldest child, `NEVER` for none."""
    lead = units.of_person(len(people))
    result = np.full(len(units), NEVER)
    for kin in (people.mother, people.father):
        child = np.flatnonzero(kin >= 0)
        unit = lead[kin[child]]
        np.minimum.at(result, unit[unit >= 0], people.birth[child[unit >= 0]])
    return result


def _formed(people: People, units: Units, span: Span, rng: np.random.Generator) -> Ints:
    """Gives the marriage of couples and of the once married, the leaving home of others."""
    man, woman, first = units.man, units.woman, units.first()
    count = len(units)
    bride = np.where(woman >= 0, woman, first)
    wish = people.birth[bride] + (np.clip(rng.normal(24.8, 2.6, count), 20.2, 34) * days.YEAR).astype(np.int64)
    groom = np.where(man >= 0, people.birth[man] + int(22.1 * days.YEAR), wish)
    wish = np.maximum(wish, groom)
    ex = people.ex[first]
    wish = np.where(ex >= 0, np.maximum(wish, people.birth[ex] + int(20.5 * days.YEAR)), wish)
    wish = np.minimum(wish, first_children(people, units) - rng.integers(290, 900, count))
    single = people.marital[first] == NEVER_MARRIED
    leaving = people.birth[first] + (rng.uniform(19.5, 30, count) * days.YEAR).astype(np.int64)
    day = np.where(single, leaving, wish)
    ends = np.minimum(people.death[first], np.where(bride >= 0, people.death[bride], NEVER))
    return np.minimum(day, np.minimum(span.last - 120, ends - 400))


def _divorces(people: People, units: Units, lives: Lives, lead: Ints, span: Span, rng: np.random.Generator) -> None:
    """Draws the day of each divorce; a former couple has one day, and the woman leaves on it."""
    first = units.first()
    rows = np.flatnonzero(people.marital[first] == DIVORCED)
    low = lives.formed[rows] + 500
    day = low + (rng.random(len(rows)) * np.maximum(span.last - 60 - low, 1)).astype(np.int64)
    # Whoever married of late is divorced before the town's last day, however short it was.
    lives.parted[rows] = np.minimum(day, span.last - 60)
    women = rows[(units.woman[rows] >= 0) & (people.ex[first[rows]] >= 0)]
    former = lead[people.ex[units.woman[women]]]
    wedding = np.maximum(lives.formed[women], lives.formed[former])
    wedding = np.where(lives.formed[former] < lives.formed[women], lives.formed[former], wedding)
    born = np.full(len(people), -NEVER)
    both = np.flatnonzero((people.mother >= 0) & (people.father >= 0))
    np.maximum.at(born, people.mother[both], people.birth[both])
    low = np.maximum(wedding + 400, born[units.woman[women]] + 200)
    day = low + (rng.random(len(women)) * np.maximum(span.last - 80 - low, 1)).astype(np.int64)
    day = np.minimum(day, span.last - 60)
    lives.formed[former] = wedding
    lives.parted[former], lives.parted[women] = day, day
    lives.formed[women] = day
    lives.ex_unit[women] = former
    # She comes to him from her parents, so her own new unit does not grow out of theirs.
    lives.wife_parent[women] = lives.parent[women]
    lives.parent[women] = -1


def _starts(people: People, units: Units, lives: Lives, city: CityFiles, span: Span, rng: np.random.Generator) -> None:
    """Draws the first household of their own, or none for those who stay registered with the parents."""
    count, first = len(units), units.first()
    birth, formed, settings = people.birth[first], lives.formed, city.settings
    soon = rng.random(count) < 0.45
    wait = np.where(soon, rng.integers(15, 90, count), rng.integers(200, 2600, count))
    linked = np.minimum(formed + wait, span.last - 60)
    at_import = span.first - rng.integers(30, 5000, count)
    at_import = np.clip(at_import, birth + GROWN, span.first - 5)
    at_import = np.where(formed < span.first, np.minimum(formed, span.first - 5), at_import)
    arrival = birth + GROWN + (rng.random(count) * 12 * days.YEAR).astype(np.int64)
    arrival = np.clip(arrival, span.first + 100, span.last - 150)
    lives.native = (birth + GROWN + 30 < span.first) & ~lives.linked & (lives.ex_unit < 0)
    lives.start = np.select(
        [lives.linked, lives.native, lives.ex_unit >= 0], [linked, at_import, lives.parted], arrival
    )
    hosted = _stays_with_guest(units, lives, people, rng)
    alone = people.marital[first] == NEVER_MARRIED
    elsewhere = (lives.mode != SAME) & lives.linked & (lives.taken_in == NEVER)
    merged = elsewhere & (rng.random(count) < np.where(alone, 0.75, settings["merged_share"]))
    lives.start[merged | hosted] = NEVER
    lives.formed[alone & lives.linked & (lives.start == NEVER)] = NEVER
    _joins(people, units, lives, formed, span, rng)
    _join_former(lives)


def _joins(people: People, units: Units, lives: Lives, formed: Ints, span: Span, rng: np.random.Generator) -> None:
    """Draws the day on which the woman comes: after the wedding, once there is a household to come to."""
    arrives = ~lives.linked & ~lives.native
    waits = lives.linked & ~lives.linked[lives.parent] & ~lives.native[lives.parent]
    ready = np.where(arrives, lives.start, -NEVER)
    ready = np.where(waits, np.minimum(lives.start, lives.start[lives.parent]), ready)
    delay = np.where(formed <= span.first, 0, rng.integers(20, 220, len(units)))
    join = np.minimum(np.maximum(formed + delay, ready), span.last - 30)
    died = np.where(units.man >= 0, people.death[units.man], NEVER)
    lives.join = np.minimum(join, np.maximum(died - 60, formed + 1))


def _join_former(lives: Lives) -> None:
    """Sets the day on which a later divorced woman had joined the husband's household."""
    unit = np.flatnonzero(lives.ex_unit >= 0)
    former = lives.ex_unit[unit]
    settled = lives.linked[former] | lives.native[former]
    join = np.where(settled, lives.formed[former] + 30, np.maximum(lives.formed[former] + 30, lives.start[former]))
    lives.join[unit] = np.where(join > lives.parted[unit] - 30, lives.parted[unit], join)


def _stays_with_guest(units: Units, lives: Lives, people: People, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Says which hosts stay in the household of the old unit; the others take the old unit in."""
    result = np.zeros(len(units), dtype=bool)
    guest = np.flatnonzero((units.host >= 0) & (lives.mode != OUTSIDE))
    host = units.host[guest]
    stays = (lives.parent[host] == guest) & (rng.random(len(guest)) < 0.6)
    result[host[stays]] = True
    lives.taken_in[guest[~stays]] = 0
    return result


def _moves(people: People, units: Units, lives: Lives, city: CityFiles, span: Span, rng: np.random.Generator) -> None:
    """Draws moves of whole households and the days on which old units move in with the young."""
    own = np.maximum(np.where(lives.start == NEVER, 0, lives.start), span.first) + 400
    living = people.death[units.first()] == NEVER
    able = (lives.start != NEVER) & (own < span.last - 100) & living & (lives.mode != OUTSIDE)
    chosen = able & (rng.random(len(units)) < city.settings["move_share"])
    day = own + (rng.random(len(units)) * np.maximum(span.last - 60 - own, 1)).astype(np.int64)
    lives.moved[chosen] = day[chosen]
    guest = np.flatnonzero(lives.taken_in == 0)
    host = units.host[guest]
    low = np.maximum(own[guest], own[host]) + 100
    late = (low < span.last - 60) & (lives.start[host] != NEVER)
    day = low + (rng.random(len(guest)) * np.maximum(span.last - 60 - low, 1)).astype(np.int64)
    lives.taken_in[guest] = np.where(late, day, NEVER)
    lives.moved[guest] = NEVER
