"""Tables of counts that may be shown: small cells hidden, and so many others that none can be computed back.

A cell under `LEAST` is hidden, zero too, and so is a total. What a line's shown total and shown cells leave
over is a count as well: it must not be under `LEAST` either. And no hidden cell may have only one possible
value, given everything that is shown and that counts are never negative. Where that is not so yet, the
smallest cell that helps is hidden besides (complementary suppression).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 10
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table with its margins as it may be shown.

    Attributes:
        counts: (rows + 1, columns + 1) – the last column and row hold the totals.
        hidden: of the same shape: cells that must not be shown.
    """

    counts: Ints
    hidden: Bools

    def cell(self, row: int, column: int) -> int | None:
        """Gives a count, None when it is hidden; -1 names the totals."""
        return None if self.hidden[row, column] else int(self.counts[row, column])

    @property
    def total(self) -> int | None:
        """The total of all, None when hidden."""
        return self.cell(-1, -1)


def shown(table: Ints, *, hide_total: bool = False) -> Shown:
    """Gives a table of counts, (rows, columns) without totals, as it may be shown.

    Args:
        hide_total: the total of all is hidden elsewhere and must not come out here.
    """
    inner = np.asarray(table, dtype=np.int64)
    counts = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1), dtype=np.int64)
    counts[:-1, :-1] = inner
    counts[:-1, -1], counts[-1, :-1], counts[-1, -1] = inner.sum(1), inner.sum(0), inner.sum()
    hidden = counts < LEAST
    hidden[-1, -1] |= hide_total
    while more := (_thin(counts, hidden) or _certain(counts, hidden)):
        for cell in more:
            hidden[cell] = True
    return Shown(counts, hidden)


def _thin(counts: Ints, hidden: Bools) -> list[tuple[int, int]]:
    """Gives a cell to hide because a line's hidden counts add up to less than `LEAST`, none when none must be."""
    for at in range(counts.shape[0]):
        column = _short(counts[at], hidden[at])
        if column is not None:
            return [(at, column)]
    for at in range(counts.shape[1]):
        row = _short(counts[:, at], hidden[:, at])
        if row is not None:
            return [(row, at)]
    return []


def _short(line: Ints, hidden: Bools) -> int | None:
    inner = hidden[:-1]
    open_ = np.flatnonzero(~hidden)
    if not len(open_) or hidden[-1] or not inner.any() or line[:-1][inner].sum() >= LEAST:
        return None
    return int(open_[np.argmin(line[open_])])


def _certain(counts: Ints, hidden: Bools) -> list[tuple[int, int]]:
    """Gives cells to hide because some hidden cell has only one possible value, none when none must be.

    They are the cheapest that make up, along rows and columns, for a growth of that cell by one.
    """
    step = _steps(counts, hidden)
    for row, column in np.argwhere(hidden).tolist():
        if not _may_change(step, row, column):
            return _way(counts, hidden, row, column)
    return []


def _way(counts: Ints, hidden: Bools, row: int, column: int) -> list[tuple[int, int]]:
    """Gives the shown cells on the cheapest way back from a cell that grows; a cell costs its count."""
    rows, columns = counts.shape
    grow, shrink = _steps(counts, np.ones_like(hidden))
    cost = np.where(hidden, 0, counts).astype(float)
    there, back = np.where(grow, cost, np.inf), np.where(shrink, cost, np.inf)
    there[row, column] = back[row, column] = np.inf
    # The count of a total that grows is one of a signed cell that shrinks.
    inner = (row < rows - 1) == (column < columns - 1)
    start, goal = (rows + column, row) if inner else (row, rows + column)
    distance, before = np.full(rows + columns, np.inf), np.full(rows + columns, -1)
    distance[start], left = 0, np.ones(rows + columns, dtype=bool)
    while left[goal]:
        node = int(np.argmin(np.where(left, distance, np.inf)))
        if not np.isfinite(distance[node]):
            return [_last(hidden)] if not hidden.all() else []
        left[node] = False
        others = slice(rows, None) if node < rows else slice(0, rows)
        ways = distance[node] + (there[node] if node < rows else back[:, node - rows])
        closer = ways < distance[others]
        distance[others] = np.where(closer, ways, distance[others])
        before[others] = np.where(closer, node, before[others])
    found, node = [], goal
    while node != start:
        one, other = sorted((node, int(before[node])))
        if not hidden[one, other - rows]:
            found.append((one, other - rows))
        node = int(before[node])
    return found


