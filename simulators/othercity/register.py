"""The other city's own data file: its persons, whether they are registered there, and its moves."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

Record = dict[str, Any]

SCHEMA = """
create table if not exists person (
    number text primary key, body text not null, registered integer not null, held_by text) without rowid;
create table if not exists move (
    uid text primary key, role text not null, state text not null, body text not null, answer text) without rowid;
create table if not exists letter (id integer primary key, move text not null, sent integer not null,
    kind text not null, at text not null);
"""


class Register:
    """The data file; safe to use from the server's threads."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.lock = threading.RLock()
        self._connection.execute("pragma journal_mode = wal")
        self._connection.executescript(SCHEMA)

    def load(self, path: Path) -> int:
        """Takes in persons whom it does not know from JSON lines and gives how many it knows then."""
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self.add(json.loads(line), anew=False)
        return int(self._one("select count(*) from person")[0])

    def add(self, person: Record, *, anew: bool = True) -> None:
        """Registers a person there, by default in place of what was known."""
        verb = "insert or replace" if anew else "insert or ignore"
        self._run(f"{verb} into person values (?, ?, 1, null)", person["number"], json.dumps(person))

    def person(self, number: str) -> Record | None:
        """Gives a person with `registered` and `held_by`, None for a stranger."""
        found = self._one("select body, registered, held_by from person where number = ?", number)
        return {**json.loads(found[0]), "registered": bool(found[1]), "held_by": found[2]} if found else None

    def hold(self, number: str, uid: str | None) -> None:
        """Holds a person for a move, or sets the person free."""
        self._run("update person set held_by = ? where number = ?", uid, number)

    def leave(self, number: str) -> None:
        """Closes a person's registration there."""
        self._run("update person set registered = 0, held_by = null where number = ?", number)

    def move(self, uid: str) -> Record | None:
        """Gives a move with its last answer, None when there is none."""
        found = self._one("select uid, role, state, body, answer from move where uid = ?", uid)
        if found is None:
            return None
        keys = ("uid", "role", "state", "body", "answer")
        row = dict(zip(keys, found, strict=True))
        return {**row, "body": json.loads(row["body"]), "answer": json.loads(row["answer"] or "null")}

    def put(self, uid: str, role: str, state: str, body: Record, answer: Record | None = None) -> None:
        """Stores a move."""
        self._run(
            "insert or replace into move values (?, ?, ?, ?, ?)", uid, role, state, json.dumps(body),
            json.dumps(answer) if answer else None,
        )  # fmt: skip

    def moves(self) -> list[Record]:
        """Gives all moves."""
        with self.lock:
            uids = [row[0] for row in self._connection.execute("select uid from move order by uid")]
        return [found for uid in uids if (found := self.move(uid)) is not None]

    def note(self, uid: str, kind: str, at: str, *, sent: bool) -> None:
        """Notes that a letter went or came."""
        self._run("insert into letter (move, sent, kind, at) values (?, ?, ?, ?)", uid, int(sent), kind, at)

    def letters(self) -> list[Record]:
        """Gives the letters, oldest first."""
        with self.lock:
            rows = self._connection.execute("select move, sent, kind, at from letter order by id").fetchall()
        return [dict(zip(("move", "sent", "kind", "at"), row, strict=True)) for row in rows]

    def _one(self, sql: str, *values: Any) -> Any:
        with self.lock:
            return self._connection.execute(sql, values).fetchone()

    def _run(self, sql: str, *values: Any) -> None:
        with self.lock:
            self._connection.execute(sql, values)
