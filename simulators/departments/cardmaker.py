"""The card maker: takes orders in batches, makes each card once, and may lose or reject some."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists card (number text primary key, serial text not null unique, batch text not null)
    without rowid;
"""
NEEDED = ("number", "name", "citizen_no", "portrait", "signed_on")
BATCH_LIMIT = 100


class OrderError(ValueError):
    """An order that cannot be read; the text says why."""


@dataclass
class CardMaker:
    """The workshop; it keeps what it made in a file of its own.

    Attributes:
        lose: numbers of orders that get lost on the way in, once each.
        reject: numbers that cannot be made, with the reason.
        silent: how many more batches are made without an answer.
    """

    path: Path
    lose: set[str] = field(default_factory=set)
    reject: dict[str, str] = field(default_factory=dict)
    silent: int = 0

    def __post_init__(self) -> None:
        """Opens the workshop's file."""
        self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the workshop's file."""
        with self._lock:
            self._connection.close()

    def order(self, body: bytes) -> tuple[dict[str, Any], bool]:
        """Makes the cards of a batch; a number that was made before gives the same card again.

        Returns:
            The answer, and whether it is sent at all.

        Raises:
            OrderError: for what is no order.
        """
        batch, cards = _read(body)
        with self._lock, self._connection:
            self._connection.execute("begin immediate")
            answered = [one for one in (self._make(batch, card) for card in cards) if one is not None]
        silent, self.silent = self.silent > 0, max(self.silent - 1, 0)
        return {"batch": batch, "cards": answered}, not silent

    def instruct(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Takes an instruction of the control desk and gives what was made, by number."""
        self.lose |= set(order.get("lose", ()))
        self.reject |= dict(order.get("reject", {}))
        for number in order.get("accept", ()):
            self.reject.pop(number, None)
        self.silent = int(order.get("silent", self.silent))
        with self._lock:
            rows = self._connection.execute("select number, serial from card order by number").fetchall()
        return {"made": dict(rows)}

    def _make(self, batch: str, card: Mapping[str, str]) -> dict[str, str] | None:
        number = card["number"]
        if number in self.lose:
            self.lose.discard(number)
            return None
        if number in self.reject:
            return {"number": number, "state": "rejected", "reason": self.reject[number]}
        run = self._connection.execute
        found = run("select serial from card where number = ?", (number,)).fetchone()
        if found is None:
            made = run("select count(*) from card").fetchone()[0]
            found = (f"CM{made + 1:010d}",)
            run("insert into card values (?, ?, ?)", (number, found[0], batch))
        return {"number": number, "state": "made", "serial": found[0]}


def _read(body: bytes) -> tuple[str, list[dict[str, str]]]:
    try:
        content = json.loads(body)
        batch, cards = content["batch"], content["cards"]
    except (ValueError, KeyError, TypeError) as error:
        raise OrderError("the body must be a JSON object with batch and cards") from error
    if not isinstance(batch, str) or not isinstance(cards, list) or not 0 < len(cards) <= BATCH_LIMIT:
        raise OrderError(f"batch must be text, cards a list of 1 to {BATCH_LIMIT}")
    for card in cards:
        _check(card)
    return batch, cards


def _check(card: Any) -> None:
    missing: Iterable[str] = NEEDED
    if isinstance(card, dict):
        missing = [name for name in NEEDED if not isinstance(card.get(name), str)]
    if missing:
        raise OrderError(f"a card lacks {', '.join(missing)}")