def _last(hidden: Bools) -> tuple[int, int]:
    place = int(np.flatnonzero(~hidden.ravel())[0])
    return place // hidden.shape[1], place % hidden.shape[1]


Steps = tuple[Bools, Bools]


def _steps(counts: Ints, hidden: Bools) -> Steps:
    """Gives which cells of the signed table may grow and which may shrink by one.

    With the totals negative (and the total of all positive) every row and column adds up to zero, so a
    change is a circulation in the graph whose nodes are rows and columns and whose edges are hidden cells.
    """
    sign = np.ones_like(counts)
    sign[:-1, -1], sign[-1, :-1] = -1, -1
    falls = counts > 0
    return hidden & ((sign > 0) | falls), hidden & ((sign < 0) | falls)


def _may_change(step: Steps, row: int, column: int) -> bool:
    grow, shrink = step
    upward = bool(grow[row, column]) and _reaches(grow, shrink, row, column, from_column=True)
    return upward or (bool(shrink[row, column]) and _reaches(grow, shrink, row, column, from_column=False))


def _reaches(grow: Bools, shrink: Bools, row: int, column: int, *, from_column: bool) -> bool:
    """Says whether a change of one cell can be made up for by others: a way back that does not use the cell.

    A cell that grows leads from its row to its column, one that shrinks from its column to its row.
    """
    rows, columns = grow.shape
    seen = np.zeros(rows + columns, dtype=bool)
    start, goal = (rows + column, row) if from_column else (row, rows + column)
    seen[start] = True
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node < rows:
            ways = grow[node].copy()
            if node == row:
                ways[column] = False
            found = rows + np.flatnonzero(ways)
        else:
            ways = shrink[:, node - rows].copy()
            if node - rows == column:
                ways[row] = False
            found = np.flatnonzero(ways)
        for other in found.tolist():
            if other == goal:
                return True
            if not seen[other]:
                seen[other] = True
                queue.append(other)
    return False


@dataclass(frozen=True, slots=True)
class Groups:
    """Counts of disjoint classes in groups, of people whose number everybody knows, as they may be shown.

    Attributes:
        cells: group → class → count, None when hidden.
        totals: group → count, None when hidden.
    """

    cells: dict[str, dict[str, int | None]]
    totals: dict[str, int | None]


def grouped(counts: Mapping[str, Mapping[str, int]]) -> Groups:
    """Gives classes in groups as they may be shown; the total of all groups counts as known.

    A class of nobody is shown: that nobody lacks a thing tells of the rule and not of a person. In each
    group whose total is shown, and among all groups whose totals are hidden, either nothing is hidden or
    at least two classes are, of `LEAST` persons together.
    """
    hidden = {group: {name for name, count in cells.items() if 0 < count < LEAST} for group, cells in counts.items()}
    closed = []
    for group, cells in counts.items():
        while not _vague([cells[name] for name in hidden[group]]) and (more := _next(cells, hidden[group])):
            hidden[group].add(more)
        if not _vague([cells[name] for name in hidden[group]]):
            closed.append(group)
    some = [group for group in counts if group not in closed and any(counts[group].values())]
    totals = {group: sum(cells.values()) for group, cells in counts.items()}
    rest = sorted(some, key=totals.__getitem__)
    while closed and not _vague([counts[group][name] for group in closed for name in hidden[group]]):
        found = ((group, _next(counts[group], hidden[group])) for group in closed)
        if cell := next(((group, name) for group, name in found if name), None):
            hidden[cell[0]].add(cell[1])
        elif rest:
            closed.append(rest.pop(0))
        else:
            break
    return Groups(
        {
            group: {name: None if name in hidden[group] else count for name, count in cells.items()}
            for group, cells in counts.items()
        },
        {group: None if group in closed else sum(cells.values()) for group, cells in counts.items()},
    )


def _vague(counts: list[int]) -> bool:
    """Says whether hidden classes of a known total tell nothing: none at all, or several with enough people."""
    return not counts or (len(counts) > 1 and sum(counts) >= LEAST)


def _next(cells: Mapping[str, int], hidden: set[str]) -> str | None:
    left = (name for name, count in cells.items() if count and name not in hidden)
    return min(left, key=lambda name: cells[name], default=None)


def bands(edges: tuple[int, ...]) -> Callable[[int], str]:
    """Gives the words of age bands by their position: `0-17`, …, `80+`."""
    return lambda at: f"{edges[at]}-{edges[at + 1] - 1}" if at + 1 < len(edges) else f"{edges[at]}+"
