"""A whole synthetic town into an empty register: behind the fence, part by part, checked before it is given over."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from anjia.kernel import log
from anjia.registers import divisions
from anjia.registers.bulk import copying, fence, invariants
from anjia.synthesis import acts, cityfiles, crossing, departments, fleet, loading, making
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.departments import FILES
from anjia.synthesis.loading import Loaded, Say
from anjia.synthesis.making import Made
from anjia.synthesis.member import Ask, Task
from anjia.synthesis.parts import BLOCK, BUILT, TOWN, Ledger, Numbers, Part, Taken
from anjia.synthesis.parts import parts as parts_of

ACTOR, ACTOR_NAME = "synthetic-town", "合成数据"
RECORD = "town.json"
PARTNERS = "partners"
WORK = f"{__name__}:make_part"
LINES = ("faults", *FILES)


@dataclass(frozen=True, slots=True)
class Done:
    """What a part leaves behind.

    Attributes:
        counters: counter of the register → the last number given out.
    """

    number: int
    loaded: Loaded
    counters: Mapping[str, int]
    faults: int
    digest: bytes
    record: Mapping[str, Any] | None


def synthesize(
    owner_url: str, city_folder: Path, state: Path, *, size: int, seed: int, say: Say = print, on: date | None = None,
    block: int = BLOCK,
) -> Loaded:
    """Makes a town and loads it whole; a killed run leaves the register empty.

    Writes `departments/*.jsonl` for the department simulator, `synthetic/faults.jsonl` and
    `synthetic/town.json` into the state folder before the register is given to the application.

    Args:
        owner_url: connection URL of the tables' owner.
        block: most residents that are made at once.

    Raises:
        AnjiaError: `register-occupied`, `load-running`, `town-size`, `city-incomplete`.
    """  # fmt: skip
    making.require_size(size)
    city = cityfiles.read(city_folder)
    divisions.load(city_folder)
    with psycopg.connect(owner_url, autocommit=True) as owner, fence.alone(owner):
        fence.put_up(owner, "synth")
        try:
            found = _fill(owner, owner_url, city, city_folder, state, parts_of(size, seed, block), on, say)
        except BaseException:
            fence.mend(owner)
            raise
        _finish(owner, say)
    return found


def is_loaded(owner_url: str) -> bool:
    """Says whether the register holds households; what a killed loading left behind does not count."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if fence.unfinished(owner):
            return False
        return owner.execute("SELECT 1 FROM registers_household LIMIT 1").fetchone() is not None


def _fill(
    owner: psycopg.Connection[Any], url: str, city: CityFiles, city_folder: Path, state: Path, parts: list[Part],
    on: date | None, say: Say,
) -> Loaded:  # fmt: skip
    task = Task(WORK, url, city_folder, state / "synthetic" / "parts", on or making.day_of(city), _actor(owner))
    shutil.rmtree(task.folder, ignore_errors=True)
    task.folder.mkdir(parents=True)
    ledger = Ledger(Taken(_next(owner, "kernel_subject")), Numbers(_next_act(owner)))
    size, seed = parts[0].size, parts[0].seed
    say(f"making {size} residents from seed {seed} in {len(parts)} parts")
    done: list[Done] = []
    started = time.monotonic()
    for one in fleet.run(task, parts, ledger):
        done.append(one)
        _tell(say, done, len(parts), started)
    done.sort(key=lambda one: one.number)
    loaded = done[0].loaded
    for one in done[1:]:
        loaded = loaded.plus(one.loaded)
    say("putting keys, indexes and constraints back")
    copying.put_back(url, say)
    say("checking the invariants")
    with owner.transaction():
        invariants.check(owner)
        _advance(owner, done, ledger)
        _write(task.folder, state, done)
        fence.take_down(owner, loaded.to_json())
    _sum(say, owner, loaded, sum(one.faults for one in done))
    return loaded


def make_part(task: Task, city: CityFiles, part: Part, ask: Ask, owner: psycopg.Connection[Any]) -> Done:
    """Makes a part, loads it and writes its files."""
    drawn = making.draw(city, part, task.on)
    made = making.build(drawn, ask(TOWN, drawn.counts()))
    numbered = acts.number(made.town, made.registers)
    entries = {name: len(table) for name, table in made.registers.tables.items()}
    numbers = ask(BUILT, {"act": len(numbered.event), "entry": entries})
    rows = loading.written(made.town, made.registers, numbered, numbers, task.actor, part.rng(3))
    copying.copy(owner, rows)
    for name, lines in (("faults", [one.to_json() for one in made.faults]), *made.files.records.items()):
        departments.write_lines(task.folder / f"{name}-{part.number:05d}.jsonl", lines)
    about = making.record(made, part.seed, part.size) if part.number == 0 else None
    if part.number == 0:
        _write_elsewhere(made, task.city, task.folder / PARTNERS)
    return Done(
        part.number, _counted(made, len(numbered.event), entries), made.registers.counters, len(made.faults),
        loading.digest(made.town, made.registers), about,
    )  # fmt: skip


