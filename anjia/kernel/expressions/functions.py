"""The closed list of functions, each with its kinds and its meaning for known values.

Ages and periods are different things and have different rules on 29 February:

- `years_between(birth, on)` counts birthdays: a year is complete when month and day of `on` reach
  those of `birth`, so a person born on 29 February completes a year on 1 March of common years.
- `months_between` and `add_months` count periods: a month ends on the corresponding day, and on the
  last day of the month when there is none (31 January and one month is 28 or 29 February).

Source: population vocabulary of the city base, section 5 (ages, assumed); 民法典 Art. 200–202 (periods).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

FIRST_DAY = date.min
LAST_DAY = date.max
DAYS = (LAST_DAY - FIRST_DAY).days
"""Days between the first and the last day that a date can be (0001-01-01 … 9999-12-31)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called.

    Attributes:
        arguments: kinds of the arguments; `number`, `sized` and `ordered` stand for several.
        result: kind of the result; `same` = that of the arguments.
        many: takes two or more arguments, all of the last kind.
        value: the meaning for known arguments; None = unknown.
    """

    arguments: tuple[str, ...]
    result: str
    value: Callable[..., Any]
    many: bool = False


def days_between(start: date, end: date) -> int:
    """Gives the days from start to end, negative when end lies before."""
    return end.toordinal() - start.toordinal()


def months_between(start: date, end: date) -> int:
    """Gives the greatest n for which `add_months(start, n)` is not after end."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if end.day < start.day and end.day < calendar.monthrange(end.year, end.month)[1]:
        return months - 1
    return months


def years_between(start: date, end: date) -> int:
    """Gives the completed years of an age; 29 February is reached on 1 March."""
    years = end.year - start.year
    if end.month < start.month or (end.month == start.month and end.day < start.day):
        return years - 1
    return years


def add_days(start: date, days: int) -> date | None:
    """Gives the day that lies `days` later, None outside the years 1 to 9999."""
    ordinal = start.toordinal() + days
    return date.fromordinal(ordinal) if 1 <= ordinal <= DAYS + 1 else None


def add_months(start: date, months: int) -> date | None:
    """Gives the corresponding day, or the month's last; None outside the years 1 to 9999."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


FUNCTIONS: dict[str, Signature] = {
    "days_between": Signature(("date", "date"), "int", days_between),
    "months_between": Signature(("date", "date"), "int", months_between),
    "years_between": Signature(("date", "date"), "int", years_between),
    "add_days": Signature(("date", "int"), "date", add_days),
    "add_months": Signature(("date", "int"), "date", add_months),
    "abs": Signature(("number",), "same", abs),
    "min": Signature(("ordered",), "same", min, many=True),
    "max": Signature(("ordered",), "same", max, many=True),
    "len": Signature(("text",), "int", len),
}
"""Functions that are computed; `is_known(x)` and `date('2024-02-29')` are read into nodes of their own."""

SUGAR: dict[str, tuple[str, bool]] = {
    "days_since": ("days_between", True),
    "days_until": ("days_between", False),
    "months_since": ("months_between", True),
    "months_until": ("months_between", False),
    "years_since": ("years_between", True),
}
"""Short forms that measure against `today`: the function, and whether the argument comes first."""

WORDS = (*FUNCTIONS, *SUGAR, "is_known", "date", "range")
"""All words that cannot name a fact with arguments."""

__all__ = ["DAYS", "FIRST_DAY", "FUNCTIONS", "LAST_DAY", "SUGAR", "WORDS", "Signature"]
