"""Periods of days, half-open, and dates of which only the year or the month is known."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from anjia.kernel.errors import AnjiaError


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, but without, `end`.

    Attributes:
        start: first day that belongs to it; None = it has no beginning.
        end: first day that no longer belongs to it; None = it has no end.

    Raises:
        AnjiaError: `period-empty` when `end` is not after `start`.
    """

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuses a period without a day."""
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise AnjiaError(
                "period-empty",
                f"结束日 {self.end} 须晚于开始日 {self.start}",
                f"The end {self.end} must lie after the start {self.start}",
                ("请核对起止日期，结束日当天不计入", "Check both dates; the last date itself does not count"),
                start=self.start,
                end=self.end,
            )

    def contains(self, on: date) -> bool:
        """Says whether a day belongs to the period: the start does, the end does not."""
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)

    def overlaps(self, other: Period) -> bool:
        """Says whether two periods share a day; periods that only touch do not."""
        return self.intersect(other) is not None

    def intersect(self, other: Period) -> Period | None:
        """Gives the days that both have, None when there is none."""
        start = max((day for day in (self.start, other.start) if day is not None), default=None)
        end = min((day for day in (self.end, other.end) if day is not None), default=None)
        if start is not None and end is not None and end <= start:
            return None
        return Period(start, end)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or month and day, may be unknown; questions are answered yes, no or unknown.

    Attributes:
        year: always known.
        month: 1 to 12, None = unknown.
        day: 1 to 31, None = unknown; without a month there is no day.

    Raises:
        AnjiaError: `date-impossible` when no day of the calendar fits.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuses what is in no calendar."""
        try:
            date(self.year, self.month or 1, self.day or 1)
        except ValueError as error:
            raise _impossible(self) from error
        if self.day is not None and self.month is None:
            raise _impossible(self)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Gives the date of `1960`, `1960-05`, `1960-05-07`, `196005`, `19600507`; 00 stands for unknown.

        Raises:
            AnjiaError: `date-impossible`.
        """
        found = re.fullmatch(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?", text.strip())
        if found is None:
            raise _impossible(text)
        year, month, day = (int(part or 0) for part in found.groups())
        return cls(year, month or None, day or None)

    def __str__(self) -> str:
        parts = [f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)

    @property
    def earliest(self) -> date:
        """The first day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def exact(self) -> date | None:
        """The day when it is fully known, else None."""
        return self.earliest if self.day is not None else None

    def is_on(self, on: date) -> bool | None:
        """Says whether it is that day (None = possible)."""
        if not self.earliest <= on <= self.latest:
            return False
        return True if self.exact is not None else None

    def is_before(self, on: date) -> bool | None:
        """Says whether it lies before a day (None = possible)."""
        if self.latest < on:
            return True
        return False if self.earliest >= on else None

    def is_within(self, period: Period) -> bool | None:
        """Says whether it lies in a period (None = possible)."""
        reach = Period(self.earliest, self.latest + timedelta(days=1) if self.latest < date.max else None)
        shared = reach.intersect(period)
        if shared is None:
            return False
        return True if shared == reach else None


def _impossible(value: object) -> AnjiaError:
    return AnjiaError(
        "date-impossible",
        f"“{value}”不是日历上的日期",
        f"“{value}” is not a date of the calendar",
        ("请按 1960、1960-05 或 1960-05-07 填写", "Write it as 1960, 1960-05 or 1960-05-07"),
        value=value,
    )
