"""Rule rows: the words of a verdict, their order, and masks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from anjia.channels.ui import masking, rulerows
from anjia.kernel.specs import LawSpec, Words
from anjia.kernel.specs.rule import Clause


@dataclass(frozen=True)
class Judged:
    clause: Clause
    verdict: str
    facts: tuple[Any, ...] = ()
    from_on: date | None = None
    laws: dict[str, LawSpec] = field(default_factory=dict)


def clause(ident: str, action: str = "") -> Clause:
    words = Words(zh=ident, en=ident)
    return Clause(id=ident, when="True", text=words, basis=(), remedy=words, action=action)


def rows(*judged: Judged) -> list[rulerows.RuleRow]:
    judgement = SimpleNamespace(rule=SimpleNamespace(id="S-20"), clauses=judged)
    return rulerows.rows([judgement], spec_of=lambda _: None, action=lambda a: (rulerows.Remedy(Words(a, a), "/x", a),))


def test_what_needs_action_comes_first_and_unknown_never_refuses() -> None:
    made = rows(
        Judged(clause("met"), "yes"),
        Judged(clause("na"), "not_applicable"),
        Judged(clause("ask"), "unknown"),
        Judged(clause("add", "consent:owner"), "unknown"),
        Judged(clause("visit", "visit"), "unknown"),
        Judged(clause("no"), "no", from_on=date(2027, 1, 1)),
    )
    assert [row.verdict for row in made] == ["unmet", "lacking", "unknown", "unknown", "met", "not_applicable"]
    assert made[0].from_on == date(2027, 1, 1)
    assert made[1].actions[0].href == "/x"
    assert made[4].remedy is None
    counts = rulerows.summary(made)
    assert (counts.total, counts.met, counts.verdict) == (6, 1, "unmet")


def test_values_are_shown_by_the_dictionary() -> None:
    spec = SimpleNamespace(shown={"true": Words("已备案", "Filed")}, unit="天")
    assert rulerows.shown(True, spec) == Words("已备案", "Filed")
    assert rulerows.shown(False, spec) == Words("否", "No")
    assert rulerows.shown(30, spec) == "30 天"
    assert rulerows.shown(date(2026, 11, 23), None) == "2026-11-23"
    assert rulerows.shown(None, spec) is None


@pytest.mark.parametrize(
    ("full", "masked"),
    [("王芳", "王＊"), ("王小芳", "王＊芳"), ("欧阳小芳", "欧＊＊芳"), ("王", "王"), ("", ""), ("王𰻞𰻞", "王＊𰻞")],
)
def test_names_are_masked_by_character(full: str, masked: str) -> None:
    assert masking.name(full) == masked


def test_numbers_are_masked() -> None:
    assert masking.number("990199199001010014") == "9901 •••• •••• 0014"
    assert masking.number("13800001234") == "138 •••• 1234"
