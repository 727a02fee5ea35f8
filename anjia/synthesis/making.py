"""Makes, loads and writes down a synthetic town: register, departments' files, faults and cast."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from django.utils import timezone

from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions
from anjia.registers.divisions import station_of
from anjia.synthesis import cast as casting
from anjia.synthesis import cityfiles, crossing, departments, faults, loading, registers, town
from anjia.synthesis.cast import Cast
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.departments import Files
from anjia.synthesis.faults import Fault
from anjia.synthesis.loading import Loaded, Say
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

SMALLEST, LARGEST = 1_000, 5_000_000
RECORD = "town.json"
RARE_PART = "tenant"


@dataclass(frozen=True, slots=True)
class Made:
    """A town that is not loaded yet."""

    town: Town
    registers: Registers
    files: Files
    faults: list[Fault]
    cast: Cast
    crossing: dict[str, int]

    def digest(self) -> str:
        """Gives the SHA-256 over register, files and faults."""
        return loading.digest(self.town, self.registers, [self.files.records, [one.to_json() for one in self.faults]])


def make(city: CityFiles, size: int, seed: int, on: date, first: int = 1) -> Made:
    """Makes a town; the same arguments give the same town, to the byte.

    Args:
        size: number of residents.
        on: the day as of which it is made.
        first: the first free subject of the register.

    Raises:
        AnjiaError: `town-size` when the size is out of bounds.
    """
    if not SMALLEST <= size <= LARGEST:
        raise AnjiaError(
            "town-size",
            f"合成城镇的人数须在 {SMALLEST} 到 {LARGEST} 之间",
            f"A synthetic town has {SMALLEST} to {LARGEST} residents",
            ("请换一个人数", "Choose another number"),
            size=size,
        )
    made = town.make(city, size, seed, on)
    tenant = casting.tenants(made)
    parts = casting.choose(made, tenant)
    # The journey that everybody tries first shows that a rare name is found, shown and printed.
    rare = [parts.parts[RARE_PART]] if RARE_PART in parts.parts else []
    tables = registers.build(made, first, np.random.default_rng([seed, size, 1]), rare)
    rng = np.random.default_rng([seed, size, 2])
    files = departments.keep(made, tables, tenant, parts, rng)
    moving = crossing.choose(made, parts)
    spared = casting.protected(made, parts) | set(moving.values())
    crossing.enter(made, tables, moving, files.records)
    tables, planted = faults.plant(made, tables, files, spared, rng)
    return Made(made, tables, files, planted, parts, moving)


def day_of(city: CityFiles) -> date:
    """Gives the day as of which the city's town is made: the declared one, or today when that is earlier."""
    declared: date = city.settings["on"]
    today: date = timezone.localdate()
    return min(declared, today)


def synthesize(
    owner_url: str, city_folder: Path, state: Path, *, size: int, seed: int, say: Say = print, on: date | None = None
) -> Loaded:
    """Makes a town and loads it whole; a killed run leaves the register empty.

    Writes `departments/*.jsonl` for the department simulator, `synthetic/faults.jsonl` and
    `synthetic/town.json` into the state folder before the register is committed.

    Args:
        owner_url: connection URL of the tables' owner.

    Raises:
        AnjiaError: `register-occupied`, `town-size`, `city-incomplete`.
    """
    city = cityfiles.read(city_folder)
    divisions.load(city_folder)
    with psycopg.connect(owner_url) as owner:
        first = loading.first_subject(owner)
        say(f"making {size} residents from seed {seed}")
        made = make(city, size, seed, on or day_of(city), first)
        loaded = loading.load(owner, made.town, made.registers, seed, say)
        _write(made, state, seed, city_folder)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        loading.finish(owner, say)
    say(f"{loaded.persons} persons, {loaded.households} households, {loaded.acts} acts, {len(made.faults)} faults")
    return loaded


def is_loaded(owner_url: str) -> bool:
    """Says whether the register holds households already."""
    with psycopg.connect(owner_url) as owner:
        return owner.execute("SELECT 1 FROM registers_household LIMIT 1").fetchone() is not None


def _write(made: Made, state: Path, seed: int, city_folder: Path) -> None:
    made.files.write(state / "departments")
    _write_elsewhere(made, state, city_folder)
    folder = state / "synthetic"
    folder.mkdir(parents=True, exist_ok=True)
    departments.write_lines(folder / "faults.jsonl", [one.to_json() for one in made.faults])
    draft = folder / f"{RECORD}.part"
    draft.write_text(json.dumps(_record(made, seed), ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / RECORD)


def _write_elsewhere(made: Made, state: Path, city_folder: Path) -> None:
    """Writes what the first of the other cities holds and asks."""
    for path in sorted((city_folder / "partners").glob("*.toml"))[:1]:
        spec = tomllib.loads(path.read_text(encoding="utf-8"))
        folder = state / "partners" / spec["id"]
        folder.mkdir(parents=True, exist_ok=True)
        name = spec["name"]["zh"]
        there = crossing.elsewhere(made.town, made.registers, made.crossing, name)
        departments.write_lines(folder / "people.jsonl", there)
        departments.write_lines(folder / "requests.jsonl", crossing.requests(made.registers, made.crossing, name))


def _record(made: Made, seed: int) -> dict[str, Any]:
    """Gives what the demo needs to know about the town."""
    area = made.town.city.area
    served = dict.fromkeys([*made.cast.towns, *crossing.towns(made.town, made.crossing)])
    towns = [area.town_codes[town] for town in served]
    return {
        "synthetic": True, "seed": seed, "size": made.town.size, "digest": made.digest(),
        "towns": towns, "station": station_of(towns[0]),
        "cast": {
            part: {"subject": int(made.registers.keys.person[who]), "name": made.registers.name[who]}
            for part, who in {**made.cast.parts, **made.crossing}.items()
        },
        "staff": made.registers.officer_name[made.town.built.households.kind == 4][:8].tolist(),
    }  # fmt: skip
