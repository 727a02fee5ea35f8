"""The fact snapshot of the city: what rules ask about everybody, one column a fact, mapped into memory.

A snapshot is a folder that never changes:

    manifest.json    day, moment, digest of the definitions, rows, and what became of each fact
    texts.arrow      all texts that occur, sorted by code point, each once
    <name>.arrow     one column: `value` and `known` (uint8), uncompressed Arrow IPC, one record batch

Rows lie by household and within it by subject; the row number is the dense int32 key of a person.
On disk truth values are uint8, decimals float64, days date32, whole numbers as narrow as they fit (int8 to
int64), and texts such places in `texts.arrow`, so that equal texts have equal numbers whatever column they are in and
greater texts greater ones. Five columns describe the row itself and belong to no rule: `_subject`,
`_household` (dense, 0 first), `_division`, `_birth_on` and `_sex`.

    >>> snapshot = Snapshot.current(state)            # or Snapshot.open(folder)
    >>> snapshot.rows, snapshot.on, snapshot.names    # how many, the day, facts with a column
    >>> values, known = snapshot.column("person.birth_on").whole()

`anjia.rules.building.build` makes one; `anjia.rules.finding.evaluate` judges it.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.closures import OPERATORS

Array = NDArray[Any]
SHIFT = 20
"""Texts are compared as places shifted by so many bits: between two there is room for a million more."""

FOLDER, CURRENT, MANIFEST, TEXTS = "snapshots", "current", "manifest.json", "texts"
BASE = {"_subject": "int", "_household": "int", "_division": "text", "_birth_on": "date", "_sex": "text"}


class Mapped:
    """A file mapped into memory."""

    __slots__ = ("_base", "_map")

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._base = int(np.frombuffer(self._map, np.uint8).ctypes.data)

    def batch(self) -> pa.RecordBatch:
        """Gives its one record batch; nothing is copied."""
        return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(self._map))).get_batch(0)

    def release(self, rows: Array) -> None:
        """Lets go of the whole pages of an array that lies in it; they are clean, so that nothing is written."""
        start = int(rows.ctypes.data) - self._base
        first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        length = (start + rows.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE - first
        if length > 0 and RELEASE is not None:
            self._map.madvise(RELEASE, first, length)


RELEASE: int | None = getattr(mmap, "MADV_DONTNEED", None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it lies on disk; `block` widens rows for `kernel.expressions.columns`.

    Attributes:
        kind: bool, int, decimal, text or date.
        value: (n,) – uint8, int8 to int64 or float64; days since 1970 for dates, places for texts.
        known: (n,) bool; a value that is not known means nothing. One value for all rows when all are known.
        mapped: the file in which both lie, None when they are in memory.
    """

    kind: str
    value: Array
    known: NDArray[np.bool_]
    mapped: Mapped | None = None

    def release(self, start: int, stop: int) -> None:
        """Lets go of the memory of rows that were read; reading them again takes them from the file anew."""
        if self.mapped is not None:
            self.mapped.release(self.value[start:stop])
            if self.known.strides != (0,):
                self.mapped.release(self.known[start:stop])

    def block(self, start: int, stop: int) -> tuple[Array, Array]:
        """Gives rows from start (included) to stop: days as `datetime64[D]`, texts as `place << SHIFT`."""
        values, known = self.value[start:stop], self.known[start:stop]
        match self.kind:
            case "bool":
                return values.view(np.bool_), known
            case "int":
                return values.astype(np.int64, copy=False), known
            case "date":
                return values.astype(np.int64).view("datetime64[D]"), known
            case "text":
                return values.astype(np.int64) << SHIFT, known
        return values, known

    def sure(self, start: int, stop: int) -> Array:
        """Gives which rows are known, a single value when all are."""
        return _TRUE if self.known.strides == (0,) else self.known[start:stop]

    def compared(self, sign: str, value: Array, start: int, stop: int) -> Array | None:
        """Gives rows compared with a single value as `block` has it, without widening them; None when kinds differ."""
        rows = self.value[start:stop]
        match self.kind, value.dtype.kind:
            case "int", "i":
                return np.asarray(OPERATORS[sign](rows, value.item()))
            case "decimal", "f":
                return np.asarray(OPERATORS[sign](rows, value))
            case "date", "M":
                return np.asarray(OPERATORS[sign](rows, int(value.astype("datetime64[D]").astype(np.int64))))
            case "text", "i":
                return _place_compared(sign, rows, value.item())
        return None

    def whole(self) -> tuple[Array, Array]:
        """Gives all rows, as `block` does."""
        return self.block(0, len(self.value))


