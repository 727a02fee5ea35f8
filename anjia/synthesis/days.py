"""Days as whole numbers since 1970-01-01, and the working moments at which a register learns of them."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]

YEAR = 365.2425
NEVER = 1 << 40
"""The day that never comes: the end of what still holds."""

OPENING = 8 * 3600 + 1800
MORNING, BREAK, HOURS = 3 * 3600, 2 * 3600, 6 * 3600 + 1800
ZONE = 8 * 3600
MICRO = 1_000_000


def number(day: date) -> int:
    """Gives the whole number of a day."""
    return int(np.datetime64(day, "D").astype(np.int64))


def day(value: int) -> date:
    """Gives the day of a whole number."""
    result: date = np.datetime64(int(value), "D").astype(date)
    return result


def birthdays(on: date, age: ArrayLike, offset: ArrayLike) -> Ints:
    """Gives days of birth of persons who are `age` full years old on `on`.

    Args:
        on: the day.
        age: (n,) full years.
        offset: (n,) days since the last birthday, 0 to 364.
    """
    month_day = on.replace(day=28) if (on.month, on.day) == (2, 29) else on
    months = np.datetime64(f"{month_day:%Y-%m}", "M") - 12 * np.asarray(age)
    last = months.astype("datetime64[D]").astype(np.int64) + month_day.day - 1
    return np.asarray(last - np.asarray(offset), dtype=np.int64)


def months_after(day: ArrayLike, months: ArrayLike) -> Ints:
    """Gives the corresponding day so many months later, or that month's last (`functions.add_months` of many)."""
    start = np.asarray(day, dtype=np.int64).astype("datetime64[D]")
    month = start.astype("datetime64[M]")
    offset = (start - month.astype("datetime64[D]")).astype(np.int64)
    there = month + np.asarray(months).astype("timedelta64[M]")
    first = there.astype("datetime64[D]").astype(np.int64)
    after = (there + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    return np.minimum(first + offset, after - 1)


def years(birth: ArrayLike, on: ArrayLike) -> NDArray[np.float64]:
    """Gives the age in years and parts of a year (no legal reckoning, for drawing only)."""
    return (np.asarray(on) - np.asarray(birth)) / YEAR


def moments(happened: Ints) -> Ints:
    """Gives the moment, in microseconds since 1970 UTC, at which each event is registered.

    An event is registered in working hours (08:30 to 17:00, Monday to Friday, Asia/Shanghai) on
    the first working day that is one to three days later; later events never come before earlier.

    Args:
        happened: (n,) days, ascending.
    """
    delay = 1 + (happened * 7919) % 3
    when = np.maximum.accumulate(happened + delay)
    working = np.busday_offset(when.astype("datetime64[D]"), 0, roll="forward").astype(np.int64)
    new = np.ones(len(working), dtype=bool)
    new[1:] = working[1:] != working[:-1]
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(working)))
    place = np.arange(len(working)) - np.repeat(starts, sizes)
    seconds = (place + 1) / (np.repeat(sizes, sizes) + 1) * HOURS
    seconds = np.where(seconds >= MORNING, seconds + BREAK, seconds) + OPENING - ZONE
    return working * 86_400 * MICRO + (seconds * MICRO).astype(np.int64)
