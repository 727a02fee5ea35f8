"""Half-open periods and dates that are known in part."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.kernel.periods import PartialDate, Period

DAYS = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2000, 3, 31)))


def period(start: date | None, end: date | None) -> Period | None:
    return None if start and end and end <= start else Period(start, end)


def test_the_start_belongs_to_it_and_the_end_does_not() -> None:
    leap = Period(date(2024, 2, 29), date(2024, 3, 1))
    assert leap.contains(date(2024, 2, 29))
    assert not leap.contains(date(2024, 3, 1))
    assert not leap.contains(date(2024, 2, 28))
    assert Period().contains(date.min)


def test_periods_that_touch_do_not_overlap() -> None:
    before, after = Period(None, date(2024, 3, 1)), Period(date(2024, 3, 1), None)
    assert not before.overlaps(after)
    assert not after.overlaps(before)


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(AnjiaError) as caught:
        Period(date(2024, 3, 1), date(2024, 3, 1))
    assert caught.value.code == "period-empty"


@given(DAYS, DAYS, DAYS, DAYS, st.dates(date(1999, 12, 1), date(2000, 4, 30)))
def test_a_day_is_in_the_intersection_when_it_is_in_both(
    a: date | None, b: date | None, c: date | None, d: date | None, on: date
) -> None:
    first, second = period(a, b), period(c, d)
    if first is None or second is None:
        return
    shared = first.intersect(second)
    assert (shared is not None and shared.contains(on)) is (first.contains(on) and second.contains(on))
    assert shared == second.intersect(first)


def test_a_partial_date_answers_yes_no_or_unknown() -> None:
    may = PartialDate.parse("1960-05")
    assert (may.earliest, may.latest, may.exact) == (date(1960, 5, 1), date(1960, 5, 31), None)
    assert may.is_before(date(1960, 6, 1)) is True
    assert may.is_before(date(1960, 5, 1)) is False
    assert may.is_before(date(1960, 5, 31)) is None
    assert may.is_on(date(1960, 5, 7)) is None
    assert may.is_on(date(1960, 4, 30)) is False
    assert PartialDate(1960, 5, 7).is_on(date(1960, 5, 7)) is True
    assert may.is_within(Period(date(1960, 1, 1), date(1961, 1, 1))) is True
    assert may.is_within(Period(date(1960, 5, 2), None)) is None
    assert may.is_within(Period(None, date(1960, 5, 1))) is False


@pytest.mark.parametrize(
    ("text", "shown", "latest"),
    [
        ("1960", "1960", date(1960, 12, 31)),
        ("19600200", "1960-02", date(1960, 2, 29)),
        ("1960-02-29", "1960-02-29", date(1960, 2, 29)),
        ("196000", "1960", date(1960, 12, 31)),
    ],
)
def test_partial_dates_are_read_in_their_usual_spellings(text: str, shown: str, latest: date) -> None:
    found = PartialDate.parse(text)
    assert str(found) == shown
    assert found.latest == latest


@pytest.mark.parametrize("text", ["1961-02-29", "1960-13", "1960-00-05", "60", "", "0000"])
def test_a_date_of_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(AnjiaError) as caught:
        PartialDate.parse(text)
    assert caught.value.code == "date-impossible"
