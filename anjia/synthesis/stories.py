"""What changes in a life beside the household: marital status, schooling, name, kin, place of living."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import days, heads
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import NOT
from anjia.synthesis.residents import DIVORCED, MARRIED, NEVER_MARRIED, WIDOWED
from anjia.synthesis.spells import Spells, merge, stack
from anjia.synthesis.town import Town

UNKNOWN = -1
NO_SCHOOL = 0


def known(town: Town) -> NDArray[np.bool_]:
    """Says who is in the register."""
    return town.entry >= 0


def statuses(town: Town) -> Spells:
    """Gives who counts in the register: 0 registered, 1 dead, 8 not registered here."""
    people, marks = town.people, town.marks
    who = np.flatnonzero(known(town))
    here = np.isin(who, town.stays.key)
    end = np.minimum(people.death, town.left_on)[who]
    gone = end < days.NEVER
    dead = people.death[who] == end
    event = np.where(dead, marks.death[who], marks.left[who])
    life = Spells(who, np.where(here, 0, 8), people.birth[who], end, town.entry[who], np.where(gone, event, NOT))
    forever = np.full(len(who), days.NEVER)
    after = Spells(who, np.where(dead, 1, 8), end, forever, event, np.full(len(who), NOT)).take(gone)
    return stack(life, after)


def conditions(town: Town) -> Spells:
    """Gives marital status and schooling over time, value 10 × marital status + level of schooling."""
    who, day, marital, level, event = _changes(town)
    entry = town.entry[who]
    entry_day = town.events.day[entry]
    last = np.minimum(town.people.death, town.left_on)[who]
    keep = (entry >= 0) & (day <= town.span.last) & (day < last)
    who, day, marital, level, event, entry, entry_day = (
        values[keep] for values in (who, day, marital, level, event, entry, entry_day)
    )
    order = np.lexsort((event, day, who))
    who, day, marital, level, event, entry, entry_day = (
        values[order] for values in (who, day, marital, level, event, entry, entry_day)
    )
    value = _carried(who, marital) * 10 + _carried(who, level)
    before = day <= np.maximum(entry_day, town.people.birth[who])
    event = np.where(before, entry, event)
    final = np.ones(len(who), dtype=bool)
    final[:-1] = ~((who[1:] == who[:-1]) & (before[1:] | (day[1:] == day[:-1])))
    who, day, value, event = who[final], day[final], value[final], event[final]
    end, closed = np.full(len(who), days.NEVER), np.full(len(who), NOT)
    same = who[1:] == who[:-1]
    end[:-1][same], closed[:-1][same] = day[1:][same], event[1:][same]
    return merge(Spells(who, value, day, end, event, closed))


def _carried(who: Ints, value: Ints) -> Ints:
    """Fills unknown values with the last known one of the same person; the first of each is known."""
    index = np.where(value != UNKNOWN, np.arange(len(who)), 0)
    return value[np.maximum.accumulate(index)]


def _changes(town: Town) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Gives person, day, new marital status, new schooling and event of every change; -1 for unchanged."""
    people, units, dates, marks, events = town.people, town.units, town.lives, town.marks, town.events
    everybody = np.arange(len(people))
    old = people.birth < town.span.first - int(22 * days.YEAR)
    parts: list[tuple[Any, ...]] = [
        (everybody, people.birth, NEVER_MARRIED, np.where(old, town.level, NO_SCHOOL), town.entry)
    ]
    pupils = np.flatnonzero(~old & (town.level > NO_SCHOOL))
    parts.append((pupils, town.schooled[pupils], UNKNOWN, town.level[pupils],
                  events.add("AMEND_EDUCATION", town.schooled[pupils])))  # fmt: skip
    for leads in (units.man, units.woman):
        unit = np.flatnonzero((leads >= 0) & (dates.ex_unit < 0))
        unit = unit[people.marital[leads[unit]] != NEVER_MARRIED]
        parts.append((leads[unit], dates.formed[unit], MARRIED, UNKNOWN, marks.formed[unit]))
        parted = unit[dates.parted[unit] != days.NEVER]
        parts.append((leads[parted], dates.parted[parted], DIVORCED, UNKNOWN, marks.parted[parted]))
    former = np.flatnonzero(dates.ex_unit >= 0)
    husband, woman = dates.ex_unit[former], units.woman[former]
    parts.append((woman, dates.formed[husband], MARRIED, UNKNOWN, marks.formed[husband]))
    parts.append((woman, dates.parted[former], DIVORCED, UNKNOWN, marks.start[former]))
    left = np.flatnonzero(people.spouse >= 0)
    left = left[people.death[people.spouse[left]] < days.NEVER]
    spouse = people.spouse[left]
    parts.append((left, people.death[spouse], WIDOWED, UNKNOWN, marks.death[spouse]))
    lone = np.flatnonzero((people.marital == WIDOWED) & (people.spouse < 0))
    unit = units.of_person(len(people))[lone]
    day = np.minimum(dates.formed[unit] + 9000, town.span.last - 100)
    parts.append((lone, day, WIDOWED, UNKNOWN, events.add("AMEND_MARITAL", day)))
    columns = []
    for position in range(5):
        columns.append(np.concatenate([np.broadcast_to(part[position], len(part[0])) for part in parts]))
    return tuple(columns)  # type: ignore[return-value]


