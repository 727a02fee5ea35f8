"""A constraint's condition over a block of rows, as the register's model states it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from anjia.registers.bulk.columns import Column

Truth = NDArray[np.bool_]


def holds(condition: Q | None, values: Mapping[str, Column], count: int) -> Truth:
    """Says for which rows a condition holds; what this reader does not know counts as holding.

    Too wide a condition refuses a row that the database would take, never the other way round.
    """
    if condition is None:
        return np.ones(count, dtype=bool)
    parts = [_part(child, values, count) for child in condition.children]
    result = np.ones(count, dtype=bool)
    if parts:
        result = np.logical_or.reduce(parts) if condition.connector == Q.OR else np.logical_and.reduce(parts)
    return ~result if condition.negated else result


def _part(child: object, values: Mapping[str, Column], count: int) -> Truth:
    if isinstance(child, Q):
        return holds(child, values, count)
    if not isinstance(child, tuple):
        return np.ones(count, dtype=bool)
    name, _, lookup = str(child[0]).partition("__")
    if name not in values or lookup not in ("", "exact", "in"):
        return np.ones(count, dtype=bool)
    wanted = set(child[1]) if lookup == "in" else {child[1]}
    return np.fromiter((value in wanted for value in values[name].tolist()), dtype=bool, count=count)
