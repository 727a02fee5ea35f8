"""Entries as columns: what a register's own columns are, and how their values read in COPY and in a leaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import numpy as np
from django.apps import apps
from django.db import models
from numpy.typing import NDArray

Column = NDArray[Any]
Ints = NDArray[np.int64]

NEVER = 1 << 40
"""The day, or moment, that never comes: the end of what still holds."""
OPEN = -1
"""No act: the entry still stands."""

SHARED = (
    "id", "subject", "valid_from", "valid_to", "valid", "recorded_from", "recorded_to", "recorded",
    "opened_by", "closed_by",
)  # fmt: skip
NOTHING = "\\N"
VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
KINDS: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, "truth"), (models.DateTimeField, "moment"), (models.DateField, "day"),
    (models.IntegerField, "number"), (models.BinaryField, "bytes"), (models.UUIDField, "uuid"),
    (models.CharField, "text"), (models.TextField, "text"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One own column of a register.

    Attributes:
        kind: `text`, `number`, `truth`, `day` (whole days since 1970), `moment` (text), `bytes`, `uuid`, or
            `json` for whatever else there is.
        default: value of entries that do not say.
    """

    name: str
    kind: str
    null: bool
    default: Any
    length: int | None


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one register as parallel arrays, in the order of the acts that open them.

    Attributes:
        ids: ids of the entries.
        valid_from, valid_to: whole days since 1970, `NEVER` for no end.
        opened, closed: positions among the acts; `OPEN` for what still stands.
        columns: own columns; in a column that may be empty a number below zero and the day `NEVER` are nothing.
    """

    register: str
    ids: Ints
    subject: Ints
    valid_from: Ints
    valid_to: Ints
    opened: Ints
    closed: Ints
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.subject)


@cache
def fields(register: str) -> tuple[Field, ...]:
    """Gives the own columns of a register, from its model."""
    model = apps.get_model("registers", register)
    return tuple(_field(one) for one in model._meta.concrete_fields if one.attname not in SHARED)


def _field(one: models.Field[Any, Any]) -> Field:
    kind = next((name for of, name in KINDS if isinstance(one, of)), "json")
    given = one.db_default if one.has_db_default() else one.get_default()
    default = given.value if isinstance(given, models.Value) else given
    return Field(one.attname, kind, bool(one.null), default, one.max_length)


def texts(field: Field, column: Column | None, count: int) -> tuple[list[str], list[str]]:
    """Gives the values of a column as COPY reads them, and as a leaf holds them (`,"name":value` or nothing).

    Each different value is written once and looked up then, which is what makes a block fast.
    """
    write = WRITERS[field.kind]
    lead = f',"{field.name}":'
    if column is None:
        text, own = _written(write, field.default, lead)
        return [text] * count, [own] * count
    if field.kind == "day":
        return _days(field, column, lead)
    values = column.tolist()
    if field.kind == "number" and field.null:
        values = [None if value is None or value < 0 else value for value in values]
    known = {value: _written(write, value, lead) for value in set(values)} if field.kind != "json" else None
    pairs = [_written(write, v, lead) for v in values] if known is None else [known[v] for v in values]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _written(write: Callable[[Any], tuple[str, str]], value: Any, lead: str) -> tuple[str, str]:
    """A column that holds nothing says nothing in a leaf (see `kernel.log.opened_digest`)."""
    if value is None:
        return NOTHING, ""
    text, own = write(value)
    return text, lead + own if value != "" else ""


def day_texts(days: Ints) -> list[str]:
    """Gives days as ISO dates; each is written once."""
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    if high - low > 4 * len(days) + 100_000:
        return list(np.datetime_as_string(days.astype("datetime64[D]")).tolist())
    calendar = np.arange(low, high + 1).astype("datetime64[D]").astype(str).tolist()
    return [calendar[day] for day in (days - low).tolist()]


def _days(field: Field, column: Column, lead: str) -> tuple[list[str], list[str]]:
    values = np.asarray(column)
    if not field.null:
        found = day_texts(values)
        return found, [f'{lead}"{text}"' for text in found]
    known = values != NEVER
    written = iter(day_texts(values[known]))
    found = [next(written) if one else NOTHING for one in known.tolist()]
    return found, ["" if text == NOTHING else f'{lead}"{text}"' for text in found]


def uuids(drawn: bytes) -> list[str]:
    """Gives random uuids (RFC 9562, version 4) as text, one for each 16 random bytes."""
    digits = drawn.hex()
    return [
        f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{VARIANT[h[16]]}{h[17:20]}-{h[20:]}"
        for h in (digits[at : at + 32] for at in range(0, len(digits), 32))
    ]


def objects(values: Sequence[Any]) -> Column:
    """Gives values of any kind as a column."""
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def escaped(text: str) -> str:
    """Gives a text as COPY reads it."""
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text


def _text(value: Any) -> tuple[str, str]:
    text = str(value)
    return escaped(text), _json(text)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _bytes(value: Any) -> tuple[str, str]:
    text = bytes(value).hex()
    return f"\\\\x{text}", f'"\\\\x{text}"'


def _truth(value: Any) -> tuple[str, str]:
    return ("t", "true") if value else ("f", "false")


WRITERS: Mapping[str, Callable[[Any], tuple[str, str]]] = {
    "text": _text,
    "uuid": _text,
    "moment": _text,
    "day": _text,
    "number": lambda value: (str(value), str(value)),
    "truth": _truth,
    "bytes": _bytes,
    "json": lambda value: (escaped(_json(value)), _json(value)),
}


def own_texts(entries: Entries) -> tuple[Sequence[str], Sequence[list[str]], list[str]]:
    """Gives the names of the own columns, their COPY texts, and each entry's own values as a leaf holds them."""
    count, found = len(entries), []
    for field in fields(entries.register):
        found.append((field.name, *texts(field, entries.columns.get(field.name), count)))
    by_name = sorted(found)
    own = [part[1:] for part in map("".join, zip(*(owns for _, _, owns in by_name), strict=True))]
    return [name for name, _, _ in found], [copies for _, copies, _ in found], own
