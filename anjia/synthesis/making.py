"""Makes, loads and writes down a synthetic town: register, departments' files, faults and cast."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers.divisions import station_of
from anjia.synthesis import cast as casting
from anjia.synthesis import crossing, departments, faults, giving, guests, issuing, lessees, loading, registers, town
from anjia.synthesis.cast import Cast
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.departments import Files
from anjia.synthesis.draws import Ints
from anjia.synthesis.faults import Fault
from anjia.synthesis.parts import TOWN, Ledger, Numbers, Part, Taken
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

SMALLEST, LARGEST = 1_000, 5_000_000
RARE_PART = "tenant"
NOBODY = Cast({}, ())


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part whose persons and lives are drawn, before it has any numbers."""

    town: Town
    tenant: Ints
    cast: Cast
    crossing: dict[str, int]

    def counts(self) -> dict[str, Any]:
        """Gives what it takes of everything that is numbered through."""
        return registers.counts(self.town, len(self.tenant))


@dataclass(frozen=True, slots=True)
class Made:
    """A town, or a part of one, that is not loaded yet."""

    town: Town
    registers: Registers
    files: Files
    faults: list[Fault]
    cast: Cast
    crossing: dict[str, int]

    def digest(self) -> str:
        """Gives the SHA-256 over register, files and faults."""
        besides = json.dumps([self.files.records, [one.to_json() for one in self.faults]]).encode()
        return loading.digest(self.town, self.registers, hashlib.sha256(besides).digest()).hex()


def make(city: CityFiles, size: int, seed: int, on: date, first: int = 1) -> Made:
    """Makes an undivided town; the same arguments give the same town, to the byte.

    Args:
        size: number of residents.
        on: the day as of which it is made.
        first: the first free subject of the register.

    Raises:
        AnjiaError: `town-size` when the size is out of bounds.
    """
    require_size(size)
    drawn = draw(city, Part(size, seed), on)
    ledger = Ledger(Taken(first), Numbers())
    taken = ledger.take(TOWN, drawn.counts())
    assert isinstance(taken, Taken)
    return build(drawn, taken)


def require_size(size: int) -> None:
    """Refuses a size out of bounds.

    Raises:
        AnjiaError: `town-size`.
    """
    if not SMALLEST <= size <= LARGEST:
        raise AnjiaError(
            "town-size",
            f"合成城镇的人数须在 {SMALLEST} 到 {LARGEST} 之间",
            f"A synthetic town has {SMALLEST} to {LARGEST} residents",
            ("请换一个人数", "Choose another number"),
            size=size,
        )


def draw(city: CityFiles, part: Part, on: date) -> Drawn:
    """Draws a part; the cast of the demo plays in the first one."""
    made, rng = town.make(city, part, on), part.rng(4)
    made = replace(made, lessee=lessees.settle(made, rng))
    tenant = casting.tenants(made)
    cast = casting.choose(made, tenant) if part.number == 0 else NOBODY
    moving = crossing.choose(made, cast) if part.number == 0 else {}
    spared = [*cast.parts.values(), *moving.values()]
    made = guests.invite(made, spared, rng)
    made = replace(made, permits=issuing.issue(made, spared, rng))
    return Drawn(replace(made, cards=giving.give(made, spared, rng)), tenant, cast, moving)


def build(drawn: Drawn, taken: Taken) -> Made:
    """Gives a drawn part its numbers, its files and its faults.

    Args:
        taken: what the parts before have taken.
    """
    made, parts, part = drawn.town, drawn.cast, drawn.town.part
    # The journey that everybody tries first shows that a rare name is found, shown and printed.
    rare = [parts.parts[RARE_PART]] if RARE_PART in parts.parts else []
    tables = registers.build(made, taken, part.rng(1), rare)
    rng: np.random.Generator = part.rng(2)
    files = departments.keep(made, tables, taken, drawn.tenant, parts, rng)
    moving = drawn.crossing
    crossing.enter(made, tables, moving, files.records)
    spared = casting.protected(made, parts) | set(moving.values())
    tables, planted = faults.plant(made, tables, files, spared, rng)
    return Made(made, tables, files, planted, parts, moving)


def day_of(city: CityFiles) -> date:
    """Gives the day as of which the city's town is made: the declared one, or today when that is earlier."""
    declared: date = city.settings["on"]
    today: date = timezone.localdate()
    return min(declared, today)


def record(made: Made, seed: int, size: int) -> dict[str, Any]:
    """Gives what the demo needs to know about the town, from its first part."""
    area = made.town.city.area
    served = dict.fromkeys([*made.cast.towns, *crossing.towns(made.town, made.crossing)])
    towns = [area.town_codes[town] for town in served]
    return {
        "synthetic": True, "seed": seed, "size": size, "towns": towns, "station": station_of(towns[0]),
        "cast": {
            part: {"subject": int(made.registers.keys.person[who]), "name": made.registers.name[who]}
            for part, who in {**made.cast.parts, **made.crossing}.items()
        },
        "staff": made.registers.officer_name[made.town.built.households.kind == 4][:16].tolist(),
    }  # fmt: skip
