"""Lays the columns of a snapshot on disk, one at a time: so that only one is in memory.

    >>> columns = laid(folder, people, say)           # people: subject, household, division, birth_on, sex
    >>> columns.put("person.status", "text", subjects, values)
    >>> columns.close(on, known_at, definitions, synthetic=True)

`anjia.rules.building` fills them from the register; a bench fills them from a town that is in no register.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anjia.rules.snapshot import BASE, MANIFEST, TEXTS, Array

Say = Callable[[str], None]
ARROW: Mapping[str, Any] = {
    "bool": pa.bool_(), "int": pa.int64(), "decimal": pa.float64(), "text": pa.string(), "date": pa.date32(),
}  # fmt: skip


@dataclass(slots=True)
class Columns:
    """The columns of a snapshot that is being built.

    Attributes:
        place: subject → row, -1 for nobody in it.
        said: name → what the manifest says of it.
        left_out: name → why it has no column.
    """

    folder: Path
    place: Array
    rows: int
    say: Say
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    _local: dict[str, pa.Array] = field(default_factory=dict)

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
        self.said[name] = {
            "kind": kind, "known": count, "twice": int(taken.sum()) - count,
        }  # fmt: skip
        write(self.folder / f"{name}.arrow", kind, value, known)
        self.say(f"{name}: {count} known ({time.monotonic() - started:.1f} s)")

    def _raw(self, name: str, kind: str, values: pa.ChunkedArray) -> Array:
        if kind == "text":
            found = pc.dictionary_encode(values.combine_chunks()) if len(values) else None
            if found is None:
                self._local[name] = pa.array([], pa.string())
                return np.zeros(0, np.int32)
            found = found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
            self._local[name] = found.dictionary
            return np.asarray(found.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
        array = values.cast(ARROW[kind])
        if kind == "date":
            return np.asarray(array.cast(pa.int32()).to_numpy(), dtype=np.int32)
        if kind == "bool":
            return np.asarray(array.to_numpy(), dtype=np.uint8)
        raw = np.asarray(array.to_numpy())
        return narrowed(raw) if kind == "int" else raw

    def close(self, on: date, known_at: datetime, definitions: str, *, synthetic: bool) -> None:
        """Writes the texts of all columns and, last, the manifest.

        Args:
            definitions: digest over the facts and rules in force.
        """
        self._texts()
        manifest = {
            "on": on.isoformat(),
            "known_at": known_at.isoformat(),
            "rows": self.rows,
            "definitions": definitions,
            "synthetic": synthetic,
            "columns": self.said,
            "left_out": self.left_out,
            "bytes": sum(path.stat().st_size for path in self.folder.iterdir()),
        }
        (self.folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")

    def _texts(self) -> None:
        """Joins the texts of all columns into one sorted list and turns their numbers into places in it."""
        parts = list(self._local.values())
        every = pa.concat_arrays(parts).unique() if parts else pa.array([], pa.string())
        # Arrow sorts texts by their UTF-8 bytes, which is the order of code points.
        every = every.take(pc.sort_indices(every))
        schema = pa.schema([("text", pa.string())])
        with pa.OSFile(str(self.folder / f"{TEXTS}.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(pa.record_batch([every], schema=schema))
        for name, local in self._local.items():
            path = self.folder / f"{name}.arrow"
            with pa.OSFile(str(path)) as file:
                batch = pa.ipc.open_file(file).get_batch(0)
            places = np.append(pc.index_in(local, every).to_numpy(zero_copy_only=False).astype(np.int32), np.int32(0))
            codes = batch.column(0).to_numpy()
            value = places[codes] if len(local) else np.zeros(len(codes), np.int32)
            write(path, "text", value.astype(np.min_scalar_type(-max(len(every), 1))), batch.column(1).to_numpy())


def laid(folder: Path, people: pa.Table, say: Say = lambda text: None) -> Columns:
    """Begins a snapshot with the rows themselves.

    Args:
        folder: an empty folder.
        people: subject, household, division, birth_on, sex; by household and within it by subject.
    """
    subjects = people["subject"].to_numpy()
    place = np.full(int(subjects.max(initial=0)) + 1, -1, dtype=np.int32)
    place[subjects] = np.arange(len(subjects), dtype=np.int32)
    columns = Columns(folder, place, len(subjects), say)
    say(f"{len(subjects)} persons")
    homes = people["household"].to_numpy()
    dense = np.cumsum(np.concatenate([[0], homes[1:] != homes[:-1]])) if len(homes) else homes
    held = {name: people[name.removeprefix("_")] for name in BASE}
    held["_household"] = pa.chunked_array([pa.array(dense)])
    for name, kind in BASE.items():
        known = pc.is_valid(held[name])
        columns.put(name, kind, people["subject"].filter(known), held[name].filter(known))
    return columns


def narrowed(values: Array) -> Array:
    """Gives whole numbers in the narrowest signed type that holds them all."""
    ends = (int(values.min(initial=0)), int(values.max(initial=0)))
    return values.astype(np.min_scalar_type(min(ends[0], -ends[1] - 1)))


def write(path: Path, kind: str, value: Array, known: Array) -> None:
    """Writes one column as an uncompressed Arrow file of one record batch."""
    held = pa.array(value)
    held = held.view(pa.date32()) if kind == "date" else held
    batch = pa.record_batch([held, pa.array(known)], names=["value", "known"])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
