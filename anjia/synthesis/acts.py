"""The acts of the town: one row an event, with the leaf that the log of acts verifies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from anjia.kernel import log
from anjia.registers.divisions import station_of
from anjia.synthesis import days, events
from anjia.synthesis.draws import Ints
from anjia.synthesis.entries import Table
from anjia.synthesis.events import KINDS, NOT, Acts
from anjia.synthesis.names import Texts
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

EVIDENCE: Mapping[str, Any] = {"synthetic": True}
DATES = frozenset({"birth_on", "since", "arrived_on"})
"""Columns of registers that hold days."""

REASONS = {
    "IMPORT": "合成数据：期初登记", "BIRTH": "合成数据：出生登记", "DEATH": "合成数据：死亡注销",
    "AMEND_MARITAL": "合成数据：婚姻状况变更", "MOVE_IN": "合成数据：市外迁入", "MOVE_INTRA": "合成数据：市内移居",
    "MOVE_OUT": "合成数据：迁出市外", "SPLIT": "合成数据：分户", "NEWHH": "合成数据：立户",
    "AMEND_EDUCATION": "合成数据：文化程度变更", "AMEND_NAME": "合成数据：姓名变更", "CORRECT": "合成数据：姓名更正",
    "RESREG": "合成数据：居住登记",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """A table ready to be written: in the order of acts, with ids, as plain Python values.

    Attributes:
        names: the register's own columns; `values` one list each.
        opened, closed: positions among the acts; `closed` is -1 for what still stands.
    """

    register: str
    first: int
    subject: list[int]
    valid_from: list[str]
    valid_to: list[str | None]
    opened: Ints
    closed: Ints
    names: tuple[str, ...]
    values: Sequence[list[Any]]


def number(town: Town, made: Registers) -> Acts:
    """Gives the acts: the events that left a trace in a table, by the moment of their registration."""
    used = np.zeros(len(town.events.day), dtype=bool)
    for table in made.tables.values():
        used[table.opened] = True
        used[table.closed[table.closed != NOT]] = True
    return events.order(town.events, used)


def rows(table: Table, acts: Acts, first: int) -> Rows:
    """Orders a table by act and turns it into plain values.

    Args:
        first: id of the first entry.
    """
    opened = acts.number[table.opened]
    order = np.argsort(opened, kind="stable")
    closed = np.where(table.closed[order] == NOT, NOT, acts.number[table.closed[order]])
    names = tuple(table.columns)
    values = [_plain(name, table.columns[name][order]) for name in names]
    ends = table.valid_to[order]
    last = _dates(np.where(ends == days.NEVER, 0, ends))
    return Rows(
        table.register,
        first,
        table.subject[order].tolist(),
        _dates(table.valid_from[order]),
        [day if over else None for day, over in zip(last, (ends != days.NEVER).tolist(), strict=True)],
        opened[order],
        closed,
        names,
        values,
    )


def _plain(name: str, column: np.ndarray[Any, Any]) -> list[Any]:
    if name in DATES:
        return _dates(column)
    if name == "place":
        return [value if value >= 0 else None for value in column.tolist()]
    return list(column.tolist())


def _dates(column: Ints) -> list[str]:
    return list(column.astype("datetime64[D]").astype(str).tolist())


def stations(town: Town, made: Registers, acts: Acts) -> Texts:
    """Gives the station that did each act: the one of the household or dwelling it is about."""
    area = town.city.area
    codes = np.array([station_of(code) for code in area.town_codes], dtype=object)
    result = np.full(len(town.events.day), "", dtype=object)
    of_person = np.full(made.keys.last + 1, "", dtype=object)
    home = made.keys.person[: town.size]
    of_person[home] = codes[area.site_town[town.built.dwellings.site[town.built.home[: town.size]]]]
    of_person[made.keys.person[town.stays.key]] = codes[area.site_town[town.built.households.site[town.stays.value]]]
    for register in ("particulars", "status", "condition", "kinship", "identity"):
        table = made.tables[register]
        for event in (table.opened, np.where(table.closed == NOT, table.opened, table.closed)):
            result[event] = of_person[table.subject]
    for register in ("household", "residence"):
        result[made.tables[register].opened] = made.tables[register].columns["station"]
    household = town.built.households.site[town.members.value]
    result[town.members.opened] = codes[area.site_town[household]]
    result[: len(codes)] = codes
    return result[acts.event]


def write(
    town: Town, acts: Acts, station: Texts, tables: Sequence[Rows], first: int, actor: int, rng: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    """Gives the rows of the acts in their order, each with its leaf and the marks of its entries.

    Args:
        first: id of the first act.
        actor: who is named as the actor.
    """
    kinds = [KINDS[kind] for kind in town.events.kind[acts.event].tolist()]
    dates = _dates(town.events.day[acts.event])
    opens = [_Cursor(table.opened, np.arange(len(table.subject))) for table in tables]
    order = [np.argsort(table.closed, kind="stable") for table in tables]
    closes = [_Cursor(table.closed[by], by, skip=NOT) for table, by in zip(tables, order, strict=True)]
    for position, at in enumerate(acts.at.tolist()):
        act = {
            "id": first + position, "key": uuid.UUID(bytes=rng.bytes(16), version=4), "event": kinds[position],
            "definition": town.city.digest, "actor_id": actor, "grant_id": None, "on_behalf_of": None,
            "case_number": "", "station": station[position], "effective_on": dates[position],
            "at": datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000),
            "reason": REASONS[kinds[position]], "evidence": EVIDENCE,
        }  # fmt: skip
        opened = [
            (table.register, table.subject[row], table.valid_from[row], table.valid_to[row],
             {name: column[row] for name, column in zip(table.names, table.values, strict=True)})
            for table, cursor in zip(tables, opens, strict=True) for row in cursor.take(position)
        ]  # fmt: skip
        closed = [
            (table.register, table.first + row)
            for table, cursor in zip(tables, closes, strict=True) for row in cursor.take(position)
        ]  # fmt: skip
        entries = log.digests(closed, opened)
        yield (*act.values(), log.leaf_of(act, entries, b""), log.parts(entries))


class _Cursor:
    """Walks the rows of a table by act."""

    def __init__(self, act: Ints, row: Ints, skip: int | None = None) -> None:
        start = int(np.searchsorted(act, 0)) if skip is not None else 0
        self._act, self._row, self._at = act[start:].tolist(), row[start:].tolist(), 0

    def take(self, position: int) -> list[int]:
        """Gives the rows of the next act; acts must be asked for in ascending order."""
        start = self._at
        while self._at < len(self._act) and self._act[self._at] == position:
            self._at += 1
        return self._row[start : self._at]
