"""From which day: the first later day on which time alone turns a verdict.

Between the days that an expression compares with, its value cannot change. So only those days are
tried: dates of facts, birthdays, ends of months counted from them. An expression that compares time
with time is tried day by day for `SCAN_DAYS`.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import closure
from anjia.kernel.expressions.functions import add_days, add_months
from anjia.rules.compiling import CompiledClause, inlined
from anjia.rules.scene import Dictionary

SCAN_DAYS = 3660
"""How far ahead days are tried one by one where no day can be computed (about ten years)."""

EDGE = range(-4, 5)
"""Days around a computed day where months of unlike length shift the turn."""


class UnsolvedError(Exception):
    """An expression compares time with time, so its turning days cannot be computed."""


def moving(clause: CompiledClause, known: Dictionary) -> tuple[tree.Node, ...]:
    """Gives the expressions of a clause that depend on the day, computed facts written out."""
    key = (clause.clause.applies, clause.clause.when)
    found = known.moving.get(key)
    if found is None:
        parts = [one.tree for one in (clause.applies, clause.when) if one is not None]
        roots = (inlined(part, known) for part in parts)
        found = known.moving[key] = tuple(root for root in roots if moves(root))
    return found


def first_turn(
    on: date, trees: Iterable[tree.Node], values: Mapping[str, Any], turned: Callable[[date], bool]
) -> date | None:
    """Gives the first day after `on` for which `turned` holds, None when time alone never does.

    Args:
        trees: expressions that decide, computed facts written out.
        values: what is known on `on`.
        turned: says whether the verdict is another one on a day.
    """
    return next((day for day in _days(on, trees, values) if turned(day)), None)


def _days(on: date, trees: Iterable[tree.Node], values: Mapping[str, Any]) -> Iterable[date]:
    found: set[date] = set()
    try:
        for root in trees:
            found.update(day for day in turning_days(root, values) if day > on)
    except UnsolvedError:
        last = min(date.max.toordinal(), on.toordinal() + SCAN_DAYS)
        return (date.fromordinal(day) for day in range(on.toordinal() + 1, last + 1))
    return sorted(found)


def turning_days(root: tree.Node, values: Mapping[str, Any]) -> Iterator[date]:
    """Gives the days on which an expression may change its value, in no order.

    Raises:
        UnsolvedError: when a comparison has time on both sides or buried in a table.
    """
    for node in tree.walk(root):
        if isinstance(node, tree.Compare):
            yield from _meet(node.left, node.right, values)
            yield from _meet(node.right, node.left, values)
        elif isinstance(node, tree.Member):
            for item in node.items:
                yield from _meet(node.operand, item, values)
                yield from _meet(item, node.operand, values)


def moves(node: tree.Node) -> bool:
    """Says whether a piece depends on the day."""
    return any(_is_today(part) for part in tree.walk(node))


def _meet(moving: tree.Node, still: tree.Node, values: Mapping[str, Any]) -> Iterator[date]:
    if not moves(moving):
        return
    if moves(still):
        raise UnsolvedError
    level = closure(still)(values)
    if level is not None:
        yield from (day for day in _solve(moving, level, values) if day is not None)


def _solve(node: tree.Node, level: Any, values: Mapping[str, Any]) -> Iterator[date | None]:
    """Gives the days on which a moving piece may pass a level."""
    match node:
        case tree.Fact():
            if isinstance(level, date):
                yield from (level, add_days(level, 1))
        case tree.Function():
            yield from _solve_function(node, level, values)
        case tree.Negative():
            yield from _solve(node.operand, -level, values)
        case tree.Arithmetic() if node.operator in ("+", "-"):
            yield from _solve_sum(node, level, values)
        case tree.Choice():
            for branch in (node.yes, node.no):
                if moves(branch):
                    yield from _solve(branch, level, values)
        case tree.Arithmetic() | tree.Lookup():
            raise UnsolvedError


def _solve_sum(node: tree.Arithmetic, level: Any, values: Mapping[str, Any]) -> Iterator[date | None]:
    if moves(node.left) and moves(node.right):
        raise UnsolvedError
    moving, still = (node.left, node.right) if moves(node.left) else (node.right, node.left)
    known = closure(still)(values)
    if known is None:
        return
    if node.operator == "+":
        yield from _solve(moving, level - known, values)
    else:
        yield from _solve(moving, level + known if moving is node.left else known - level, values)


def _solve_function(node: tree.Function, level: Any, values: Mapping[str, Any]) -> Iterator[date | None]:
    if node.name in ("min", "max"):
        for part in node.arguments:
            if moves(part):
                yield from _solve(part, level, values)
        return
    if node.name == "abs":
        yield from _solve(node.arguments[0], level, values)
        yield from _solve(node.arguments[0], -level, values)
        return
    first, second = node.arguments if len(node.arguments) == 2 else (node, node)
    if moves(first) == moves(second) or (node.name in _SHIFTS and moves(second)):
        raise UnsolvedError
    moving, still = (first, second) if moves(first) else (second, first)
    other = closure(still)(values)
    if other is None:
        return
    for day in _SOLVED[node.name](other, level, moving is first):
        if _is_today(moving):
            yield day
        elif day is not None:
            yield from _solve(moving, day, values)


def _is_today(node: tree.Node) -> bool:
    return isinstance(node, tree.Fact) and node.name == "today"


def _shifted_days(days: int, level: date, _: bool) -> Iterator[date | None]:
    yield from (add_days(level, -days), add_days(level, 1 - days))


def _shifted_months(months: int, level: date, _: bool) -> Iterator[date | None]:
    yield from _around(add_months(level, -months))


def _days_apart(other: date, level: float, from_today: bool) -> Iterator[date | None]:
    count = math.floor(level)
    for step in (-1, 0, 1, 2):
        yield add_days(other, step - count if from_today else step + count)


def _months_apart(other: date, level: float, from_today: bool) -> Iterator[date | None]:
    for months in (math.floor(level), math.floor(level) + 1):
        if from_today:
            yield from _around(add_months(other, -months))
        else:
            yield add_months(other, months)


def _years_apart(other: date, level: float, from_today: bool) -> Iterator[date | None]:
    for years in (math.floor(level), math.floor(level) + 1):
        if from_today:
            yield from _around(add_months(other, -12 * years))
        else:
            yield _birthday(other, years)


def _birthday(born: date, years: int) -> date | None:
    year = born.year + years
    if not 1 <= year <= 9999:
        return None
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)


def _around(day: date | None) -> Iterator[date | None]:
    if day is not None:
        yield from (add_days(day, step) for step in EDGE)


_SOLVED: dict[str, Callable[[Any, Any, bool], Iterator[date | None]]] = {
    "add_days": _shifted_days,
    "add_months": _shifted_months,
    "days_between": _days_apart,
    "months_between": _months_apart,
    "years_between": _years_apart,
}
_SHIFTS = ("add_days", "add_months")
