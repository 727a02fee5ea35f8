"""The journal: the acts one after the other, each with the entries that it opened and closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection

ACTS = """
SELECT id, key, event, definition, actor_id, grant_id, on_behalf_of, case_number, station, effective_on,
       at, reason, evidence::text AS evidence, leaf, prior_root, parts, at::text AS moment FROM kernel_act ORDER BY id
"""
# A span that does not follow from its ends was put there by force: it is no column that can be set.
OPENED = """
SELECT e.opened_by, '{register}', e.id, e.recorded_from::text, e.subject, e.valid_from::text, e.valid_to::text,
       (SELECT row_to_json(o)::text FROM (SELECT {own}) o),
       e.valid = daterange(e.valid_from, e.valid_to) AND e.recorded = tstzrange(e.recorded_from, e.recorded_to)
  FROM registers_{register} e
"""
CLOSED = """
SELECT e.closed_by, '{register}', e.id, e.recorded_to::text FROM registers_{register} e WHERE e.closed_by IS NOT NULL
"""
SHARED = (
    "id", "subject", "valid_from", "valid_to", "valid", "recorded", "recorded_from", "recorded_to",
    "opened_by", "closed_by",
)  # fmt: skip
"""Columns that every register has; the rest are its own."""

PAGE = 2000


class Opened(NamedTuple):
    """An entry that an act opened; `own` is the JSON of the register's own columns, `at` as PostgreSQL writes it."""

    act: int
    register: str
    id: int
    at: str
    subject: int
    valid_from: str
    valid_to: str | None
    own: str
    whole: bool


class Closed(NamedTuple):
    """The closing of an entry by an act; `at` as PostgreSQL writes it."""

    act: int
    register: str
    id: int
    at: str


@dataclass(slots=True)
class Done:
    """One act with everything that it wrote.

    Attributes:
        act: its columns without `evidence`, `leaf`, `prior_root` and `parts`.
        evidence: JSON text as it is stored.
        moment: its `at` as PostgreSQL writes it, to be compared with that of its entries.
    """

    act: dict[str, Any]
    evidence: str
    leaf: bytes
    prior_root: bytes
    parts: bytes
    opened: list[Opened]
    closed: list[Closed]
    moment: str

    @property
    def id(self) -> int:
        """Id of the act."""
        return int(self.act["id"])


def read(registers: Sequence[str]) -> Iterator[Done | Opened | Closed]:
    """Gives the acts in their order; an entry that no act opened or closed comes by itself.

    Must run inside a transaction that sees one snapshot; nothing but a page is held in memory.

    Args:
        registers: names of the registers whose entries acts write.
    """
    opens = _Stream(Opened, [OPENED.format(register=name, own=_listed(name)) for name in registers])
    closes = _Stream(Closed, [CLOSED.format(register=name) for name in registers])
    names = ("id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number",
             "station", "effective_on", "at", "reason")  # fmt: skip
    for row in _rows(ACTS):
        number = row[0]
        yield from opens.before(number)
        yield from closes.before(number)
        own = dict(zip(names, row, strict=False))
        yield Done(
            own, row[12], bytes(row[13]), bytes(row[14]), bytes(row[15]), opens.of(number), closes.of(number), row[16]
        )
    yield from opens.rest()
    yield from closes.rest()


def own_columns(register: str) -> list[str]:
    """Gives the register's own columns, those that the database derives left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' AND attname <> ALL(%s) ORDER BY attnum",
            [f"registers_{register}", list(SHARED)],
        )
        return [row[0] for row in cursor.fetchall()]


def _listed(register: str) -> str:
    return ", ".join(f'e."{name}"' for name in own_columns(register))


Kind = TypeVar("Kind", Opened, Closed)


class _Stream(Generic[Kind]):
    """Rows in the order of their acts, read once."""

    def __init__(self, kind: type[Kind], parts: Sequence[str]) -> None:
        # An act's number is its place in time, so the server sorts and we only walk.
        found = _rows(" UNION ALL ".join(parts) + " ORDER BY 1")
        self._rows: Iterator[Kind] = (kind._make(row) for row in found)
        self._next: Kind | None = next(self._rows, None)

    def of(self, act: int) -> list[Kind]:
        """Gives the rows of one act."""
        taken = []
        while self._next is not None and self._next.act == act:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def before(self, act: int) -> Iterator[Kind]:
        """Gives the rows whose act does not exist."""
        while self._next is not None and self._next.act < act:
            yield self._next
            self._next = next(self._rows, None)

    def rest(self) -> Iterator[Kind]:
        """Gives what is left."""
        while self._next is not None:
            yield self._next
            self._next = next(self._rows, None)


def _rows(sql: str) -> Iterator[tuple[Any, ...]]:
    """Gives the rows of a query page by page from a cursor at the server."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while page := cursor.fetchmany(PAGE):
            yield from page
