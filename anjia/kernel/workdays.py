"""Working days of the Chinese calendar: weekends, public holidays and the weekends worked in exchange."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
from chinese_calendar import constants

FIRST_YEAR: int = min(constants.holidays).year
LAST_YEAR: int = max(constants.holidays).year
"""The years whose holidays are known; the State Council announces a year in the autumn before it."""

_DAY = timedelta(days=1)


def is_certain(on: date) -> bool:
    """Says whether the holidays of a day's year are known; else Monday to Friday are taken to work."""
    return FIRST_YEAR <= on.year <= LAST_YEAR


@lru_cache(maxsize=4096)
def is_working(on: date) -> bool:
    """Says whether a day is a working day, by the calendar where it is known, else Monday to Friday.

    Source: 全国年节及纪念日放假办法 and the yearly 国务院办公厅关于部分节假日安排的通知.
    """
    if is_certain(on):
        return bool(chinese_calendar.is_workday(on))
    return on.weekday() < 5


def add_working_days(on: date, n: int) -> date:
    """Gives the n-th working day after a day.

    Args:
        on: the day on which the term begins; it does not count itself (民法典 Art. 201).
        n: working days, 0 or more; 0 gives `on`, whether it is a working day or not.

    Raises:
        ValueError: when n is negative.
    """
    if n < 0:
        raise ValueError(f"a term has no negative length: {n}")
    while n:
        on += _DAY
        n -= is_working(on)
    return on


def working_days_between(start: date, end: date) -> int:
    """Gives the working days after `start` up to and including `end`; negative when `end` lies before.

    For a working day `end` it undoes `add_working_days`: the days that are left of a term.
    """
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working(start + n * _DAY) for n in range(1, (end - start).days + 1))
