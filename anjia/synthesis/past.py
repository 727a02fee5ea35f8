"""From dates to spells: the households that each unit had, and the registrations of each person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anjia.synthesis.days import NEVER
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import CODE, NOT, Events
from anjia.synthesis.families import Units
from anjia.synthesis.lives import Lives
from anjia.synthesis.registration import OUTSIDE
from anjia.synthesis.residents import People
from anjia.synthesis.spells import Spells, merge, never_closed, stack, through


@dataclass(frozen=True, slots=True)
class Marks:
    """The events of units (`formed`, `join` …) and of persons (`birth`, `death`, `left`)."""

    formed: Ints
    join: Ints
    start: Ints
    moved: Ints
    taken_in: Ints
    parted: Ints
    birth: Ints
    death: Ints
    left: Ints


def mark(people: People, lives: Lives, left: Ints, events: Events) -> Marks:
    """Adds the events of all lives.

    Args:
        left: (persons,) day on which a person moves out of the city, `NEVER` for the others.
    """
    start, join = events.add("SPLIT", lives.start), events.add("MOVE_INTRA", lives.join)
    events.kind[start[~lives.linked & (lives.ex_unit < 0)]] = CODE["MOVE_IN"]
    events.kind[start[lives.ex_unit >= 0]] = CODE["NEWHH"]
    events.kind[join[lives.wife_parent < 0]] = CODE["MOVE_IN"]
    return Marks(
        events.add("AMEND_MARITAL", lives.formed), join, start,
        events.add("MOVE_INTRA", lives.moved), events.add("MOVE_INTRA", lives.taken_in),
        events.add("AMEND_MARITAL", lives.parted), events.add("BIRTH", people.birth),
        events.add("DEATH", people.death), events.add("MOVE_OUT", left),
    )  # fmt: skip


def timelines(units: Units, lives: Lives, marks: Marks, first_home: Ints, last_home: Ints) -> Spells:
    """Gives the households of each registered unit from the day on which it is formed.

    Args:
        first_home: (units,) household before the move, -1 where there is no move.
        last_home: (units,) household since; -1 for units that stay with the parents.
    """
    own = _own(lives, marks, first_home, last_home)
    guest = np.flatnonzero((lives.taken_in != NEVER) & (lives.mode != OUTSIDE))
    forever = np.full(len(guest), NEVER)
    outer = Spells(
        guest, units.host[guest], lives.taken_in[guest], forever, marks.taken_in[guest], never_closed(len(guest))
    )
    done = stack(own, through(outer, own)[0])
    level = _levels(lives)
    for depth in range(1, int(level.max()) + 1):
        young = np.flatnonzero((level == depth) & (lives.mode != OUTSIDE) & (lives.formed != NEVER))
        closed = np.where(lives.start[young] != NEVER, marks.start[young], NOT)
        outer = Spells(young, lives.parent[young], lives.formed[young], lives.start[young], marks.formed[young], closed)
        done = stack(done, through(outer, done)[0])
    return done.sorted()


def _own(lives: Lives, marks: Marks, first_home: Ints, last_home: Ints) -> Spells:
    """Gives the spells in households that the unit founded, up to the day on which it is taken in."""
    unit = np.flatnonzero((lives.start != NEVER) & (lives.mode != OUTSIDE))
    moves, leaves = lives.moved[unit] != NEVER, lives.taken_in[unit] != NEVER
    last = Spells(
        unit,
        last_home[unit],
        np.where(moves, lives.moved[unit], lives.start[unit]),
        lives.taken_in[unit],
        np.where(moves, marks.moved[unit], marks.start[unit]),
        np.where(leaves, marks.taken_in[unit], NOT),
    )
    early = unit[moves]
    first = Spells(
        early, first_home[early], lives.start[early], lives.moved[early], marks.start[early], marks.moved[early]
    )
    return stack(first, last)


def _levels(lives: Lives) -> Ints:
    """Gives the generation of each unit, 0 for those without parents in the register."""
    level = np.zeros(len(lives.parent), dtype=np.int64)
    linked = np.flatnonzero(lives.parent >= 0)
    for _ in range(8):
        level[linked] = level[lives.parent[linked]] + 1
    return level


def registrations(people: People, units: Units, lives: Lives, marks: Marks, lines: Spells, left: Ints) -> Spells:
    """Gives the household spells of every person who was ever registered here."""
    spells, _ = through(_rows(people, units, lives, marks), lines)
    cut = np.minimum(people.death, left)[spells.key]
    by = np.where(people.death[spells.key] == cut, marks.death[spells.key], marks.left[spells.key])
    ends = cut < spells.end
    spells = replace(spells, end=np.minimum(spells.end, cut), closed=np.where(ends, by, spells.closed))
    return merge(spells.take(spells.start < spells.end))


def _rows(people: People, units: Units, lives: Lives, marks: Marks) -> Spells:
    """Gives who belongs to which unit: first the parents', then the own, with a marriage between."""
    man, woman = units.man, units.woman
    inside = lives.mode != OUTSIDE
    lead = units.of_person(len(people))
    parts = []
    both = (man >= 0) & (woman >= 0)
    bride = np.flatnonzero(both & inside)
    parts += _grown(woman[bride], lives.wife_parent[bride], bride, lives.join[bride], marks.join[bride], people, marks)
    lone = np.where(man >= 0, man, woman)
    chief = np.flatnonzero(inside & (lives.ex_unit < 0) & (lives.formed != NEVER))
    day = np.where(lives.linked, lives.formed, people.birth[lone])[chief]
    parts += _grown(lone[chief], lives.parent[chief], chief, day, marks.formed[chief], people, marks)
    kept = np.flatnonzero(inside & (lives.formed == NEVER))
    parts.append(_spells(lone[kept], lives.parent[kept], people.birth[lone[kept]], NEVER, marks.birth[lone[kept]]))
    parts += _former(people, units, lives, marks)
    child = np.flatnonzero((lead < 0) & ((people.mother >= 0) | (people.father >= 0)))
    parts += _children(people, lives, marks, child, lead)
    return stack(*parts)


