"""Reads a CSV file in blocks of typed columns; a row that cannot be read is told with its line and never lost.

A line of the file is a row, whatever its quotes say: a quote that nobody closes costs one row, not the rest.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.utils import timezone
from numpy.typing import NDArray

from anjia.kernel.codes import citizen_no
from anjia.kernel.vault import normalise
from anjia.registers.bulk.columns import NEVER, Column, Ints, objects
from anjia.registers.intake.sheets import KEY, MAKERS, NUMBER, Shape, Sheet, columns_of

BLOCK_BYTES = 4 << 20
NOTHING = -1
"""No subject, and no moment: what was left empty."""
HASHED = 1 << 62
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})日)")
SURROGATE = re.compile(r"[\ud800-\udfff]")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
TRUTHS: Mapping[str, bool] = {
    "1": True, "true": True, "t": True, "是": True, "0": False, "false": False, "f": False, "否": False,
}  # fmt: skip
EPOCH = date(1970, 1, 1).toordinal()
Find = Callable[[str, Ints], Ints]
"""Kind of subject and numbers of keys → subjects, below zero for unknown keys."""


@dataclass(slots=True)
class Block:
    """Rows of a file, column by column.

    Attributes:
        lines: line of each row, from 1.
        values: day: whole days, `NEVER` for none; moment: microseconds, `NOTHING` for none; reference: subject,
            or the key's number where keys are not resolved; the others as they are.
        faults: row → column and code of its first fault.
        unread: line, column, code and text of lines that make no row.
    """

    lines: Ints
    values: dict[str, Column]
    raw: list[str]
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    unread: list[tuple[int, str, str]] = field(default_factory=list)

    def good(self) -> NDArray[np.bool_]:
        """Says which rows have no fault."""
        result = np.ones(len(self.lines), dtype=bool)
        result[list(self.faults)] = False
        return result

    def blame(self, rows: Ints, column: str, code: str) -> None:
        """Notes a fault of rows that have none yet."""
        for row in rows.tolist():
            self.faults.setdefault(row, (column, code))


def digest_of(path: Path) -> str:
    """Gives the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def header_of(path: Path, sheet: Sheet) -> list[Shape]:
    """Gives the columns of a file.

    Raises:
        AnjiaError: `header-unknown`, `header-incomplete`, `header-twice`.
    """
    with path.open("rb") as file:
        first = file.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    return columns_of(sheet, _fields(first) or [])


def read(path: Path, sheet: Sheet, find: Find | None, prefixes: Sequence[str] = ()) -> Iterator[Block]:
    """Gives the rows of a file in blocks.

    Args:
        find: resolves keys; None leaves the numbers of the keys of its own subjects.
        prefixes: unassigned address codes that made-up citizen numbers may carry.
    """
    shapes = header_of(path, sheet)
    reader = _Reader(shapes, find, tuple(prefixes), timezone.localdate(),
                     MAKERS.get(sheet.owner) == sheet.register)  # fmt: skip
    with path.open("rb") as file:
        file.readline()
        line = 2
        while lines := file.readlines(BLOCK_BYTES):
            yield reader.block(lines, line)
            line += len(lines)


def key_numbers(texts: Sequence[str]) -> Ints:
    """Gives keys as whole numbers: those of plain digits as they are, the others hashed to 62 bits."""
    return np.fromiter(map(_key, texts), dtype=np.int64, count=len(texts))


def _key(text: str) -> int:
    if not text:
        return NOTHING
    if len(text) < 18 and text.isascii() and text.isdecimal() and (text[0] != "0" or text == "0"):
        return int(text)
    return HASHED | int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()) >> 2


