"""Expressions over columns and as SQL: single values, blocks, faults, thresholds, the text itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel import expressions
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import Expression, parse
from anjia.kernel.expressions.closures import closure
from anjia.kernel.expressions.thresholds import rewrite

TYPES = {"a.born": "date", "a.name": "text", "a.count": "int", "a.sum": "decimal", "a.flag": "bool"}


def over(text: str, n: int, block: int = 3, **columns: Any) -> tuple[list[Any], list[bool]]:
    pairs = {name: (np.array(values), np.array(known)) for name, (values, known) in columns.items()}
    ((values, known),) = expressions.columns([parse(text)], pairs, n, block=block)
    return values.tolist(), known.tolist()


def sql(text: str, dialect: Any = "postgres", **tables: Any) -> str:
    return expressions.to_sql(parse(text), dialect, lambda name: name, types=TYPES, tables=tables)


def test_single_values_hold_for_all_rows_and_blocks_join() -> None:
    values, known = over("a + b > 3", 7, a=(list(range(7)), [True] * 6 + [False]), b=(1, True))
    assert values == [False, False, False, True, True, True, False]
    assert known == [True] * 6 + [False]


def test_no_rows_give_no_answers() -> None:
    assert over("a > 3", 0, a=(np.array([], dtype=np.int64), np.array([], dtype=bool))) == ([], [])


@pytest.mark.parametrize(
    "text", ["gone", "gone > 1", "gone + 1", "days_since(gone) > 1", "gone in ('a', 'b')", "min(gone, 'a')",
             "cfg.t[gone]", "'x' if a > 0 else gone", "not gone", "len(gone) > 1", "-gone", "gone == 'x'"],
)  # fmt: skip
def test_an_absent_column_is_unknown(text: str) -> None:
    _, known = over(text, 2, a=([0, 0], [True, True]), today=(np.datetime64("2024-01-01"), True))
    assert known == [False, False]


def test_unknown_rows_may_hold_anything() -> None:
    big = [2**62, 3]
    assert over("a * 4", 2, a=(big, [False, True]))[0][1] == 12
    with pytest.raises(AnjiaError) as caught:
        over("a * 4", 2, a=(big, [True, True]))
    assert caught.value.code == "expression-overflow"


@pytest.mark.parametrize("text", ["a + 1", "a and b", "days_between(a, b)", "add_days(b, 1.5)"])
def test_a_column_of_the_wrong_type_is_an_error(text: str) -> None:
    with pytest.raises(AnjiaError) as caught:
        over(text, 1, a=(["x"], [True]), b=([np.datetime64("2024-01-01")], [True]))
    assert caught.value.code == "fact-mistyped"


@given(
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    st.integers(0, 120),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.booleans(),
)
def test_an_age_is_a_threshold_of_birth_dates(
    born: date, today: date, years: int, sign: str, first: bool
) -> None:
    text = f"years_since(born) {sign} {years}" if first else f"{years} {sign} years_since(born)"
    one = parse(text)
    rewritten = rewrite(one.tree)
    assert "years_between" not in str(rewritten)
    facts = {"born": born, "today": today}
    assert closure(rewritten)(facts) is expressions.evaluate(one, facts)


def test_an_age_in_sql_compares_the_bare_column_with_one_day() -> None:
    assert sql("years_since(a.born) >= 80").startswith("(a.born <= ")


def test_texts_are_ordered_by_code_point_in_postgresql() -> None:
    assert 'COLLATE "C"' in sql("a.name < 'x'")
    assert 'COLLATE "C"' in sql("min(a.name, 'x') == 'x'")
    assert "COLLATE" not in sql("a.name == 'x'")
    assert "COLLATE" not in sql("a.name < 'x'", "duckdb")


def test_texts_in_sql_are_quoted_and_columns_stay_as_given() -> None:
    assert sql("a.name == 'it\\'s'") == "(a.name = 'it''s')"
    raw = expressions.to_sql(parse("a"), "postgres", lambda name: "t.x #>> '{a}'")
    assert raw == "(t.x #>> '{a}')"


def test_sql_has_no_percent_sign_of_its_own() -> None:
    assert "%" not in sql("a.count % 3 == 1") + sql("a.sum % 3 == 1", "duckdb")


def test_a_remainder_needs_the_types() -> None:
    with pytest.raises(AnjiaError) as caught:
        expressions.to_sql(parse("x % 3 == 1"), "postgres", str)
    assert caught.value.code == "expression-untyped"


def test_sql_that_would_explode_is_refused() -> None:
    text = "a.born"
    for _ in range(9):
        text = (
            f"add_months({text}, months_between({text}, a.born))"
            if len(text) < 400
            else f"add_days({text}, 1)"
        )
    with pytest.raises(AnjiaError) as caught:
        sql(f"{text} > a.born")
    assert caught.value.code == "expression-too-large"


def test_expressions_are_equal_by_their_text() -> None:
    one, other = parse("a and b"), Expression("a and b", parse("a").tree, frozenset(), (), frozenset())
    assert one == other
    assert len({one, other}) == 1