class Snapshot:
    """One snapshot, open for reading; threads and processes may share it.

    Attributes:
        folder: where it lies.
        manifest: what `manifest.json` holds.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._open: dict[str, Column] = {}

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Opens the snapshot of a folder.

        Raises:
            AnjiaError: `snapshot-missing` (409) when the folder holds none.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise missing(folder) from error
        return cls(folder, manifest)

    @classmethod
    def current(cls, state: Path) -> Snapshot:
        """Opens the snapshot in force of a state folder.

        Raises:
            AnjiaError: `snapshot-missing` (409) when none was built.
        """
        pointer = state / FOLDER / CURRENT
        if not pointer.exists():
            raise missing(pointer)
        return cls.open(state / FOLDER / pointer.read_text(encoding="utf-8").strip())

    @property
    def rows(self) -> int:
        """How many persons."""
        return int(self.manifest["rows"])

    @property
    def on(self) -> date:
        """The day that the facts are true on."""
        return date.fromisoformat(self.manifest["on"])

    @property
    def known_at(self) -> datetime:
        """The moment as of which the register knew them."""
        return datetime.fromisoformat(self.manifest["known_at"])

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the facts that have a column; every other fact is unknown for everybody."""
        return tuple(name for name in self.manifest["columns"] if name not in BASE)

    def kind(self, name: str) -> str:
        """Gives the kind of a column: bool, int, decimal, text or date."""
        return str(self.manifest["columns"][name]["kind"])

    def column(self, name: str) -> Column:
        """Gives a fact's column, or one of the row's own (`_subject` …).

        Raises:
            KeyError: when the snapshot has no such column; ask `names` first.
        """
        found = self._open.get(name)
        if found is None:
            found = _column(self.folder / f"{name}.arrow", self.manifest["columns"][name])
            if self.rows < len(found.value):
                found = replace(found, value=found.value[: self.rows], known=found.known[: self.rows])
            self._open[name] = found
        return found

    def first(self, rows: int) -> Snapshot:
        """Gives the snapshot of the first persons alone."""
        return Snapshot(self.folder, {**self.manifest, "rows": min(rows, self.rows)})

    @property
    def subjects(self) -> NDArray[np.int64]:
        """The person's key in the register, (rows,) int64."""
        return self.column("_subject").whole()[0]

    @property
    def households(self) -> Array:
        """The dense number of the household or dwelling, (rows,), ascending."""
        return self.column("_household").value

    @cached_property
    def texts(self) -> pa.Array:
        """All texts, sorted; `texts[place]`."""
        return read(self.folder / f"{TEXTS}.arrow").column(0)

    def text(self, places: Array) -> list[str | None]:
        """Gives the texts of places (not shifted)."""
        return self.texts.take(pa.array(places)).to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def divisions(self) -> tuple[list[str], Array]:
        """The division codes that occur, sorted, and each row's position among them (empty code: unknown)."""
        column = self.column("_division")
        places, position = np.unique(np.where(column.known, column.value, -1), return_inverse=True)
        codes = ["" if place < 0 else str(self.texts[int(place)].as_py()) for place in places.tolist()]
        return codes, position

    def values(self, row: int, names: tuple[str, ...] | None = None) -> dict[str, Any]:
        """Gives the known facts of one person as plain values, as `judge` reads them."""
        found = {}
        for name in names or self.names:
            column = self.column(name)
            if column.known[row]:
                found[name] = self.plain(column, column.value[row])
        return found

    def plain(self, column: Column, value: Any) -> Any:
        """Gives a value of a column as a plain Python value."""
        match column.kind:
            case "bool":
                return bool(value)
            case "int":
                return int(value)
            case "date":
                return date.fromordinal(int(value) + EPOCH)
            case "text":
                return self.texts[int(value)].as_py()
        return float(value)


EPOCH = date(1970, 1, 1).toordinal()
_TRUE = np.array(True)


def _place_compared(sign: str, places: Array, code: int) -> Array:
    """Gives `place << SHIFT` compared with a code, which may lie between two places."""
    below, between = code >> SHIFT, code & ((1 << SHIFT) - 1)
    if between:
        if sign in ("==", "!="):
            return np.array(sign == "!=")
        # Nothing lies on the code itself, so that all up to the place below are less and all others greater.
        sign = {"<": "<=", ">=": ">"}.get(sign, sign)
    return np.asarray(OPERATORS[sign](places, below))


def read(path: Path) -> pa.RecordBatch:
    """Gives the one record batch of an Arrow file, mapped and not copied."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).get_batch(0)


def _column(path: Path, said: dict[str, Any]) -> Column:
    mapped, kind = Mapped(path), str(said["kind"])
    batch = mapped.batch()
    value = batch.column(0)
    if kind == "date":
        value = value.view(pa.int32())
    if said.get("known") == len(value):
        known = np.broadcast_to(_TRUE, len(value))
    else:
        known = batch.column(1).to_numpy(zero_copy_only=True).view(np.bool_)
    return Column(kind, value.to_numpy(zero_copy_only=True), known, mapped)


def missing(place: Path) -> AnjiaError:
    """Gives the error that there is no snapshot."""
    return AnjiaError(
        "snapshot-missing",
        "还没有全市事实快照",
        "There is no fact snapshot of the city yet",
        ("请先运行 anjia snapshot", "Run anjia snapshot first"),
        status=409,
        place=str(place),
    )
