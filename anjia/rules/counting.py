"""What may be told of whom a rule reaches: by area and age, and why the others do not meet it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.specs import RuleSpec
from anjia.rules import hiding
from anjia.rules.finding import CODES, Verdict, Verdicts
from anjia.rules.hiding import Groups, Shown
from anjia.rules.snapshot import EPOCH, Snapshot

AGES = (0, 3, 6, 15, 18, 35, 50, 60, 70, 80)
DISTRICT = 6
"""Digits of a division code that name the county or district."""
VERDICTS: tuple[Verdict, ...] = ("yes", "no", "unknown")
SEVERAL, MET = "several", "met"

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts by area and age band; rows and columns as `areas` and `ages` say, then the totals."""

    areas: tuple[str, ...]
    ages: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why people do or do not meet a rule: verdict → class → how many.

    A person belongs to one class: `met`, the one clause that alone stands in the way, or `several`.

    Attributes:
        exact: the counts themselves, for those who define the rule; never shown to others.
        shown: the same with small classes hidden.
    """

    exact: dict[str, dict[str, int]]
    shown: Groups

    def count(self, verdict: str, reason: str = "") -> int | None:
        """Gives how many have a verdict (for one class of reasons), None when hidden."""
        return self.shown.cells[verdict][reason] if reason else self.shown.totals[verdict]


def reasons(verdicts: Verdicts, rule: RuleSpec, within: Mask | None = None) -> Reasons:
    """Gives the distribution of reasons of a rule that was evaluated with its clauses.

    Args:
        within: only these rows, for an area; None for all.
    """
    codes = verdicts.codes(rule.id)
    open_ = [np.isin(verdicts.codes(rule.id, clause=one.id), (CODES["no"], CODES["unknown"])) for one in rule.clause]
    lacking = np.sum(open_, axis=0, dtype=np.int64)
    several = len(rule.clause) + 1
    label = np.full(verdicts.rows, several, dtype=np.int64)
    for at, lacks in enumerate(open_):
        # A refused person lacks what refuses; a clause that is merely unknown beside it is not the reason.
        label[lacks & (lacking == 1)] = at + 1
    refused = codes == CODES["no"]
    if rule.reads == "all":
        label[refused] = _refusing(verdicts, rule)[refused]
    label[codes == CODES["yes"]] = 0
    order = np.select([codes == CODES["yes"], refused], [0, 1], 2)
    taken = slice(None) if within is None else within
    size = several + 1
    table = np.bincount((order * size + label)[taken], minlength=3 * size).reshape(3, size).tolist()
    classes = (*(one.id for one in rule.clause), SEVERAL)
    exact = {
        "yes": {MET: table[0][0]},
        "no": dict(zip(classes, table[1][1:], strict=True)),
        "unknown": dict(zip(classes, table[2][1:], strict=True)),
    }
    return Reasons(exact, hiding.grouped(exact))


def _refusing(verdicts: Verdicts, rule: RuleSpec) -> NDArray[np.int64]:
    count = np.zeros(verdicts.rows, dtype=np.int64)
    last = np.zeros(verdicts.rows, dtype=np.int64)
    for at, clause in enumerate(rule.clause):
        no = verdicts.mask(rule.id, "no", clause=clause.id)
        count += no
        last[no] = at + 1
    last[count > 1] = len(rule.clause) + 1
    return last


def ages_of(snapshot: Snapshot, on: date) -> NDArray[np.int64]:
    """Gives each person's completed years on a day, -1 where the birth date is unknown."""
    column = snapshot.column("_birth_on")
    months = column.block(0, snapshot.rows)[0].astype("datetime64[M]").astype(np.int64)
    day = column.value - months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 1
    today = on.year * 12 + on.month - 1 - 1970 * 12
    years: NDArray[np.int64] = (today - months - (day > on.day)) // 12
    return np.where(column.known & (column.value <= on.toordinal() - EPOCH), years, -1)


def spread(
    verdicts: Verdicts, rule: str, snapshot: Snapshot, *, verdict: Verdict = "yes", within: Mask | None = None,
    hide_total: bool = False, digits: int = DISTRICT,
) -> Spread:  # fmt: skip
    """Gives how many have a verdict by area and age band; areas of which nobody is listed are left out.

    Args:
        digits: how much of a division code names an area.
        hide_total: the number itself is hidden elsewhere (see `Reasons`).
    """
    mask = verdicts.mask(rule, verdict) if within is None else verdicts.mask(rule, verdict) & within
    codes, position = snapshot.divisions
    areas, of_code = np.unique([code[:digits] for code in codes], return_inverse=True)
    area = of_code[position][mask]
    band = np.clip(np.searchsorted(AGES, ages_of(snapshot, verdicts.on)[mask], side="right") - 1, 0, None)
    # Areas are those of everybody in reach, so that the list itself says nothing about the rule.
    reach = np.ones(snapshot.rows, bool) if within is None else within
    kept = np.unique(of_code[position][reach])
    table = np.bincount(area * len(AGES) + band, minlength=len(areas) * len(AGES)).reshape(-1, len(AGES))[kept]
    words = hiding.bands(AGES)
    names = tuple(str(areas[at]) for at in kept)
    ages = tuple(words(at) for at in range(len(AGES)))
    return Spread(names, ages, hiding.shown(table, hide_total=hide_total))


def to_json(found: Spread | Reasons) -> dict[str, Any]:
    """Gives shown counts as JSON values; a hidden count is null."""
    if isinstance(found, Reasons):
        return {
            "least": hiding.LEAST,
            "reasons": {name: {**found.shown.cells[name], "total": found.shown.totals[name]} for name in VERDICTS},
        }
    cells = {
        area: {age: found.shown.cell(at, n) for n, age in enumerate((*found.ages, "total"))}
        for at, area in enumerate((*found.areas, "total"))
    }
    return {"least": hiding.LEAST, "cells": cells}
