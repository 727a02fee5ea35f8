"""Who settled by a lease: moved in from outside and was registered in the rented home (rules S-20, S-22)."""

from __future__ import annotations

import numpy as np

from anjia.synthesis import days
from anjia.synthesis.draws import Ints
from anjia.synthesis.events import CODE
from anjia.synthesis.homes import J1
from anjia.synthesis.town import Town

SINCE = 16281
"""2014-07-30: since when a leased home is ground enough in small cities and towns (国发〔2014〕25号)."""
ONE_IN = 2
"""Of so many leases one has ended and was not renewed [assumed]."""
ENDED_BEFORE = 700
"""Days for which somebody is registered here at least whose lease has ended."""
GONE = 100
"""Days since such an end: more than the days of grace."""


def settle(town: Town, rng: np.random.Generator) -> Ints:
    """Chooses who leads a family that settled by a lease, and makes their homes rented ones; those longest here first.

    Returns:
        Persons who moved in from outside with the family that they lead, in order of their arrival.
    """
    stays, built = town.stays, town.built
    dwelling = built.households.dwelling[stays.value]
    unit = town.units.of_person(len(town.people))[stays.key]
    fits = (town.events.kind[stays.opened] == CODE["MOVE_IN"]) & (stays.end == days.NEVER) & (stays.start > SINCE)
    fits &= (stays.key < town.size) & (unit >= 0) & (dwelling >= 0) & (built.households.kind[stays.value] == J1)
    fits &= (stays.opened == town.marks.start[unit]) & (town.units.first()[unit] == stays.key)
    rows = np.flatnonzero(fits)
    rows = rows[dwelling[rows] == built.home[stays.key[rows]]]
    rows = rows[np.argsort(stays.start[rows], kind="stable")]
    chosen = rng.random(len(rows)) < town.city.settings["lease_settled"]
    chosen[:1] = True
    rows = rows[chosen]
    built.dwellings.rented[dwelling[rows]] = True
    return stays.key[rows]


def ended(town: Town) -> Ints:
    """Gives those whose lease has ended."""
    long = arrived(town)[town.lessee] < town.span.last - ENDED_BEFORE
    return town.lessee[long][::ONE_IN]


def arrivals(town: Town) -> Ints:
    """Gives the events by which they, and those who came with them, were registered."""
    return np.unique(town.stays.opened[np.isin(town.stays.key, town.lessee)])


def arrived(town: Town) -> Ints:
    """Gives the day since which each person is registered where the last registration is."""
    result = np.full(len(town.people), days.NEVER)
    result[town.stays.key] = town.stays.start
    return result