@dataclass(slots=True)
class _Reader:
    shapes: Sequence[Shape]
    find: Find | None
    prefixes: tuple[str, ...]
    today: date
    makes: bool

    def block(self, lines: list[bytes], first: int) -> Block:
        rows, numbers, raw, unread = [], [], [], []
        for number, text, fields in _split(lines, first):
            if fields is None or len(fields) != len(self.shapes):
                unread.append((number, "row-unreadable" if fields is None else "row-fields", text))
            elif text:
                rows.append(fields)
                numbers.append(number)
                raw.append(text)
        block = Block(np.array(numbers, dtype=np.int64), {}, raw, unread=unread)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self.shapes)
        for shape, texts in zip(self.shapes, columns, strict=True):
            block.values[shape.name] = self._column(block, shape, [text.strip() for text in texts])
        self._check_periods(block)
        self._check_numbers(block)
        return block

    def _column(self, block: Block, shape: Shape, texts: list[str]) -> Column:
        if shape.kind == "reference":
            return self._references(block, shape, texts)
        known = {text: _value(shape, text) for text in set(texts)}
        if any(code for _, code in known.values()):
            for row, text in enumerate(texts):
                if known[text][1]:
                    block.faults.setdefault(row, (shape.name, known[text][1]))
        values = [known[text][0] for text in texts]
        return np.array(values, dtype=np.int64) if shape.kind in ("day", "moment") else objects(values)

    def _references(self, block: Block, shape: Shape, texts: list[str]) -> Column:
        numbers = key_numbers(texts)
        if shape.needed or not shape.blank:
            block.blame(np.flatnonzero(numbers == NOTHING), shape.name, "value-missing")
        if self.find is None:
            # Keys of its own subjects are made known by this very file; what it refers to is read already.
            return numbers
        found = self.find(shape.refers, numbers)
        if shape.name != KEY or not self.makes:
            # A row that makes its own subject known lacks it only for a fault of its own.
            block.blame(np.flatnonzero((found < 0) & (numbers != NOTHING)), shape.name, "reference-unknown")
        return found

    def _check_periods(self, block: Block) -> None:
        values, count = block.values, len(block.lines)
        now = int(timezone.now().timestamp() * 1_000_000)
        begin, end = (values.get(name, np.full(count, none)) for name, none in
                      (("valid_from", NEVER), ("valid_to", NEVER)))  # fmt: skip
        block.blame(np.flatnonzero(end <= begin), "valid_to", "period-empty")
        known, closed = (values.get(name, np.full(count, NOTHING)) for name in ("recorded_from", "recorded_to"))
        block.blame(np.flatnonzero(known > now), "recorded_from", "moment-future")
        block.blame(np.flatnonzero(closed > now), "recorded_to", "moment-future")
        block.blame(np.flatnonzero((closed != NOTHING) & (closed <= known)), "recorded_to", "period-empty")
        block.blame(np.flatnonzero((closed != NOTHING) & (known == NOTHING)), "recorded_from", "value-missing")
        if "kin" in values:
            block.blame(np.flatnonzero(values["kin"] == values[KEY]), "kin", "reference-self")

    def _check_numbers(self, block: Block) -> None:
        if NUMBER not in block.values:
            return
        texts = [normalise(text) if text else "" for text in block.values[NUMBER].tolist()]
        block.values[NUMBER] = objects(texts)
        for row, kind in enumerate(block.values["kind"].tolist()):
            if kind == "citizen_no" and row not in block.faults and not self._is_citizen_no(texts[row]):
                block.faults[row] = (NUMBER, "citizen-no-wrong")

    def _is_citizen_no(self, text: str) -> bool:
        return len(text) == 18 and citizen_no.validate(text, synthetic_prefixes=self.prefixes, today=self.today) is None


def _split(lines: list[bytes], first: int) -> Iterator[tuple[int, str, list[str] | None]]:
    """Gives line number, text and fields; no fields for what cannot be read, no text for an empty line."""
    try:
        texts = b"".join(lines).decode().split("\n")[: len(lines)]
    except UnicodeDecodeError:
        texts = [line.decode(errors="surrogateescape").rstrip("\n") for line in lines]
    for number, text in enumerate(texts, first):
        line = text.rstrip("\r")
        if not line.strip():
            continue
        readable = line.isascii() or not SURROGATE.search(line)
        yield number, line, _fields(line) if readable else None


def _fields(line: str) -> list[str] | None:
    if '"' not in line:
        return line.split(",")
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _value(shape: Shape, text: str) -> tuple[Any, str]:
    """Gives the value of a text and the code of what is wrong with it."""
    if not text:
        return EMPTY[shape.kind], "" if shape.blank or not shape.needed else "value-missing"
    if CONTROL.search(text):
        return EMPTY[shape.kind], "value-control"
    if shape.allowed is not None and text not in shape.allowed:
        return EMPTY[shape.kind], "code-unknown"
    if shape.length is not None and len(text) > shape.length:
        return EMPTY[shape.kind], "value-long"
    return CONVERT[shape.kind](text)


def day_of(text: str) -> tuple[int, str]:
    """Gives a day as a whole number since 1970."""
    found = DATE.fullmatch(text)
    if found is not None:
        year, *rest = (int(part) for part in found.groups() if part is not None)
        try:
            return date(year, *rest).toordinal() - EPOCH, ""
        except ValueError:
            pass
    return NEVER, "date-malformed"


def _moment(text: str) -> tuple[int, str]:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return NOTHING, "moment-malformed"
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    if not 1800 <= found.year <= 9000:
        return NOTHING, "moment-malformed"
    delta = found - BEGIN
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds, ""


def _number(text: str) -> tuple[int | None, str]:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text), ""
    return None, "value-type"


def _truth(text: str) -> tuple[bool | None, str]:
    found = TRUTHS.get(text.lower())
    return found, "" if found is not None else "value-type"


BEGIN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
EMPTY: Mapping[str, Any] = {
    "text": "", "day": NEVER, "moment": NOTHING, "number": None, "truth": None, "json": None, "bytes": None,
    "uuid": None,
}  # fmt: skip
CONVERT: Mapping[str, Callable[[str], tuple[Any, str]]] = {
    "text": lambda text: (text, ""), "day": day_of, "moment": _moment, "number": _number, "truth": _truth,
    "json": lambda text: (None, "value-type"), "bytes": lambda text: (None, "value-type"),
    "uuid": lambda text: (None, "value-type"),
}  # fmt: skip
