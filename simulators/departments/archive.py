"""The departments' own data file: records by kind, where to find them, and the log of queries."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]

SCHEMA = """
create table if not exists record (
    kind text not null, key text not null, body text not null, origin text not null,
    primary key (kind, key)) without rowid;
create table if not exists finder (
    kind text not null, term text not null, key text not null,
    primary key (kind, term, key)) without rowid;
create index if not exists finder_by_key on finder (kind, key);
create table if not exists loaded (file text primary key, digest text not null) without rowid;
create table if not exists query (
    id integer primary key, request_id text not null unique, at text not null,
    interface text not null, purpose text not null, case_number text not null,
    subject text not null, outcome text not null);
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its file, its key, and the terms by which a desk finds it."""

    file: str
    key: str
    needs: tuple[str, ...]
    terms: Callable[[Record], list[str]]


KINDS: Mapping[str, Kind] = {
    "lease": Kind(
        "leases.jsonl",
        "contract_no",
        ("contract_no", "tenant_no", "tenant_name", "lessor_no", "lessor_name", "place_code",
         "address", "start_on", "end_on", "filed_on"),
        lambda row: [f"tenant:{row['tenant_no']}"],
    ),
    "title": Kind(
        "titles.jsonl",
        "title_no",
        ("title_no", "holders", "usage", "land_right", "address", "place_code", "registered_on",
         "seized", "mortgaged"),
        lambda row: [f"place:{row['place_code']}"] + [f"holder:{one['no']}" for one in row["holders"]],
    ),
    "person": Kind("people.jsonl", "no", ("no", "name", "birth_on", "sex"), lambda row: []),
    "marriage": Kind(
        "marriages.jsonl",
        "certificate_no",
        ("certificate_no", "spouses", "registered_on", "ended_on"),
        lambda row: [f"spouse:{one['no']}" for one in row["spouses"]],
    ),
    "birth": Kind(
        "births.jsonl",
        "certificate_no",
        ("certificate_no", "issued_on", "multiple", "child", "father", "mother"),
        lambda row: [f"parent:{row[one]['no']}" for one in ("father", "mother") if row[one]],
    ),
    "bar": Kind("bars.jsonl", "no", ("no", "barred", "approved"), lambda row: []),
    "auction": Kind(
        "auctions.jsonl",
        "ruling_no",
        ("ruling_no", "buyer_no", "place_code", "address", "effective_on"),
        lambda row: [f"buyer:{row['buyer_no']}"],
    ),
    "employment": Kind("employment.jsonl", "no", ("no", "active", "unit", "months"), lambda row: []),
    "pupil": Kind("pupils.jsonl", "no", ("no", "attending", "school"), lambda row: []),
    "answer": Kind("answers.jsonl", "key", ("key", "answer"), lambda row: []),
}  # fmt: skip


class ArchiveError(Exception):
    """A record that the archive cannot take; the text names file, line and key."""


class Archive:
    """The data file; safe to use from the server's threads."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the data file."""
        with self._lock:
            self._connection.close()

    def load(self, folder: Path, say: Callable[[str], None]) -> None:
        """Takes in the JSON lines files of a folder whose digest changed; a missing file is empty.

        Records that the control desk added stay.

        Raises:
            ArchiveError: for a line that is no JSON object or lacks a key; nothing of it is kept.
        """
        for name, kind in KINDS.items():
            path = folder / kind.file
            digest = _digest(path)
            known = self._one("select digest from loaded where file = ?", kind.file)
            if known is not None and known[0] == digest:
                say(f"{kind.file}: unchanged, {self.count(name)} records")
                continue
            self._reload(name, kind, path, digest)
            say(f"{kind.file}: {self.count(name)} records read")

    def add(self, name: str, row: Any) -> None:
        """Takes in one record, in place of the one with the same key.

        Raises:
            ArchiveError: for an unknown kind or a record that lacks a key.
        """
        if name not in KINDS:
            raise ArchiveError(f"unknown kind {name!r}; known: {', '.join(KINDS)}")
        _check(KINDS[name], row, "record")
        with self._lock, self._connection:
            self._connection.execute("begin immediate")
            self._put(name, KINDS[name], row, "control")

    def count(self, name: str) -> int:
        """Counts the records of a kind."""
        found = self._one("select count(*) from record where kind = ?", name)
        return int(found[0]) if found else 0

    def get(self, name: str, key: str) -> Record | None:
        """Gives the record with this key, None if there is none."""
        found = self._one("select body from record where kind = ? and key = ?", name, key)
        return json.loads(found[0]) if found else None

    def find(self, name: str, term: str) -> list[Record]:
        """Gives the records found under a term, ordered by key."""
        sql = "select body from finder join record using (kind, key) where kind = ? and term = ? order by key"
        with self._lock:
            rows = self._connection.execute(sql, (name, term)).fetchall()
        return [json.loads(body) for (body,) in rows]

    def enter(self, entry: Mapping[str, str]) -> int | None:
        """Logs a query before it is answered and gives its serial; None for a replayed request id."""
        sql = """insert into query (request_id, at, interface, purpose, case_number, subject, outcome)
                 values (:request_id, :at, :interface, :purpose, :case_number, :subject, 'received')
                 on conflict (request_id) do nothing returning id"""
        with self._lock:
            found = self._connection.execute(sql, entry).fetchone()
        return int(found[0]) if found else None

    def settle(self, serial: int, outcome: str) -> None:
        """Logs what came of a query."""
        with self._lock:
            self._connection.execute("update query set outcome = ? where id = ?", (outcome, serial))

    def queries(self) -> list[Record]:
        """Gives the log of queries, oldest first."""
        with self._lock:
            cursor = self._connection.execute("select * from query order by id")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def _one(self, sql: str, *values: str) -> tuple[Any, ...] | None:
        with self._lock:
            found: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return found

    def _reload(self, name: str, kind: Kind, path: Path, digest: str) -> None:
        with self._lock, self._connection:
            run = self._connection.execute
            run("begin immediate")
            run(
                """delete from finder where kind = ? and key in
                   (select key from record where kind = ? and origin = 'file')""",
                (name, name),
            )
            run("delete from record where kind = ? and origin = 'file'", (name,))
            added = {key for (key,) in run("select key from record where kind = ?", (name,))}
            for where, row in _lines(kind, path):
                # What the control desk changed after loading is newer than the file.
                if row[kind.key] in added:
                    continue
                try:
                    self._insert(name, kind, row, "file")
                except sqlite3.IntegrityError as error:
                    raise ArchiveError(f"{where}: its {kind.key} stands there twice") from error
            run("insert or replace into loaded values (?, ?)", (kind.file, digest))

    def _put(self, name: str, kind: Kind, row: Record, origin: str) -> None:
        for table in ("finder", "record"):
            self._connection.execute(f"delete from {table} where kind = ? and key = ?", (name, row[kind.key]))
        self._insert(name, kind, row, origin)

    def _insert(self, name: str, kind: Kind, row: Record, origin: str) -> None:
        key = row[kind.key]
        body = json.dumps(row, ensure_ascii=False)
        self._connection.execute("insert into record values (?, ?, ?, ?)", (name, key, body, origin))
        terms = [(name, term, key) for term in kind.terms(row)]
        self._connection.executemany("insert or ignore into finder values (?, ?, ?)", terms)


def _digest(path: Path) -> str:
    if not path.exists():
        return "absent"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(kind: Kind, path: Path) -> Iterator[tuple[str, Record]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            where = f"{path.name} line {number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ArchiveError(f"{where}: not JSON ({error})") from error
            _check(kind, row, where)
            yield where, row


def _check(kind: Kind, row: Any, where: str) -> None:
    if not isinstance(row, dict):
        raise ArchiveError(f"{where}: a JSON object is needed")
    missing = [key for key in kind.needs if key not in row]
    if missing:
        raise ArchiveError(f"{where}: lacks {', '.join(missing)}")
    if not isinstance(row[kind.key], str):
        raise ArchiveError(f"{where}: {kind.key} must be text")
    try:
        kind.terms(row)
    except (KeyError, TypeError) as error:
        raise ArchiveError(f"{where}: cannot be filed ({type(error).__name__}: {error})") from error
