"""Blocks of good rows become acts: one IMPORT act for so many rows of a file and one moment, with their lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anjia.kernel import log
from anjia.kernel.vault import vault
from anjia.registers.bulk import columns, leaves, sealing
from anjia.registers.bulk.columns import NEVER, OPEN, Column, Entries, Ints
from anjia.registers.bulk.leaves import Acts, Written
from anjia.registers.intake.reading import NOTHING, Block
from anjia.registers.intake.sheets import KEY, NUMBER, Sheet

EVENT = "IMPORT"
ACT_ROWS = 500
"""Rows of one act: few enough that a broken leaf names a short list, many enough to cost nothing."""
DAY = 86_400_000_000
CITY_HOURS = 8 * 3_600_000_000
"""Asia/Shanghai, in which an act's day is reckoned."""
Number = Callable[[str, int], Ints]
"""Sequence and how many → numbers given out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence rows come: what their acts say about them.

    Attributes:
        load: id of the loading, `registers_load`.
        at: the moment from which the register knows rows that do not say, microseconds since 1970 UTC.
    """

    load: int
    file: str
    digest: str
    definition: str
    actor: int
    at: int
    prior_root: bytes


def written(block: Block, rows: Ints, sheet: Sheet, origin: Origin, number: Number) -> list[Written]:
    """Gives the chosen rows of a block as acts and entries, ready for COPY.

    Rows are known to the register from the moment that they name; those that name none, from now on.
    """
    values = {name: column[rows] for name, column in block.values.items()}
    lines, count = block.lines[rows], len(rows)
    known, closed = (values.get(name, np.full(count, NOTHING)) for name in ("recorded_from", "recorded_to"))
    known = np.where(known == NOTHING, origin.at, known)
    order = np.argsort(known, kind="stable")
    known, closed, lines = known[order], closed[order], lines[order]
    opens, moments = _chunks(known)
    moments, opens, closes = _with_closings(moments, opens, closed)
    table = Entries(
        sheet.register, number(f"registers_{sheet.register}", count), values[KEY][order], values["valid_from"][order],
        _ends(values, count)[order], opens, closes, _own(sheet, values, order),
    )  # fmt: skip
    acts = _acts(moments, opens, lines, origin, number)
    return leaves.write(acts, [table])


def _chunks(known: Ints) -> tuple[Ints, Ints]:
    """Gives for each row, in the order of moments, its act, and the moment of each act."""
    new = np.ones(len(known), dtype=bool)
    new[1:] = known[1:] != known[:-1]
    starts = np.flatnonzero(new)
    within = np.arange(len(known)) - np.repeat(starts, np.diff(np.append(starts, len(known))))
    begins = new | (within % ACT_ROWS == 0)
    return np.cumsum(begins) - 1, known[begins]


def _with_closings(moments: Ints, opens: Ints, closed: Ints) -> tuple[Ints, Ints, Ints]:
    """Adds acts for the moments at which nothing but closings happens."""
    over = closed != NOTHING
    extra = np.setdiff1d(closed[over], moments)
    every = np.concatenate([moments, extra])
    order = np.argsort(every, kind="stable")
    place = np.empty(len(every), dtype=np.int64)
    place[order] = np.arange(len(every))
    ordered = every[order]
    closes = np.where(over, np.searchsorted(ordered, closed), OPEN)
    return ordered, place[opens], closes


def _ends(values: Mapping[str, Column], count: int) -> Ints:
    return values.get("valid_to", np.full(count, NEVER))


def _own(sheet: Sheet, values: Mapping[str, Column], order: Ints) -> dict[str, Column]:
    """Gives the register's own columns; what was left empty has the register's own default."""
    found = {}
    for field in columns.fields(sheet.register):
        if field.name in values:
            column = values[field.name][order]
            if column.dtype == object and not field.null:
                column = columns.objects([field.default if one is None else one for one in column.tolist()])
            elif field.kind == "day" and field.null:
                column = columns.objects([None if day == NEVER else day for day in column.tolist()])
            found[field.name] = column
    if NUMBER in values:
        kinds, texts = values["kind"][order].tolist(), values[NUMBER][order].tolist()
        found |= sealing.sealed(vault(), kinds, texts, os.urandom(16 * len(texts)))
    return found


def _acts(moments: Ints, opens: Ints, lines: Ints, origin: Origin, number: Number) -> Acts:
    count = len(moments)
    evidence: list[bytes] = []
    for start, end in zip(*_edges(opens, count), strict=True):
        about: dict[str, Any] = {"import": origin.load, "file": origin.file, "sha256": origin.digest}
        if end > start:
            about["lines"] = ranges(lines[start:end].tolist())
        evidence.append(log.evidence_text(about))
    return Acts(
        number("kernel_act", count), columns.uuids(os.urandom(16 * count)), [EVENT] * count, [""] * count,
        (moments + CITY_HOURS) // DAY, moments, [f"批量导入：{origin.file}"] * count, evidence, origin.definition,
        origin.actor, origin.prior_root,
    )  # fmt: skip


def _edges(opens: Ints, count: int) -> tuple[list[int], list[int]]:
    edges = np.searchsorted(opens, np.arange(count + 1)).tolist()
    return edges[:-1], edges[1:]


def ranges(lines: list[int]) -> str:
    """Gives lines, in the order of the entries, as `2-501,503`."""
    parts: list[str] = []
    first = last = lines[0]
    for line in [*lines[1:], None]:
        if line is not None and line == last + 1:
            last = line
            continue
        parts.append(str(first) if first == last else f"{first}-{last}")
        if line is not None:
            first = last = line
    return ",".join(parts)


def lines_of(text: str) -> list[int]:
    """Gives the lines that `ranges` wrote."""
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found
