"""Partly known dates as the register stores them: the earliest day, and how exactly it is known.

`1960` is stored as 1 January 1960 known to the `year`, `1960-05` as 1 May known to the `month`, a date
of which nothing is known as the earliest day that it can be, known to be `nothing`. Inside the window
from that day to the end of its month or year a question is answered *possible*, its last day included:
never a yes or a no that a later record could make untrue.
"""

from __future__ import annotations

from datetime import date, timedelta

from anjia.kernel.errors import AnjiaError
from anjia.kernel.periods import PartialDate

NEVER = date.max
"""Stands for no end, because a driver cannot carry infinity."""

FIRST = date.min
DAY, MONTH, YEAR, NOTHING = "", "month", "year", "nothing"
UNKNOWN = "unknown"
When = PartialDate | None
"""A date, None when nothing is known of it."""


def parse(given: object) -> When:
    """Gives a partly known date from a date, `1960`, `1960-05`, `1960-05-07`, `00000000` or `unknown`.

    Raises:
        AnjiaError: `date-impossible`.
    """
    if isinstance(given, PartialDate):
        return given
    if isinstance(given, date):
        return PartialDate(given.year, given.month, given.day)
    text = str(given).strip()
    if text == UNKNOWN or (text and not text.strip("0")):
        return None
    return PartialDate.parse(text)


def known_of(when: When) -> str:
    """Gives how exactly a date is known."""
    if when is None:
        return NOTHING
    return YEAR if when.month is None else MONTH if when.day is None else DAY


def earliest(when: When) -> date:
    """Gives the first day that a date can be."""
    return FIRST if when is None else when.earliest


def of(day: date, known: str) -> When:
    """Gives the date that is stored as `day`, known to `known`."""
    if known == NOTHING:
        return None
    if known == YEAR:
        return PartialDate(day.year)
    return PartialDate(day.year, day.month, None if known == MONTH else day.day)


def text(day: date, known: str) -> str:
    """Gives a stored date as it is known: `1960`, `1960-05`, `1960-05-07` or `unknown`."""
    when = of(day, known)
    return UNKNOWN if when is None else str(when)


def window_end(day: date, known: str) -> date:
    """Gives the first day beyond all that a stored date can be; the day itself when it is known exactly."""
    if known == DAY:
        return day
    when = of(day, known)
    if when is None or when.latest == NEVER:
        return NEVER
    return when.latest + timedelta(days=1)


def window_sql(known: str, day: str) -> str:
    """Gives `window_end` as SQL over two expressions of our own code."""
    return (
        f"CASE {known} WHEN 'month' THEN (date_trunc('month', {day}::timestamp) + interval '1 month')::date "
        f"WHEN 'year' THEN (date_trunc('year', {day}::timestamp) + interval '1 year')::date "
        f"WHEN 'nothing' THEN DATE '{NEVER}' ELSE {day} END"
    )


def window_start(day: date, known: str) -> date:
    """Gives the first day of the month or year as which a stored date is known."""
    return day if known == DAY else earliest(of(day, known))


def window_start_sql(known: str, day: str) -> str:
    """Gives `window_start` as SQL over two expressions of our own code."""
    return (
        f"CASE {known} WHEN 'month' THEN date_trunc('month', {day}::timestamp)::date "
        f"WHEN 'year' THEN date_trunc('year', {day}::timestamp)::date "
        f"WHEN 'nothing' THEN DATE '{FIRST}' ELSE {day} END"
    )


def out_of_order(when: When, before: date) -> AnjiaError:
    """Gives the error for a date that cannot lie after the one before it."""
    return AnjiaError(
        "stay-out-of-order",
        f"{when or '不详'} 早于前一处居住的开始日 {before}",
        f"{when or 'This date'} lies before {before}, on which the stay before it began",
        ("请先更正前一处的日期", "Correct the date of the stay before it first"),
        status=422,
        before=before,
    )
