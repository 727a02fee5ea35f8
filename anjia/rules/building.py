"""Builds the fact snapshot: every fact that a rule needs, for everybody, a column at a time."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from anjia.kernel.definitions.catalogue import Catalogue, digest_of
from anjia.kernel.specs import FactSpec
from anjia.registers import population
from anjia.rules import datasets
from anjia.rules.compiling import compiled
from anjia.rules.datasets import Datasets
from anjia.rules.scene import Dictionary, dictionary
from anjia.rules.snapshot import BASE, CURRENT, FOLDER, MANIFEST, TEXTS, Array, Snapshot

KEPT = 3
"""Snapshots that stay beside the one in force; older ones are removed."""

Say = Callable[[str], None]
ARROW: Mapping[str, Any] = {
    "bool": pa.bool_(), "int": pa.int64(), "decimal": pa.float64(), "text": pa.string(), "date": pa.date32(),
}  # fmt: skip


def build(
    catalogue: Catalogue, state: Path, on: date, known_at: datetime,
    *, every: bool = False, say: Say = lambda text: None,
) -> Snapshot:  # fmt: skip
    """Builds the snapshot of a day, puts it in force in one step, and gives it.

    Register facts come from their SQL, run for everybody; department facts from the files in
    `state/departments`. What nobody can tell for a whole city (answers, consents, checks at the window)
    has no column, and so has a text that is declared sensitive.

    Args:
        known_at: the moment as of which the register is read.
        every: take every fact of the dictionary that can be had, not only those that rules read.
    """
    known = dictionary(catalogue, on)
    wanted = _wanted(catalogue, known, on, every)
    folder = state / FOLDER
    draft = folder / f".{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        with population.one_moment():
            work = _work(draft, on, known_at, say)
            _register(work, wanted)
            _departments(work, wanted, catalogue, state / "departments")
        _texts(work)
        manifest = _manifest(work, catalogue, wanted)
        (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        name = f"{on:%Y%m%d}-{known_at:%Y%m%d%H%M%S}-{manifest['definitions'][:8]}-{draft.name[1:7]}"
        draft.replace(folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _switch(folder, name)
    return Snapshot.open(folder / name)


def definitions_of(catalogue: Catalogue, on: date) -> str:
    """Gives one digest over the facts and rules in force on a day."""
    found = [one for kind in ("fact", "rule") for one in catalogue.list(kind, on)]
    return digest_of({f"{one.kind} {one.id}": one.digest for one in found})


@dataclass(slots=True)
class _Work:
    """A snapshot being built.

    Attributes:
        place: subject → row, -1 for nobody in it.
        people: subject, name of everybody.
        columns: name → what the manifest says of it.
    """

    folder: Path
    on: date
    known_at: datetime
    say: Say
    place: Array
    rows: int
    people: pa.Table
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    local: dict[str, pa.Array] = field(default_factory=dict)

    def put(self, name: str, kind: str, subjects: pa.ChunkedArray, values: pa.ChunkedArray) -> None:
        """Writes one column from (subject, value) pairs without NULL."""
        started = time.monotonic()
        keys = subjects.to_numpy()
        inside = (keys >= 0) & (keys < len(self.place))
        rows = np.where(inside, self.place[np.where(inside, keys, 0)], -1)
        taken = rows >= 0
        raw = self._raw(name, kind, values)
        value, known = np.zeros(self.rows, raw.dtype), np.zeros(self.rows, np.uint8)
        value[rows[taken]], known[rows[taken]] = raw[taken], 1
        count = int(known.sum())
        self.columns[name] = {
            "kind": kind, "known": count, "twice": int(taken.sum()) - count,
        }  # fmt: skip
        write(self.folder / f"{name}.arrow", kind, value, known)
        self.say(f"{name}: {count} known ({time.monotonic() - started:.1f} s)")

    def _raw(self, name: str, kind: str, values: pa.ChunkedArray) -> Array:
        if kind == "text":
            found = pc.dictionary_encode(values.combine_chunks()) if len(values) else None
            if found is None:
                self.local[name] = pa.array([], pa.string())
                return np.zeros(0, np.int32)
            found = found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
            self.local[name] = found.dictionary
            return np.asarray(found.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
        array = values.cast(ARROW[kind])
        if kind == "date":
            return np.asarray(array.cast(pa.int32()).to_numpy(), dtype=np.int32)
        if kind == "bool":
            return np.asarray(array.to_numpy(), dtype=np.uint8)
        raw = np.asarray(array.to_numpy())
        narrow = kind == "int" and (not len(raw) or np.abs(raw).max() < 2**31)
        return raw.astype(np.int32) if narrow else raw


def write(path: Path, kind: str, value: Array, known: Array) -> None:
    """Writes one column as an uncompressed Arrow file of one record batch."""
    held = pa.array(value)
    held = held.view(pa.date32()) if kind == "date" else held
    batch = pa.record_batch([held, pa.array(known)], names=["value", "known"])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)


def _work(draft: Path, on: date, known_at: datetime, say: Say) -> _Work:
    kinds = {"subject": "int", "household": "int", "division": "text", "birth_on": "date"}
    kinds |= {"sex": "text", "name": "text"}
    table = _table(draft, population.persons(on, known_at), kinds)
    subjects = table["subject"].to_numpy()
    place = np.full(int(subjects.max(initial=0)) + 1, -1, dtype=np.int32)
    place[subjects] = np.arange(len(subjects), dtype=np.int32)
    work = _Work(draft, on, known_at, say, place, len(subjects), table.select(["subject", "name"]))
    say(f"{len(subjects)} persons")
    homes = table["household"].to_numpy()
    dense = np.cumsum(np.concatenate([[0], homes[1:] != homes[:-1]])) if len(homes) else homes
    table = table.set_column(1, "household", pa.chunked_array([pa.array(dense)]))
    for name, kind in BASE.items():
        held = table[name.removeprefix("_")]
        known = pc.is_valid(held)
        work.put(name, kind, table["subject"].filter(known), held.filter(known))
    return work


def _register(work: _Work, wanted: Mapping[str, FactSpec]) -> None:
    for name, spec in wanted.items():
        if spec.source == "register":
            started = time.monotonic()
            kinds = {"subject": "int", "value": spec.type}
            table = _table(work.folder, population.fact(spec, work.on, work.known_at), kinds)
            work.put(name, spec.type, table["subject"], table["value"])
            work.columns[name]["seconds"] = round(time.monotonic() - started, 2)


def _departments(work: _Work, wanted: Mapping[str, FactSpec], catalogue: Catalogue, folder: Path) -> None:
    blinds = _table(work.folder, population.numbers(work.on, work.known_at), {"subject": "int", "blind": "text"})
    with datasets.opened(folder, catalogue.city.dataset_numbers, work.people, blinds) as found:
        for name, spec in wanted.items():
            if spec.source == "register":
                continue
            if spec.source.startswith("register:"):
                _of_another(work, name, spec, catalogue, found)
                continue
            if not found.holds(spec):
                work.left_out[name] = "no dataset" if not spec.dataset_sql else "dataset absent"
                continue
            started = time.monotonic()
            table = found.fact(spec, work.on)
            work.put(name, spec.type, table["subject"], table["value"])
            work.columns[name]["seconds"] = round(time.monotonic() - started, 2)


def _of_another(
    work: _Work, name: str, spec: FactSpec, catalogue: Catalogue, found: Datasets
) -> None:
    """Writes a register fact about the person whose number another fact gives, as of the spouse."""
    by = catalogue.find("fact", spec.source.partition(":")[2], work.on)
    if by is None or not found.holds(by.spec):
        work.left_out[name] = "no dataset"
        return
    kinds = {"subject": "int", "value": spec.type}
    table = _table(work.folder, population.fact(spec, work.on, work.known_at), kinds)
    paired = found.of_another(by.spec, work.on, table)
    work.put(name, spec.type, paired["subject"], paired["value"])


def _texts(work: _Work) -> None:
    """Joins the texts of all columns into one sorted list and turns their numbers into places in it."""
    parts = list(work.local.values())
    every = pa.concat_arrays(parts).unique() if parts else pa.array([], pa.string())
    # Arrow sorts texts by their UTF-8 bytes, which is the order of code points.
    every = every.take(pc.sort_indices(every))
    schema = pa.schema([("text", pa.string())])
    with pa.OSFile(str(work.folder / f"{TEXTS}.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(pa.record_batch([every], schema=schema))
    for name, local in work.local.items():
        path = work.folder / f"{name}.arrow"
        with pa.OSFile(str(path)) as file:
            batch = pa.ipc.open_file(file).get_batch(0)
        places = np.append(pc.index_in(local, every).to_numpy(zero_copy_only=False).astype(np.int32), np.int32(0))
        codes = batch.column(0).to_numpy()
        value = places[codes] if len(local) else np.zeros(len(codes), np.int32)
        write(path, "text", value, batch.column(1).to_numpy())


def _wanted(catalogue: Catalogue, known: Dictionary, on: date, every: bool) -> dict[str, FactSpec]:
    read: Iterable[str] = known.specs
    if not every:
        rules = [compiled(one.spec) for one in catalogue.list("rule", on)]
        read = (name for rule in rules for clause in rule.clauses for name in clause.reads)
    names = sorted({part for name in read for part in known.parts(name)})
    specs = {name: known.specs[name] for name in names if name in known.specs}
    return {
        name: spec for name, spec in specs.items()
        if spec.source != "derived" and not (spec.sensitive and spec.type == "text")
    }  # fmt: skip


def _manifest(work: _Work, catalogue: Catalogue, wanted: Mapping[str, FactSpec]) -> dict[str, Any]:
    return {
        "on": work.on.isoformat(),
        "known_at": work.known_at.isoformat(),
        "rows": work.rows,
        "definitions": definitions_of(catalogue, work.on),
        "synthetic": catalogue.city.synthetic,
        "columns": work.columns,
        "left_out": work.left_out,
        "bytes": sum(path.stat().st_size for path in work.folder.iterdir()),
    }


def _table(folder: Path, blocks: Iterator[bytes], kinds: Mapping[str, str]) -> pa.Table:
    """Gives the table of a CSV stream; it passes through a file, so that it need not fit in memory twice."""
    path = folder / "stream.csv"
    with path.open("wb") as file:
        file.writelines(blocks)
    found = csv.read_csv(
        path,
        convert_options=csv.ConvertOptions(
            column_types={name: ARROW[kind] for name, kind in kinds.items()},
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
    )  # fmt: skip
    path.unlink()
    return found


def _switch(folder: Path, name: str) -> None:
    draft = folder / f".{CURRENT}.{uuid.uuid4().hex}"
    draft.write_text(name, encoding="utf-8")
    os.replace(draft, folder / CURRENT)
    built = sorted(
        (path for path in folder.iterdir() if (path / MANIFEST).exists() and path.name != name),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for old in built[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
