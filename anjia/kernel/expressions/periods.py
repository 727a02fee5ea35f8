"""The functions of days over arrays: the same meaning as `functions`, many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.expressions.functions import DAYS

Array = NDArray[Any]

_FIRST = np.datetime64("0001-01-01", "D")
_FIRST_MONTH = int(np.datetime64("0001-01", "M").astype(np.int64))
_LAST_MONTH = int(np.datetime64("9999-12", "M").astype(np.int64))


def _days(values: Array, known: Array) -> Array:
    if values.dtype.kind == "M":
        return values.astype("datetime64[D]", copy=False)
    if not np.any(known):
        return np.array(_FIRST)
    raise TypeError(f"days expected, not {values.dtype}")


def _whole(values: Array, known: Array) -> Array:
    if values.dtype.kind == "i":
        return values
    if not np.any(known):
        return np.array(0)
    raise TypeError(f"whole numbers expected, not {values.dtype}")


def _split(days: Array) -> tuple[Array, Array]:
    """Gives months since 1970-01 and days of the month from 1."""
    months = days.astype("datetime64[M]")
    return months.astype(np.int64), (days - months.astype("datetime64[D]")).astype(np.int64) + 1


def _length(months: Array) -> Array:
    """Gives how many days a month has."""
    at = months.astype("datetime64[M]")
    length: Array = ((at + 1).astype("datetime64[D]") - at.astype("datetime64[D]")).astype(np.int64)
    return length


def _days_between(start: Array, end: Array, known: Array) -> tuple[Array, Array]:
    return (_days(end, known) - _days(start, known)).astype(np.int64), np.array(True)


def _months_between(start: Array, end: Array, known: Array) -> tuple[Array, Array]:
    first, first_day = _split(_days(start, known))
    last, last_day = _split(_days(end, known))
    short = (last_day < first_day) & (last_day < _length(last))
    return last - first - short, np.array(True)


def _years_between(start: Array, end: Array, known: Array) -> tuple[Array, Array]:
    first, first_day = _split(_days(start, known))
    last, last_day = _split(_days(end, known))
    return (last - first - (last_day < first_day)) // 12, np.array(True)


def _add_days(start: Array, count: Array, known: Array) -> tuple[Array, Array]:
    days, count = _days(start, known), _whole(count, known)
    since = (days - _FIRST).astype(np.int64)
    moderate = np.clip(count, -DAYS - 1, DAYS + 1)
    inside = (since + moderate >= 0) & (since + moderate <= DAYS)
    return days + np.where(inside, moderate, 0), inside


def _add_months(start: Array, count: Array, known: Array) -> tuple[Array, Array]:
    days, count = _days(start, known), _whole(count, known)
    months, day = _split(days)
    span = _LAST_MONTH - _FIRST_MONTH + 1
    target = months + np.clip(count, -span, span)
    inside = (target >= _FIRST_MONTH) & (target <= _LAST_MONTH)
    target = np.where(inside, target, months)
    day = np.minimum(day, _length(target))
    return target.astype("datetime64[M]").astype("datetime64[D]") + (day - 1), inside


PERIODS: dict[str, Callable[..., tuple[Array, Array]]] = {
    "days_between": _days_between,
    "months_between": _months_between,
    "years_between": _years_between,
    "add_days": _add_days,
    "add_months": _add_months,
}
"""Function name → (arguments…, known) → (values, whether the result is a day that exists)."""
