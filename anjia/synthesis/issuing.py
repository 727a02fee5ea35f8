"""How permits come about: issued after half a year, endorsed in time, late or never, ended (rules R-03 to R-09)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from anjia.registers.endorsing import YEAR
from anjia.registers.permitting import HALF_YEAR
from anjia.synthesis import days, guests
from anjia.synthesis.days import NEVER
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import NOT, Events
from anjia.synthesis.permits import ENDED, HALTED, HOME, JOB, STANDS, STUDY, Permits
from anjia.synthesis.spells import Spells
from anjia.synthesis.town import Town

LAG = 6
"""Days before the town's day from which on nothing happens: the register would learn of it only later."""
WAITED, LATE = (1, 420), (2, 240)
"""Days after which people apply, and from a missed term to the late endorsement [assumed]."""
PUPIL, ADULT, PENSION = 6, 18, 60


def issue(town: Town, spared: Collection[int], rng: np.random.Generator) -> Permits:
    """Draws the permits of those who stay here, or stayed, under a registration elsewhere.

    Args:
        spared: persons who get none.
    """
    settings, last = town.city.settings["permits"], town.span.last - LAG
    person, dwelling, since, end, closed = _stays(town)
    issued = np.maximum(days.months_after(since, HALF_YEAR), guests.SINCE) + rng.integers(*WAITED, len(since))
    age = days.years(town.people.birth[person], issued)
    share = np.select([age < PUPIL, age < ADULT], [0.0, settings["minor"]], settings["adult"])
    works = rng.random(len(since)) < settings["job"]
    held = (rng.random(len(since)) < share) & (issued < np.minimum(end, last + 1)) & ~np.isin(person, list(spared))
    rows = np.flatnonzero(held)
    ground = np.select([age < ADULT, works & (age < PENSION)], [STUDY, JOB], HOME)[rows]
    event = town.events.add("PERMIT_ISSUE", issued[rows])
    chain = _Chain(issued[rows], event)
    _endorse(chain, town.events, np.minimum(end[rows] - 1, last), settings, rng)
    over = np.flatnonzero(end[rows] < NEVER)
    chain.turn(over, end[rows][over], closed[rows][over], state=ENDED)
    settled = np.isin(closed[rows], town.guests.closed[guests.settles(town)])
    _replace(chain, person[rows], over, issued[rows], event)
    spells, own = chain.told()
    return Permits(person[rows], dwelling[rows], issued[rows], ground, settled.astype(np.int64), spells, *own)


def _stays(town: Town) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Gives person, dwelling, first day, end and closing event of all stays, those of today first."""
    who, past = guests.outsiders(town), town.guests
    since = np.maximum(town.people.birth[who], town.settled[who])
    return (
        np.concatenate([who, past.key]), np.concatenate([town.built.home[who], past.value]),
        np.concatenate([since, past.start]), np.concatenate([np.full(len(who), NEVER), past.end]),
        np.concatenate([np.full(len(who), NOT), past.closed]),
    )  # fmt: skip


class _Chain:
    """What each permit says from day to day; `turn` ends one spell and begins the next."""

    def __init__(self, issued: Ints, event: Ints) -> None:
        count = len(issued)
        self.now = {
            "start": issued.copy(), "opened": event.copy(), "state": np.full(count, STANDS),
            "years_from": issued.copy(), "due": days.months_after(issued, YEAR),
            "endorsed": np.full(count, NEVER), "times": np.zeros(count, dtype=np.int64),
        }  # fmt: skip
        self.until, self.by = np.full(count, NEVER), np.full(count, NOT)
        self._told: list[dict[str, Ints]] = []

    def turn(self, at: Ints, day: Ints, event: Ints, **values: Ints | int) -> None:
        """Lets events change permits on their days."""
        self._keep(at, day, event)
        for name, value in {"start": day, "opened": event, **values}.items():
            self.now[name][at] = value

    def _keep(self, at: Ints, day: Ints, event: Ints) -> None:
        self._told.append({"key": at, "end": day, "closed": event, **{name: v[at] for name, v in self.now.items()}})

    def told(self) -> tuple[Spells, tuple[Ints, Ints, Ints, Ints]]:
        """Gives all spells, and `years_from`, `due`, `endorsed` and `times` of each."""
        self._keep(np.arange(len(self.until)), self.until, self.by)
        whole = {name: np.concatenate([one[name] for one in self._told]) for name in self._told[0]}
        spells = Spells(*(whole[name] for name in ("key", "state", "start", "end", "opened", "closed")))
        return spells, (whole["years_from"], whole["due"], whole["endorsed"], whole["times"])


def _endorse(
    chain: _Chain, events: Events, until: Ints, settings: Mapping[str, float], rng: np.random.Generator
) -> None:
    """Lets the years of all permits pass.

    Args:
        until: the last day on which anything can happen to each.
    """
    at = np.arange(len(until))
    year = np.ones(len(until), dtype=np.int64)
    while len(at):
        due = chain.now["due"][at]
        opens = days.months_after(due, -1)
        day = opens + (rng.random(len(at)) * (due - opens + 1)).astype(np.int64)
        missed = rng.random(len(at)) < settings["missed"]
        again = rng.random(len(at)) < settings["restored"]
        late = due + 1 + rng.integers(*LATE, len(at))
        in_time = ~missed & (day <= until[at])
        on, day = at[in_time], day[in_time]
        year[on] += 1
        following = days.months_after(chain.now["years_from"][on], YEAR * year[on])
        times = chain.now["times"]
        chain.turn(on, day, events.add("PERMIT_ENDORSE", day), due=following, endorsed=day, times=times[on] + 1)
        lost = missed & (due < until[at])
        chain.turn(at[lost], due[lost] + 1, events.add("PERMIT_SUSPEND", due[lost] + 1), state=HALTED)
        restored = lost & again & (late <= until[at])
        back, day = at[restored], late[restored]
        year[back] = 1
        chain.turn(
            back, day, events.add("PERMIT_ENDORSE", day), state=STANDS, years_from=day,
            due=days.months_after(day, YEAR), endorsed=day, times=times[back] + 1,
        )  # fmt: skip
        at = np.concatenate([on, back])


def _replace(chain: _Chain, person: Ints, over: Ints, issued: Ints, event: Ints) -> None:
    """Ends the word of a cancelled permit on the day on which its holder is issued another."""
    held = np.flatnonzero(~np.isin(np.arange(len(person)), over))
    held = held[np.isin(person[held], person[over])]
    other = np.full(int(person.max(initial=0)) + 1, NOT)
    other[person[held]] = held
    next_one = other[person[over]]
    old, new = over[next_one != NOT], next_one[next_one != NOT]
    chain.until[old], chain.by[old] = issued[new], event[new]
