"""Over columns: the days on which an expression may change its value (see `turning` for one person)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.periods import PERIODS
from anjia.rules.turning import EDGE, UnsolvedError, moves

FAR = int(np.iinfo(np.int64).max)
"""Stands for no day; sorts last."""

Days = NDArray[np.int64]
Pair = tuple[Any, Any]
"""Values and whether each is known, (n,) both."""


class Solver:
    """Finds candidate days.

    Args:
        value: gives the values of an expression that does not depend on the day.
        n: how many persons.
    """

    def __init__(self, value: Callable[[tree.Node], Pair], n: int) -> None:
        self._value = value
        self._n = n

    def days(self, root: tree.Node) -> Iterator[Days]:
        """Gives arrays of days since 1970, `FAR` where none; together they hold every day of change.

        Raises:
            UnsolvedError: when a comparison has time on both sides or buried in a table.
        """
        for node in tree.walk(root):
            if isinstance(node, tree.Compare):
                yield from self._meet(node.left, node.right)
                yield from self._meet(node.right, node.left)
            elif isinstance(node, tree.Member):
                for item in node.items:
                    yield from self._meet(node.operand, item)
                    yield from self._meet(item, node.operand)

    def _meet(self, moving: tree.Node, still: tree.Node) -> Iterator[Days]:
        if not moves(moving):
            return
        if moves(still):
            raise UnsolvedError
        yield from self._solve(moving, self._value(still))

    def _solve(self, node: tree.Node, level: Pair) -> Iterator[Days]:
        """Gives the days on which a moving piece may pass a level."""
        match node:
            case tree.Fact():
                if _is_day(level):
                    yield from (_days(level, 0), _days(level, 1))
            case tree.Function():
                yield from self._solve_function(node, level)
            case tree.Negative():
                yield from self._solve(node.operand, (-level[0], level[1]))
            case tree.Arithmetic() if node.operator in ("+", "-"):
                yield from self._solve_sum(node, level)
            case tree.Choice():
                for branch in (node.yes, node.no):
                    if moves(branch):
                        yield from self._solve(branch, level)
            case tree.Arithmetic() | tree.Lookup():
                raise UnsolvedError

    def _solve_sum(self, node: tree.Arithmetic, level: Pair) -> Iterator[Days]:
        if moves(node.left) and moves(node.right):
            raise UnsolvedError
        left_moves = moves(node.left)
        moving, still = (node.left, node.right) if left_moves else (node.right, node.left)
        value, known = self._value(still)
        known = known & level[1]
        if node.operator == "+":
            yield from self._solve(moving, (level[0] - value, known))
        else:
            yield from self._solve(moving, (level[0] + value if left_moves else value - level[0], known))

    def _solve_function(self, node: tree.Function, level: Pair) -> Iterator[Days]:
        if node.name in ("min", "max"):
            for part in node.arguments:
                if moves(part):
                    yield from self._solve(part, level)
            return
        if node.name == "abs":
            yield from self._solve(node.arguments[0], level)
            yield from self._solve(node.arguments[0], (-level[0], level[1]))
            return
        if node.name not in PERIODS:
            raise UnsolvedError
        first, second = node.arguments
        if _is_today(first) == _is_today(second) or (moves(first) and moves(second)):
            raise UnsolvedError
        other = self._value(second if _is_today(first) else first)
        yield from self._period(node.name, other, level, from_today=_is_today(first))

    def _period(self, name: str, other: Pair, level: Pair, *, from_today: bool) -> Iterator[Days]:
        known = other[1] & level[1]
        if name in ("add_days", "add_months"):
            if not _is_day(level):
                return
            if name == "add_days":
                yield from (_days((level[0] - other[0], known), step) for step in (0, 1))
            else:
                yield from _edges(level[0], -other[0], known)
            return
        if not _is_day(other):
            return
        count = np.floor(level[0].astype(float)).astype(np.int64)
        sign = -1 if from_today else 1
        if name == "days_between":
            for step in (-1, 0, 1, 2):
                yield _days((other[0] + sign * count, known), step)
            return
        months = 12 if name == "years_between" else 1
        for step in (0, 1):
            yield from _edges(other[0], sign * months * (count + step), known)


def _edges(start: Any, months: Any, known: Any) -> Iterator[Days]:
    day, inside = PERIODS["add_months"](start, months, known)
    for step in EDGE:
        yield _days((day, known & inside), step)


def _days(pair: Pair, step: int) -> Days:
    values, known = pair
    return np.where(known, values.astype("datetime64[D]").astype(np.int64) + step, FAR)


def _is_day(pair: Pair) -> bool:
    return bool(pair[0].dtype.kind == "M")


def _is_today(node: tree.Node) -> bool:
    return isinstance(node, tree.Fact) and node.name == "today"
