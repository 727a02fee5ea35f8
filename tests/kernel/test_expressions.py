"""Reading and answering expressions: what is refused and where, unknown, days, numbers, traces."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from anjia.kernel import expressions
from anjia.kernel.errors import AnjiaError

POLICIES = Path(__file__).resolve().parents[3] / "shared/domain/policies.yaml"


def value(text: str, **facts: Any) -> Any:
    return expressions.evaluate(expressions.parse(text), facts)


def refused(text: str) -> AnjiaError:
    with pytest.raises(AnjiaError) as caught:
        expressions.parse(text)
    return caught.value


@pytest.mark.skipif(not POLICIES.exists(), reason="ABSENT shared/domain/policies.yaml")
def test_all_predicates_of_the_policies_are_read() -> None:
    policies = yaml.safe_load(POLICIES.read_text(encoding="utf-8"))["policies"]
    read = [expressions.parse(policy["predicate"]) for policy in policies]
    assert len(read) == 66
    calls = {call.key for one in read for call in one.calls}
    assert {"p.receiving('POL01')", "p.birth_event_within(180)", "unable(p.father_status)", "age(p)"} <= calls
    assert all(one.names for one in read)
    assert all(expressions.evaluate(one, {}) in (None, False) for one in read)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a.b and [x for x in y]", 1, 9),
        ("a and\n  f'{x}'", 2, 3),
        ("a\r\nand 汉字 + 2 ** 3", 2, 10),
        ("a() . b", 1, 1),
        ("name.lower() == 'a' and (lambda: 1)", 1, 26),
        ("(a := 1)", 1, 2),
        ("f(*a)", 1, 3),
        ("a == None", 1, 6),
        ("a is b", 1, 6),
        ("a in b", 1, 6),
        ("a in ()", 1, 6),
        ("a and (b", 1, 7),
        ("a , b", 1, 1),
        ("a # why", 1, 3),
        ("x[1:2]", 1, 3),
        ("x[1][2]", 1, 1),
        ("min(1)", 1, 1),
        ("max", 1, 1),
        ("days_between(a, b, c)", 1, 1),
        ("date('2023-02-29') < a", 1, 1),
        ("date(a) < b", 1, 1),
        ("receiving(a + 1)", 1, 11),
        ("receiving(who=1)", 1, 1),
        ("a.__class__", 1, 1),
        ("9007199254740993 > a", 1, 1),
        ("1e999 > a", 1, 1),
        ("1j > a", 1, 1),
        ("b'x' == a", 1, 1),
        ("~a", 1, 1),
        ("a @ b", 1, 1),
        ("", 1, 1),
        ("  \n ", 1, 1),
        ("'a\\x00' == a", 1, 1),
        ("a) or (b", 1, 2),
    ],
)
def test_what_is_outside_the_subset_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    fault = refused(text)
    assert fault.code == "expression-invalid"
    assert (fault.facts["line"], fault.facts["column"]) == (line, column)
    assert f"第 {line} 行第 {column} 列" in fault.message.zh
    assert f"line {line}, column {column}" in fault.message.en
    assert "years_between" in fault.remedy.zh
    assert "years_between" in fault.remedy.en


@pytest.mark.parametrize(
    "text",
    [
        "not " * 200 + "a",
        "(" * 300 + "a" + ")" * 300,
        "a" + " + 1" * 2000,
        "a" + " or a" * 900,
        "-" * 5000 + "1",
    ],
)
def test_what_is_too_large_is_refused_and_never_crashes(text: str) -> None:
    assert refused(text).code == "expression-invalid"


def test_names_calls_and_tables_are_told() -> None:
    one = expressions.parse(
        "cfg.sums[case.kind] > 1 and p.has( \"it's\", -2 ,date('2024-02-29')) or days_since(a.b) > 3"
    )
    key = "p.has(\"it's\", -2, date('2024-02-29'))"
    assert one.names == {"cfg.sums", "case.kind", key, "a.b", "today"}
    assert one.tables == {"cfg.sums"}
    assert [(call.name, call.key) for call in one.calls] == [("p.has", key)]
    assert one.calls[0].arguments == ("it's", -2, date(2024, 2, 29))
    assert expressions.evaluate(one, {key: True, "cfg.sums": {"x": 2}, "case.kind": "x"}) is True


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True), (True, False, False, True), (True, None, None, True),
        (False, False, False, False), (False, None, False, None), (None, None, None, None),
    ],
)  # fmt: skip
def test_and_or_follow_kleene(left: Any, right: Any, both: Any, either: Any) -> None:
    for a, b in ((left, right), (right, left)):
        assert value("a and b", a=a, b=b) is both
        assert value("a or b", a=a, b=b) is either
        assert value("not (a and b)", a=a, b=b) is (None if both is None else not both)


@pytest.mark.parametrize(
    "text",
    ["a == 1", "a < b", "not a", "a in (1, 2)", "1 in (a, 2)", "a + 1", "-a", "days_since(a)", "min(a, 1)",
     "1 / 0", "1 // 0", "1 % 0", "1.5 / 0", "1 if a else 1", "cfg.t[a]", "cfg.t['x']", "0 < a < 3",
     "a not in [1]", "len(a)", "abs(a)", "add_days(a, 1)"],
)  # fmt: skip
def test_unknown_makes_unknown(text: str) -> None:
    assert value(text, **{"cfg.t": {}, "b": 1}) is None


def test_what_decides_alone_decides_despite_unknown() -> None:
    assert value("1 in (a, 1)") is True
    assert value("0 < a < -1 and b", a=5) is False
    assert value("a if c else b", a=1, c=True) == 1


def test_known_is_never_unknown() -> None:
    assert value("is_known(a)") is False
    assert value("a is None") is True
    assert value("a is not None", a=0) is True
    assert value("is_known(a + 1)", a=None) is False


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        ("2000-02-29", "2018-02-28", 17), ("2000-02-29", "2018-03-01", 18), ("2000-02-29", "2020-02-29", 20),
        ("2000-03-01", "2018-03-01", 18), ("2000-03-01", "2018-02-28", 17), ("2000-12-31", "2001-01-01", 0),
        ("2024-02-29", "2024-02-29", 0), ("2024-02-29", "2024-02-28", -1),
    ],
)  # fmt: skip
def test_an_age_counts_birthdays(born: str, today: str, age: int) -> None:
    facts = {"born": date.fromisoformat(born), "today": date.fromisoformat(today)}
    assert value("years_between(born, today)", **facts) == age
    assert value("years_since(born)", **facts) == age


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2024-01-31", "2024-02-29", 1), ("2024-01-31", "2024-02-28", 0), ("2023-01-31", "2023-02-28", 1),
        ("2024-02-29", "2025-02-28", 12), ("2024-03-15", "2024-03-10", -1), ("2024-03-15", "2024-02-15", -1),
        ("2024-03-15", "2024-03-15", 0), ("2023-12-31", "2024-06-30", 6),
    ],
)  # fmt: skip
def test_a_period_of_months_ends_on_the_corresponding_or_last_day(start: str, end: str, months: int) -> None:
    facts = {"a": date.fromisoformat(start), "b": date.fromisoformat(end)}
    assert value("months_between(a, b)", **facts) == months
    assert value(f"add_months(a, {months}) <= b < add_months(a, {months + 1})", **facts) is True


def test_days_outside_the_calendar_are_unknown() -> None:
    facts = {"a": date(9999, 12, 31), "b": date(1, 1, 1)}
    assert value("add_days(a, 1)", **facts) is None
    assert value("add_months(a, 1)", **facts) is None
    assert value("add_days(b, -1)", **facts) is None
    assert value("add_months(b, 12 * 9998 + 11)", **facts) == date(9999, 12, 1)


def test_whole_numbers_round_down_and_decimals_are_doubles() -> None:
    assert value("-7 // 2") == -4
    assert value("-7 % 3") == 2
    assert value("7 / 2") == 3.5
    assert value("1.0 // 0.1") == 10.0, "floor(a / b), as the databases compute it"
    assert value("a == 0.1 and a * 2 == 0.2", a=Decimal("0.1")) is True


def test_a_whole_number_beyond_64_bits_is_an_error() -> None:
    with pytest.raises(AnjiaError) as caught:
        value("a * a", a=2**40)
    assert caught.value.code == "expression-overflow"


@pytest.mark.parametrize("text", ["a < 1", "a + 1", "a and True", "-a", "days_since(a)"])
def test_a_fact_of_the_wrong_type_is_an_error_of_the_definition(text: str) -> None:
    one = expressions.parse(text)
    facts = {"a": "x", "today": date(2024, 1, 1)}
    for reader in (expressions.evaluate, expressions.trace):
        with pytest.raises(AnjiaError) as caught:
            reader(one, facts)
        assert caught.value.code == "fact-mistyped"


def test_a_table_answers_by_key_and_numbers_match_their_text() -> None:
    table = {"cfg.t": {"80": 100, "x": 1}}
    assert value("cfg.t[a]", a=80, **table) == 100
    assert value("cfg.t['x']", **table) == 1
    assert value("cfg.t['y']", **table) is None


def test_a_trace_names_every_piece_with_its_value() -> None:
    one = expressions.parse("lease.filed and (16 <= years_since(born) or guardian.agrees)")
    found = expressions.trace(one, {"lease.filed": True, "born": date(2010, 5, 1), "today": date(2024, 5, 1)})
    assert found.value is None
    assert {piece.text: piece.value for piece in found.pieces()} == {
        one.text: None,
        "lease.filed": True,
        "16 <= years_since(born) or guardian.agrees": None,
        "16 <= years_since(born)": False,
        "years_since(born)": 14,
        "born": date(2010, 5, 1),
        "today": date(2024, 5, 1),
        "guardian.agrees": None,
    } | {"lease.filed and (16 <= years_since(born) or guardian.agrees)": None}


TYPES = {"a.flag": "bool", "a.count": "int", "a.sum": "decimal", "a.name": "text", "a.born": "date",
         "p.has()": "bool", "cfg.t": "table:int"}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a.flag and p.has('x')", "a.count + a.sum > 1", "years_since(a.born) >= 18", "a.name in ('x', 'y')",
     "cfg.t[a.name] > 2", "(a.count if a.flag else 1.5) > 0", "a.flag == True", "max(a.count, a.sum) == 3"],
)  # fmt: skip
def test_sound_expressions_have_no_faults(text: str) -> None:
    assert expressions.check(expressions.parse(text), TYPES, result="bool") == []


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("a.flag and a.flog", "expression-name-unknown", 12),
        ("p.hat('x')", "expression-name-unknown", 1),
        ("a.name > 3", "expression-kind", 10),
        ("a.flag < True", "expression-kind", 1),
        ("a.count and a.flag", "expression-kind", 1),
        ("years_since(a.name) > 3", "expression-kind", 13),
        ("a.count", "expression-kind", 1),
        ("a.born - 3 > 2", "expression-kind", 1),
        ("a.count['x'] == 1", "expression-kind", 1),
        ("1 in (a.name, 2)", "expression-kind", 7),
        ("add_days(a.born, 1.5) > a.born", "expression-kind", 18),
    ],
)
def test_check_lists_what_does_not_fit_with_its_place(text: str, code: str, column: int) -> None:
    faults = expressions.check(expressions.parse(text), TYPES, result="bool")
    assert [(fault.code, fault.facts["column"]) for fault in faults] == [(code, column)]


def test_check_suggests_the_name_that_was_meant() -> None:
    (fault,) = expressions.check(expressions.parse("a.flog"), TYPES)
    assert "a.flag" in fault.message.en
