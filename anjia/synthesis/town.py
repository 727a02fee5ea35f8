"""The whole town before it is loaded: persons, their lives, households and the events between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from anjia.synthesis import ancestry, days, families, heads, homes, lives, past, registration, residents, spells
from anjia.synthesis.ancestry import Span
from anjia.synthesis.cards import NONE as NO_CARDS
from anjia.synthesis.cards import Cards
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import CODE, Events
from anjia.synthesis.families import Units
from anjia.synthesis.homes import Built
from anjia.synthesis.lives import Lives
from anjia.synthesis.parts import Part
from anjia.synthesis.past import Marks
from anjia.synthesis.permits import NONE as NO_PERMITS
from anjia.synthesis.permits import Permits
from anjia.synthesis.residents import People
from anjia.synthesis.spells import Spells, from_import


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that was drawn.

    Attributes:
        size: residents of this part; the first `size` persons are today's residents.
        away, left: persons registered here who live elsewhere, and persons who moved out.
        stays: person in household, merged, by person and day.
        members: the same cut by relation to the head; `relation` beside it.
        entry: (persons,) event by which the register came to know each, -1 for never.
        settled: (residents,) day since which the home has its present residents.
        level, schooled: schooling and the day on which it was reached or begun.
        lessee: who leads a family that settled by a lease.
        guests: person in dwelling: earlier stays under a registration elsewhere.
        permits, cards: the residence permits, the ID cards.
    """

    city: CityFiles
    part: Part
    size: int
    span: Span
    people: People
    units: Units
    lives: Lives
    built: Built
    events: Events
    marks: Marks
    away: Ints
    left: Ints
    left_on: Ints
    stays: Spells
    members: Spells
    relation: Ints
    entry: Ints
    settled: Ints
    level: Ints
    schooled: Ints
    lessee: Ints
    guests: Spells
    permits: Permits
    cards: Cards


def make(city: CityFiles, part: Part, on: date) -> Town:
    """Makes a town, or a part of a large one, as of `on`, yet without lessees, guests and permits.

    The same city, part and day give the same town.
    """
    rng = part.rng(0)
    last = days.number(on)
    span = Span(days.number(on.replace(year=on.year - int(city.settings["years"]), day=min(on.day, 28))), last)
    people = residents.draw(city, part, on, rng)
    size = len(people)
    collective = families.choose_collective(people, city, last, rng)
    residents.marry(people, city, collective, last, rng)
    units = families.assemble(people, city, collective, last, rng)
    mode = registration.modes(people, units, city, last, rng)
    away, left, mode = _relatives(people, units, mode, city, size, span, rng)
    dates = lives.live(people, units, mode, city, span, rng)
    built = homes.build(people, units, dates, city, span, size, part, rng)
    left_on = _leaving(people, left, span, rng)
    events = Events(len(city.area.town_codes), span.first)
    marks = past.mark(people, dates, left_on, events)
    lines = past.timelines(units, dates, marks, built.first, built.last)
    stays = past.registrations(people, units, dates, marks, lines, left_on)
    station = city.area.site_town[built.households.site]
    stays = heads.one_act(from_import(stays, span.first, station[stays.value]))
    stays = _announce(stays, events)
    members, relation = _members(people, units, built, stays)
    settled = _settled(people, built, span, size, rng)
    entry = _entries(people, events, stays, built, settled, size, last)
    level, age = residents.school(people, city, size, last, rng)
    return Town(city, part, size, span, people, units, dates, built, events, marks, away, left, left_on, stays,
                members, relation, entry, settled, level, (people.birth + age).astype(np.int64),
                np.empty(0, dtype=np.int64), spells.none(), NO_PERMITS, NO_CARDS)  # fmt: skip


def _relatives(
    people: People, units: Units, mode: Ints, city: CityFiles, size: int, span: Span, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Adds kin beyond the homes; gives who lives away, who moved out, and the mode of all units."""
    local = mode != registration.OUTSIDE
    ancestry.link_parents(people, units, local, span.last, rng)
    ancestry.part(people, units, local, span.last)
    dead = ancestry.bury(people, units, local, span, rng)
    mode = np.concatenate([mode, np.full(len(dead), registration.SAME)])
    counts = (round(city.settings["away_share"] * size), round(city.settings["moved_out_share"] * size))
    away, left = ancestry.send_away(people, units, mode != registration.OUTSIDE, counts, span, rng)
    return away, left, mode


def _leaving(people: People, left: Ints, span: Span, rng: np.random.Generator) -> Ints:
    """Gives the day of moving out of the city, `NEVER` for those who stayed."""
    result = np.full(len(people), days.NEVER)
    low = np.maximum(people.birth[left] + int(18.5 * days.YEAR), span.first + 100)
    high = np.minimum(people.birth[left] + int(38 * days.YEAR), span.last - 60)
    high = np.maximum(high, low + 1)
    result[left] = np.minimum(low + (rng.random(len(left)) * (high - low)).astype(np.int64), span.last - 60)
    return result


def _announce(stays: Spells, events: Events) -> Spells:
    """Lets those whom the register meets first in the middle of a life move in from outside."""
    first = np.ones(len(stays), dtype=bool)
    first[1:] = stays.key[1:] != stays.key[:-1]
    known = np.isin(events.kind[stays.opened], [CODE["IMPORT"], CODE["BIRTH"], CODE["MOVE_IN"]])
    rows = np.flatnonzero(first & ~known)
    opened = stays.opened.copy()
    opened[rows] = events.add("MOVE_IN", stays.start[rows])
    return replace(stays, opened=opened)


def _members(people: People, units: Units, built: Built, stays: Spells) -> tuple[Spells, Ints]:
    owner = built.households.owner[stays.value]
    rank = people.birth[stays.key].astype(np.int64)
    rank = np.where((owner >= 0) & (units.woman[owner] == stays.key), rank - heads.OWNER, rank)
    rank = np.where((owner >= 0) & (units.man[owner] == stays.key), rank - 2 * heads.OWNER, rank)
    family = built.households.kind == homes.J1
    return heads.memberships(people, stays, family, rank)


def _settled(people: People, built: Built, span: Span, size: int, rng: np.random.Generator) -> Ints:
    """Draws since when each resident lives in the present home, one day a home; in dormitories one a person."""
    ago = rng.integers(100, 2600, len(built.dwellings.site))[built.home[:size]]
    alone = rng.integers(60, 1200, size)
    ago = np.where(built.dwellings.dormitory[built.home[:size]] >= 0, alone, ago)
    return np.maximum(span.first + 400, span.last - ago)


def _entries(people: People, events: Events, stays: Spells, built: Built, settled: Ints, size: int, last: int) -> Ints:
    """Gives the event by which each person became known: a registration, or an arrival as resident."""
    entry = np.full(len(people), -1)
    first = np.ones(len(stays), dtype=bool)
    first[1:] = stays.key[1:] != stays.key[:-1]
    entry[stays.key[first]] = stays.opened[first]
    who = np.flatnonzero(entry[:size] < 0)
    home = built.home[who]
    day = np.minimum(np.maximum(settled[who], people.birth[who] + 20), last - 6)
    key = home * heads.SHIFT + day
    _, at, of = np.unique(key, return_index=True, return_inverse=True)
    entry[who] = events.add("RESREG", day[at])[of]
    return entry