def _write_elsewhere(made: Made, city: Path, folder: Path) -> None:
    """Writes what the first of the other cities holds and asks."""
    for path in sorted((city / "partners").glob("*.toml"))[:1]:
        spec = tomllib.loads(path.read_text(encoding="utf-8"))
        name = spec["name"]["zh"]
        (folder / spec["id"]).mkdir(parents=True, exist_ok=True)
        people = crossing.elsewhere(made.town, made.registers, made.crossing, name)
        departments.write_lines(folder / spec["id"] / "people.jsonl", people)
        asked = crossing.requests(made.registers, made.crossing, name)
        departments.write_lines(folder / spec["id"] / "requests.jsonl", asked)


def _counted(made: Made, done: int, entries: Mapping[str, int]) -> Loaded:
    keys, town = made.registers.keys, made.town
    open_now = town.members.closed < 0
    known = keys.person >= 0
    return Loaded(
        town.size, int(known.sum()), int(open_now.sum()), int((known & (town.people.death < town.span.last)).sum()),
        int((known & (town.left_on < town.span.last)).sum()), int(keys.own.sum()), len(keys.dwelling), done, entries,
    )  # fmt: skip


def _tell(say: Say, done: list[Done], parts: int, started: float) -> None:
    rows = sum(sum(one.loaded.entries.values()) + one.loaded.acts for one in done)
    spent = time.monotonic() - started
    left = spent / len(done) * (parts - len(done))
    say(f"part {len(done)} of {parts}: {rows} rows, {rows / spent:.0f} rows/s, about {left:.0f} s left for the rows")


def _sum(say: Say, owner: psycopg.Connection[Any], loaded: Loaded, faults: int) -> None:
    found = owner.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    say(
        f"{loaded.residents} residents, {loaded.registered} registered, {loaded.dead} dead, "
        f"{loaded.departed} departed; {loaded.persons} persons in all"
    )
    say(f"{loaded.households} households, {loaded.dwellings} dwellings, {loaded.acts} acts, {faults} faults")
    rows = ", ".join(f"{name} {count}" for name, count in loaded.entries.items())
    say(f"{sum(loaded.entries.values())} entries: {rows}; database {found[0] if found else ''}")


def _finish(owner: psycopg.Connection[Any], say: Say) -> None:
    """Seals the log; the town stands already, with its statistics."""
    say("sealing the log")
    owner.execute("ANALYZE registers_division")
    while log.seal() is not None:
        pass


def _write(parts: Path, state: Path, done: list[Done]) -> None:
    """Puts the parts' files together, each whole or not at all."""
    folder = state / "synthetic"
    (state / "departments").mkdir(parents=True, exist_ok=True)
    for name in LINES:
        target = (folder if name == "faults" else state / "departments") / f"{name}.jsonl"
        draft = target.with_suffix(".part")
        with draft.open("wb") as whole:
            for path in sorted(parts.glob(f"{name}-*.jsonl")):
                with path.open("rb") as part:
                    shutil.copyfileobj(part, whole)
        draft.replace(target)
    for path in sorted((parts / PARTNERS).glob("*/*.jsonl")):
        target = state / PARTNERS / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    shutil.rmtree(parts)
    total = hashlib.sha256(b"".join(one.digest for one in done)).hexdigest()
    draft = folder / f"{RECORD}.part"
    about = {**(done[0].record or {}), "digest": total}
    draft.write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / RECORD)


def _actor(owner: psycopg.Connection[Any]) -> int:
    found = owner.execute("SELECT id FROM kernel_actor WHERE username = %s", [ACTOR]).fetchone()
    if found is None:
        found = owner.execute(
            "INSERT INTO kernel_actor (username, password, kind, name_zh, station, is_active) "
            "VALUES (%s, '!', 'system', %s, '', false) RETURNING id",
            [ACTOR, ACTOR_NAME],
        ).fetchone()
    assert found is not None
    return int(found[0])


def _next(owner: psycopg.Connection[Any], table: str) -> int:
    found = owner.execute(sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(sql.Identifier(table))).fetchone()
    assert found is not None
    return int(found[0])


def _next_act(owner: psycopg.Connection[Any]) -> int:
    found = owner.execute("SELECT nextval('kernel_act_number')").fetchone()
    assert found is not None
    return int(found[0])


def _advance(owner: psycopg.Connection[Any], done: list[Done], ledger: Ledger) -> None:
    """Moves sequences and counters past what was given out."""
    owner.execute("SELECT setval('kernel_act_number', %s)", [ledger.numbers.act - 1])
    lasts = {"kernel_subject": ledger.taken.first - 1}
    lasts |= {f"registers_{name}": number - 1 for name, number in ledger.numbers.entry.items()}
    for table, last in lasts.items():
        owner.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
    counters: dict[str, int] = {}
    for one in done:
        for name, last in one.counters.items():
            counters[name] = max(last, counters.get(name, 0))
    for name, last in counters.items():
        owner.execute(
            "INSERT INTO kernel_counter (name, value) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET value = greatest(kernel_counter.value, excluded.value)",
            [name, last],
        )
