"""The day that turns a verdict: computed days find the same one as trying every day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anjia.kernel.expressions import compile, parse
from anjia.rules.turning import first_turn

DAYS = st.dates(date(2018, 1, 1), date(2026, 12, 31))
LEAP = st.sampled_from([date(2020, 2, 29), date(2024, 2, 29), date(2023, 1, 31), date(2024, 12, 31)])
DATES = st.one_of(DAYS, LEAP)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
MOVING = [
    ("today", "a.date"),
    ("add_days(today, {n})", "a.date"),
    ("add_months(today, {n})", "a.date"),
    ("days_between(a.date, today)", "{n}"),
    ("days_between(today, a.date)", "{n}"),
    ("months_between(a.date, today)", "{n}"),
    ("months_between(today, a.date)", "{n}"),
    ("years_between(b.date, today)", "{m}"),
    ("years_between(today, b.date)", "{m}"),
    ("days_between(a.date, today) + 3", "{n}"),
    ("10 - months_between(a.date, today)", "{n}"),
    ("-days_between(a.date, today)", "{n}"),
    ("abs(days_between(a.date, today))", "{n}"),
    ("max(days_between(a.date, today), 5)", "{n}"),
    ("min(months_between(a.date, today), n.free)", "{n}"),
]
HORIZON = 3 * 366


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    left, right = draw(st.sampled_from(MOVING))
    number, years = draw(st.integers(-20, 40)), draw(st.integers(-3, 9))
    sides = [left.format(n=number), right.format(n=number, m=years)]
    if draw(st.booleans()):
        sides.reverse()
    return f"({sides[0]}) {draw(SIGNS)} ({sides[1]})"


@st.composite
def expressions(draw: st.DrawFn) -> str:
    parts = [draw(comparisons()) for _ in range(draw(st.integers(1, 3)))]
    text = f" {draw(st.sampled_from(['and', 'or']))} ".join(parts)
    return f"not ({text})" if draw(st.booleans()) else text


def by_hand(text: str, values: dict[str, Any], on: date) -> date | None:
    value = compile(parse(text))
    now = value({**values, "today": on})
    days = (on + timedelta(step) for step in range(1, HORIZON))
    return next((day for day in days if value({**values, "today": day}) is not now), None)


def computed(text: str, values: dict[str, Any], on: date) -> date | None:
    expression = parse(text)
    value = compile(expression)
    now = value({**values, "today": on})
    return first_turn(
        on, [expression.tree], {**values, "today": on}, lambda day: value({**values, "today": day}) is not now
    )


@settings(max_examples=400, deadline=None)
@given(text=expressions(), a=DATES, b=DATES, n=st.integers(-5, 20), on=DATES)
def test_computed_days_find_the_same_day_as_trying_every_day(text: str, a: date, b: date, n: int, on: date) -> None:
    values = {"a.date": a, "b.date": b, "n.free": n}
    expected = by_hand(text, values, on)
    found = computed(text, values, on)
    if found is not None and found >= on + timedelta(HORIZON):
        found = None
    assert found == expected, text


@pytest.mark.parametrize(
    ("text", "on", "turns"),
    [
        ("a.date <= today", date(2024, 2, 28), date(2024, 2, 29)),
        ("a.date < today", date(2024, 2, 29), date(2024, 3, 1)),
        ("years_between(a.date, today) >= 18", date(2042, 1, 1), date(2042, 3, 1)),
        ("months_between(a.date, today) >= 12", date(2025, 1, 1), date(2025, 2, 28)),
        ("days_between(a.date, today) > 90", date(2024, 3, 1), date(2024, 5, 30)),
        ("is_known(a.date)", date(2024, 3, 1), None),
        ("c.unknown <= today", date(2024, 3, 1), None),
    ],
)
def test_days_around_29_february(text: str, on: date, turns: date | None) -> None:
    assert computed(text, {"a.date": date(2024, 2, 29)}, on) == turns


def test_time_against_time_is_tried_day_by_day() -> None:
    text = "days_between(a.date, today) == days_between(today, b.date)"
    values = {"a.date": date(2024, 1, 1), "b.date": date(2024, 1, 21)}
    assert computed(text, values, date(2024, 1, 2)) == date(2024, 1, 11)
