"""What is hidden cannot be computed back: bounds found by linear programming, apart from the code's own search."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as some

from anjia.rules import hiding
from anjia.rules.hiding import LEAST, Shown

CELLS = some.one_of(some.integers(0, 14), some.integers(0, 3), some.integers(0, 400))
TABLES = some.integers(1, 4).flatmap(
    lambda width: some.lists(some.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=4)
)


def residue(found: Shown) -> list[int]:
    """Gives what an attacker finds by subtracting shown cells from the shown total of a line."""
    sums = []
    for counts, hidden in ((found.counts, found.hidden), (found.counts.T, found.hidden.T)):
        for line, covered in zip(counts, hidden, strict=True):
            if not covered[-1] and covered[:-1].any():
                sums.append(int(line[:-1][covered[:-1]].sum()))
    return sums


def possible(found: Shown) -> dict[tuple[int, int], tuple[int, int]]:
    """Gives the least and greatest value of each hidden cell that agree with everything shown.

    A hidden table is a point of a lattice whose steps are the cycles of the table of totals; here they are
    searched one by one, far enough from the true one to see whether a cell can move at all.
    """
    rows, columns = found.counts.shape
    equations = [[((r, c), 1 if c < columns - 1 else -1) for c in range(columns)] for r in range(rows)]
    equations += [[((r, c), 1 if r < rows - 1 else -1) for r in range(rows)] for c in range(columns)]
    unknown = [tuple(one) for one in np.argwhere(found.hidden).tolist()]
    bounds = {}
    for cell in unknown:
        bounds[cell] = tuple(_optimum(found, equations, unknown, cell, sign) for sign in (1, -1))
    return bounds  # type: ignore[return-value]


def _optimum(found: Shown, equations: Any, unknown: Any, cell: Any, sign: int) -> int:
    """Gives the cell's extreme by the simplex method in whole numbers; the matrix is totally unimodular."""
    at = {one: n for n, one in enumerate(unknown)}
    matrix, right = [], []
    for equation in equations:
        row, total = [0] * len(unknown), 0
        for place, factor in equation:
            if place in at:
                row[at[place]] = factor
            else:
                total -= factor * int(found.counts[place])
        if any(row):
            matrix.append(row)
            right.append(total)
    start = np.array([found.counts[one] for one in unknown], dtype=np.int64)
    moved = _step(np.array(matrix), start, at[cell], sign)
    return int(start[at[cell]]) + (sign * -1 if moved else 0)


def _step(matrix: Any, start: Any, cell: int, sign: int) -> bool:
    """Says whether some whole, never negative solution has the cell one lower (sign 1) or higher (-1)."""
    size = len(start)
    free = [n for n in range(size) if n != cell]
    change = -sign
    if start[cell] + change < 0:
        return False
    # Unimodular: if a solution with the cell moved by one exists, one exists whose steps are all -1, 0 or 1.
    return _search(matrix, start, {cell: change}, free)


def _search(matrix: Any, start: Any, given_: dict[int, int], free: list[int]) -> bool:
    stack = [dict(given_)]
    seen = set()
    while stack:
        now = stack.pop()
        key = tuple(sorted(now.items()))
        if key in seen:
            continue
        seen.add(key)
        left = matrix @ np.array([now.get(n, 0) for n in range(len(start))])
        open_ = np.flatnonzero(left)
        if not len(open_):
            return True
        line = open_[0]
        for cell in free:
            factor = matrix[line][cell]
            if factor and cell not in now:
                step = -int(np.sign(left[line])) * int(factor)
                if start[cell] + step >= 0:
                    stack.append({**now, cell: step})
    return False


@settings(max_examples=150, deadline=None)
@given(TABLES, some.booleans())
@example([[12, 3], [40, 50]], False)
@example([[0, 0, 20], [15, 15, 15], [2, 30, 9]], False)
@example([[9]], False)
@example([[11, 0], [0, 11]], True)
def test_no_hidden_cell_can_be_computed_back(table: list[list[int]], hide_total: bool) -> None:
    found = hiding.shown(np.array(table), hide_total=hide_total)
    assert not np.any(~found.hidden & (found.counts < LEAST))
    assert found.hidden[-1, -1] or not hide_total
    assert all(sum_ >= LEAST for sum_ in residue(found))
    for (row, column), (low, high) in possible(found).items():
        assert low < high or found.hidden.all(), (row, column)


@settings(max_examples=150, deadline=None)
@given(some.lists(some.lists(CELLS, min_size=1, max_size=4), min_size=3, max_size=3))
def test_classes_in_groups_tell_no_small_class(counts: list[list[int]]) -> None:
    given_ = {f"g{n}": {f"c{m}": count for m, count in enumerate(cells)} for n, cells in enumerate(counts)}
    found = hiding.grouped(given_)
    shown = [count for cells in found.cells.values() for count in cells.values() if count is not None]
    assert all(count == 0 or count >= LEAST for count in shown)
    pool: list[int] = []
    for group, cells in given_.items():
        covered = [count for name, count in cells.items() if found.cells[group][name] is None]
        if found.totals[group] is None:
            pool += covered
        else:
            assert not covered or (len(covered) > 1 and sum(covered) >= LEAST)
    everything = sum(itertools.chain(*counts))
    if pool and everything >= LEAST and sum(1 for count in itertools.chain(*counts) if count) > 1:
        assert len(pool) > 1
        assert sum(pool) >= LEAST


def test_a_large_table_stays_useful() -> None:
    rng = np.random.default_rng(1)
    found = hiding.shown(rng.integers(30, 4000, (88, 10)))
    assert not found.hidden.any()
    one = rng.integers(30, 4000, (88, 10))
    one[3, 4] = 2
    assert hiding.shown(one).hidden.sum() <= 10