def kinships(town: Town, rank: Ints) -> tuple[Spells, NDArray[np.object_]]:
    """Gives who was whose father, mother or spouse, with the kind of each."""
    people = town.people
    parts, kinds = [], []
    for kind, kin in (("father", people.father), ("mother", people.mother)):
        child = np.flatnonzero((kin >= 0) & known(town))
        child = child[known(town)[kin[child]]]
        opened = _later(rank, town.entry[child], town.entry[kin[child]])
        forever = np.full(len(child), days.NEVER)
        parts.append(Spells(child, kin[child], people.birth[child], forever, opened, np.full(len(child), NOT)))
        kinds.append(np.full(len(child), kind, dtype=object))
    for man, woman, start, end, opened, closed in _marriages(town):
        both = known(town)[man] & known(town)[woman]
        man, woman, start, end, opened, closed = (v[both] for v in (man, woman, start, end, opened, closed))
        known_by = _later(rank, town.entry[man], town.entry[woman])
        opened = np.where(rank[opened] > rank[known_by], opened, known_by)
        parts += [Spells(man, woman, start, end, opened, closed), Spells(woman, man, start, end, opened, closed)]
        kinds.append(np.full(2 * len(man), "spouse", dtype=object))
    return stack(*parts), np.concatenate(kinds)


def _marriages(town: Town) -> list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]]:
    """Gives man, woman, first and last day, and the events, of couples and of former couples."""
    people, units, dates, marks = town.people, town.units, town.lives, town.marks
    unit = np.flatnonzero((units.man >= 0) & (units.woman >= 0))
    man, woman = units.man[unit], units.woman[unit]
    end = np.minimum(people.death[man], people.death[woman])
    by = np.where(people.death[man] == end, marks.death[man], marks.death[woman])
    former = np.flatnonzero(dates.ex_unit >= 0)
    husband = dates.ex_unit[former]
    return [
        (man, woman, dates.formed[unit], end, marks.formed[unit], np.where(end < days.NEVER, by, NOT)),
        (units.man[husband], units.woman[former], dates.formed[husband], dates.parted[former],
         marks.formed[husband], marks.start[former]),
    ]  # fmt: skip


def _later(rank: Ints, one: Ints, other: Ints) -> Ints:
    return np.where(rank[one] > rank[other], one, other)


def residences(town: Town, rng: np.random.Generator) -> Spells:
    """Gives the dwelling in which each person lived: where registered, until a known home elsewhere."""
    people, stays, built, size = town.people, town.stays, town.built, town.size
    dwelling = built.households.dwelling[stays.value]
    at = merge(replace(stays, value=dwelling).take(dwelling >= 0))
    until = np.full(len(people), days.NEVER)
    event = np.full(len(people), NOT)
    present = np.full(len(people), -1)
    lasting = at.end == days.NEVER
    present[at.key[lasting]] = at.value[lasting]
    elsewhere = np.flatnonzero(present[:size] != built.home[:size])
    entry_day = town.events.day[town.entry[elsewhere]]
    late = town.settled[elsewhere] > entry_day
    day = np.where(late, town.settled[elsewhere], entry_day)
    key = built.home[elsewhere] * heads.SHIFT + day
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    moved = town.events.add("RESREG", day[first])[of]
    until[elsewhere], event[elsewhere] = day, np.where(late, moved, town.entry[elsewhere])
    low = np.maximum(people.birth[town.away] + int(18 * days.YEAR), town.span.first + 60)
    until[town.away] = low + (rng.random(len(town.away)) * np.maximum(town.span.last - 30 - low, 1)).astype(np.int64)
    event[town.away] = town.events.add("RESREG", until[town.away])
    cut = until[at.key] < at.end
    before = replace(at, end=np.minimum(at.end, until[at.key]), closed=np.where(cut, event[at.key], at.closed))
    before = before.take(before.start < before.end)
    count = len(elsewhere)
    start = np.where(late, day, np.maximum(people.birth[elsewhere], np.minimum(day, town.settled[elsewhere])))
    after = Spells(
        elsewhere, built.home[elsewhere], start, np.full(count, days.NEVER), event[elsewhere], np.full(count, NOT)
    )
    return heads.one_act(merge(stack(before, after)))
