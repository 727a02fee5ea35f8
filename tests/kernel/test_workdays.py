"""Working days: holidays, worked weekends, the day itself, and what happens beyond the known years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from anjia.kernel import workdays


def test_national_day_week_counts_no_day_and_worked_saturday_counts() -> None:
    assert not workdays.is_working(date(2025, 10, 1))
    assert workdays.is_working(date(2025, 10, 11)), "a Saturday worked in exchange"
    assert workdays.add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert workdays.add_working_days(date(2025, 9, 30), 3) == date(2025, 10, 11)


def test_the_day_itself_does_not_count() -> None:
    monday = date(2025, 3, 3)
    assert workdays.add_working_days(monday, 0) == monday
    assert workdays.add_working_days(monday, 5) == date(2025, 3, 10)
    assert workdays.working_days_between(monday, monday) == 0
    assert workdays.add_working_days(date(2025, 3, 1), 1) == monday, "a term from Saturday ends on Monday"


def test_a_term_through_29_february() -> None:
    assert workdays.add_working_days(date(2024, 2, 28), 2) == date(2024, 3, 1)


def test_counting_undoes_adding_and_is_signed() -> None:
    for offset in range(0, 400, 7):
        start = date(2024, 1, 1) + timedelta(days=offset)
        for n in (1, 5, 20):
            end = workdays.add_working_days(start, n)
            assert workdays.working_days_between(start, end) == n
            assert workdays.working_days_between(end, start) == -n


def test_a_negative_term_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        workdays.add_working_days(date(2025, 3, 3), -1)


def test_beyond_the_known_years_monday_to_friday_work_and_nobody_calls_it_certain() -> None:
    new_year = date(workdays.LAST_YEAR + 10, 1, 1)
    assert not workdays.is_certain(new_year)
    assert workdays.is_working(new_year) is (new_year.weekday() < 5)
    assert workdays.is_certain(date(workdays.LAST_YEAR, 12, 31))
    assert not workdays.is_certain(date(workdays.FIRST_YEAR - 1, 12, 31))
