"""Truth values in packed bits: the same answers as closures give row by row, at the edges of the calendar too."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import parse
from anjia.kernel.expressions.claims import Claims
from anjia.kernel.expressions.closures import closure
from anjia.kernel.expressions.turnings import settled

NAMES = ("a.flag", "b.flag", "a.day", "a.count", "a.word")
TEXTS = (
    "a.flag", "not a.flag", "a.flag and b.flag", "a.flag or b.flag", "a.flag or not b.flag and gone",
    "is_known(a.flag)", "is_known(gone) or a.flag", "a.flag if is_known(a.flag) else b.flag",
    "b.flag if a.flag else gone", "a.count in (1, 2, gone)", "a.word in ('x', 'y')", "a.word == 'x' or a.count > 1",
    "a.count < (1 if b.flag else 2 if a.flag else 3)", "(1 if b.flag else 2) <= a.count", "a.count + 1 > 2",
    "a.flag == b.flag", "true", "a.flag and false", "gone > 1", "a.count < gone",
)  # fmt: skip
DAYS = st.one_of(
    st.dates(),
    st.dates(date(2023, 12, 1), date(2025, 3, 31)),
    st.sampled_from([date.min, date.max, date(2024, 2, 29), date(2023, 2, 28), date(1, 1, 31), date(9999, 11, 30)]),
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def claimed(text: str, rows: list[dict[str, Any]], today: date) -> list[bool | None]:
    columns: dict[str, Any] = {"today": (today, True)}
    for name, empty in zip(NAMES, (False, False, date(2000, 1, 1), 0, ""), strict=True):
        given_ = [row.get(name) for row in rows]
        values = np.array([empty if one is None else one for one in given_], "M8[D]" if name == "a.day" else None)
        columns[name] = (values, np.array([one is not None for one in given_], bool))
    ((yes, no),) = Claims([parse(text)], columns).claims(0, len(rows))
    bits = [np.unpackbits(np.broadcast_to(side, ((len(rows) + 7) // 8,)).copy())[: len(rows)] for side in (yes, no)]
    assert not (bits[0] & bits[1]).any()
    return [True if met else False if unmet else None for met, unmet in zip(*bits, strict=True)]


ROW = st.fixed_dictionaries({}, optional={
    "a.flag": st.booleans(), "b.flag": st.booleans(), "a.day": DAYS, "a.count": st.integers(0, 4),
    "a.word": st.sampled_from(["x", "y", "z"]),
})  # fmt: skip


@given(st.sampled_from(TEXTS), st.lists(ROW, min_size=1, max_size=20), DAYS)
def test_claims_are_what_closures_say(text: str, rows: list[dict[str, Any]], today: date) -> None:
    met = closure(parse(text).tree)
    assert claimed(text, rows, today) == [met({**row, "today": today}) for row in rows]


@given(
    st.sampled_from(["months_between", "days_between", "years_between"]), st.booleans(), SIGNS,
    st.integers(-130, 130), DAYS, st.lists(ROW, min_size=1, max_size=12),
)  # fmt: skip
def test_a_period_up_to_today_is_a_day(
    name: str, first: bool, sign: str, number: int, today: date, rows: list[dict[str, Any]]
) -> None:
    arguments = "a.day, today" if first else "today, a.day"
    same(f"{name}({arguments}) {sign} {number}", today, rows)
    same(f"{number} {sign} {name}({arguments})", today, rows)


@given(
    st.sampled_from(["add_months", "add_days"]), SIGNS, st.integers(-40, 40), DAYS,
    st.lists(ROW, min_size=1, max_size=12),
)  # fmt: skip
def test_a_sum_compared_with_today_is_a_day(
    name: str, sign: str, count: int, today: date, rows: list[dict[str, Any]]
) -> None:
    same(f"{name}(a.day, {count}) {sign} today", today, rows)
    same(f"today {sign} {name}(a.day, {count})", today, rows)


def same(text: str, today: date, rows: list[dict[str, Any]]) -> None:
    tree = parse(text).tree
    plain, changed = closure(tree), closure(settled(tree, today))
    facts = [{**row, "today": today} for row in rows]
    found = [plain(one) for one in facts]
    assert [changed(one) for one in facts] == found
    assert claimed(text, rows, today) == found


def test_what_is_settled_asks_for_no_period() -> None:
    for text in ("months_between(a.day, today) >= 6", "add_months(a.day, -1) <= today", "days_until(a.day) < 30"):
        changed = str(settled(parse(text).tree, date(2026, 10, 31)))
        assert not any(f"Function(text='{name}" in changed for name in ("months", "add", "days"))
        assert "Function" not in changed


@pytest.mark.parametrize("text", ["a.count and a.flag", "not a.count", "a.flag if a.count else b.flag"])
def test_what_is_no_truth_value_is_an_error(text: str) -> None:
    with pytest.raises(AnjiaError) as caught:
        claimed(text, [{"a.count": 1, "a.flag": True, "b.flag": True}], date(2026, 1, 1))
    assert caught.value.code == "fact-mistyped"