def _grown(who: Ints, parents: Ints, own: Ints, day: Ints, event: Ints, people: People, marks: Marks) -> list[Spells]:
    """Gives the spell with the parents up to `day` and the one in the own unit from then on."""
    rows = np.flatnonzero(parents >= 0)
    young = _spells(who[rows], parents[rows], people.birth[who[rows]], day[rows], marks.birth[who[rows]], event[rows])
    return [young, _spells(who, own, day, NEVER, event)]


def _former(people: People, units: Units, lives: Lives, marks: Marks) -> list[Spells]:
    """Gives the divorced women: with the parents, with the former husband, then on their own."""
    unit = np.flatnonzero((lives.ex_unit >= 0) & (lives.mode != OUTSIDE))
    who, former = units.woman[unit], lives.ex_unit[unit]
    join, event = lives.join[unit], marks.join[unit]
    home = np.flatnonzero(lives.wife_parent[unit] >= 0)
    return [
        _spells(who[home], lives.wife_parent[unit[home]], people.birth[who[home]], join[home],
                marks.birth[who[home]], event[home]),
        _spells(who, former, join, lives.parted[unit], event, marks.start[unit]),
        _spells(who, unit, lives.parted[unit], NEVER, marks.start[unit]),
    ]  # fmt: skip


def _children(people: People, lives: Lives, marks: Marks, child: Ints, lead: Ints) -> list[Spells]:
    """Gives the children; after a divorce they follow the parent with whom they live."""
    father, mother = people.father[child], people.mother[child]
    parent = np.where(mother >= 0, mother, father)
    of_father = (mother >= 0) & (father >= 0) & (people.home[father] == people.home[child]) & (people.home[child] >= 0)
    unit = lead[np.where(of_father, father, parent)]
    child, unit = child[unit >= 0], unit[unit >= 0]
    former = lives.ex_unit[unit]
    born = people.birth[child]
    before = np.flatnonzero((former >= 0) & (born < lives.parted[unit]))
    start = np.where(former >= 0, np.maximum(born, lives.parted[unit]), born)
    event = np.where(start > born, marks.start[unit], marks.birth[child])
    return [
        _spells(child[before], former[before], born[before], lives.parted[unit[before]],
                marks.birth[child[before]], marks.start[unit[before]]),
        _spells(child, unit, start, NEVER, event),
    ]  # fmt: skip


def _spells(who: Ints, unit: Ints, start: Ints, end: Ints | int, opened: Ints, closed: Ints | int = NOT) -> Spells:
    size = len(who)
    return Spells(who, unit, start, np.broadcast_to(end, size), opened, np.broadcast_to(closed, size))
