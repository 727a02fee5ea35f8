"""The snapshot's facts as the peers take them: NumPy files for OpenFisca, a DuckDB database for SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from anjia.rules.snapshot import Column, Snapshot
from bench.finding import chosen

STATUS = {"0": 1, "1": 2, "8": 3}
PERMIT = {"none": 1, "valid": 2, "suspended": 3, "cancelled": 4}
ENUMS = {"person.status": (STATUS, 4), "permit.state": (PERMIT, 0)}
"""Text → place in the peer's enumeration, and the place of any other text; 0 is not known."""


def for_openfisca(snapshot: Snapshot, folder: Path) -> None:
    """Writes each fact as its value and whether it is known; what is not known is the type's default."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = chosen.catalogue().parameters(chosen.ON)
    named = {parameter for rule in chosen.rules(chosen.catalogue()) for parameter in rule.params}
    about = {
        "on": chosen.ON.isoformat(), "persons": snapshot.rows,
        "parameters": {name: parameters[name] for name in sorted(named)},
    }  # fmt: skip
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    for name in snapshot.names:
        column, stem = snapshot.column(name), name.replace(".", "_")
        if name in ENUMS:
            np.save(folder / f"{stem}.npy", _places(snapshot, name, column))
        else:
            values = _plain(column)
            np.save(folder / f"{stem}.npy", np.where(column.known, values, np.zeros((), values.dtype)))
            np.save(folder / f"{stem}_known.npy", np.ascontiguousarray(column.known))


def for_duckdb(snapshot: Snapshot, path: Path) -> None:
    """Writes the facts into a DuckDB database as one table with NULL for what is not known, in narrow types."""
    path.unlink(missing_ok=True)
    held: dict[str, pa.Array] = {"id": pa.array(np.arange(snapshot.rows, dtype=np.int32))}
    for name in snapshot.names:
        column = snapshot.column(name)
        hidden = ~column.known
        if column.kind == "text":
            held[name] = snapshot.texts.take(pa.array(column.value, mask=hidden))
        elif column.kind == "date":
            held[name] = pa.array(column.value, mask=hidden).view(pa.date32())
        else:
            values = column.value.view(np.bool_) if column.kind == "bool" else column.value
            held[name] = pa.array(values, mask=hidden)
    with duckdb.connect(str(path)) as engine:
        engine.register("held", pa.table(held))
        casts = ", ".join(
            f'CAST("{name}" AS ENUM ({", ".join(repr(text) for text in _texts(snapshot, name))})) AS "{name}"'
            if snapshot.kind(name) == "text" else f'"{name}"'
            for name in snapshot.names
        )
        engine.execute(f"CREATE TABLE facts AS SELECT id, {casts} FROM held ORDER BY id")
        engine.execute("CHECKPOINT")


def _plain(column: Column) -> Any:
    match column.kind:
        case "bool":
            return column.value.view(np.bool_)
        case "date":
            return column.value.astype("datetime64[D]")
        case "decimal":
            return column.value.astype(np.float32)
    return column.value.astype(np.int32)


def _places(snapshot: Snapshot, name: str, column: Column) -> Any:
    places, other = ENUMS[name]
    texts = snapshot.texts.to_pylist()
    by_place = np.array([places.get(text, other) for text in texts], dtype=np.int16)
    return np.where(column.known, by_place[np.where(column.known, column.value, 0)], np.int16(0))


def _texts(snapshot: Snapshot, name: str) -> list[str]:
    column = snapshot.column(name)
    return [str(text) for text in snapshot.text(np.unique(column.value[column.known]))]
