"""Runs the examples that rules and items carry in their own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import ItemSpec, RuleSpec
from anjia.kernel.specs.text import Words
from anjia.rules.judgement import Judgement
from anjia.rules.judging import judge, judge_item
from anjia.rules.ports import Fact

EXAMPLE = Words(zh="样例", en="Example")


def facts_of(values: Mapping[str, Any]) -> dict[str, Fact]:
    """Gives plain values as facts (source: the example)."""
    return {name: Fact(name, value, EXAMPLE) for name, value in values.items()}


def run(catalogue: Catalogue) -> list[Fault]:
    """Runs every example of every rule and item and gives those that fail, each at its line."""
    found: list[Fault] = []
    for definition in catalogue.all():
        if definition.kind in ("rule", "item"):
            found += _of(definition, catalogue)
    return found


def judged(rule: RuleSpec, catalogue: Catalogue, values: Mapping[str, Any], on: date) -> Judgement:
    """Judges a rule over plain values with the catalogue's parameters and computed facts."""
    return judge(rule, facts_of(values), on=on, parameters=catalogue.parameters(on), catalogue=catalogue)


def _of(definition: Definition, catalogue: Catalogue) -> Iterator[Fault]:
    place = Place(definition)
    for position, example in enumerate(definition.spec.example):
        try:
            if definition.kind == "rule":
                wrong = _rule_fault(definition.spec, catalogue, example)
            else:
                wrong = _item_fault(definition.spec, catalogue, example)
        except AnjiaError as error:
            wrong = (error.message.zh, error.message.en)
        if wrong is not None:
            yield place.fault(
                f"example[{position}]",
                "example-fails",
                f"{definition.id} 的样例“{example.name}”：{wrong[0]}",
                f"{definition.id}, example “{example.name}”: {wrong[1]}",
            )


def _rule_fault(rule: RuleSpec, catalogue: Catalogue, example: Any) -> tuple[str, str] | None:
    found = judged(rule, catalogue, example.facts, example.on)
    if found.verdict != example.expect:
        return f"应为 {example.expect}，却是 {found.verdict}", f"expected {example.expect}, got {found.verdict}"
    failing = {one.clause.id for one in found.clauses if one.verdict == "no"}
    lost = ", ".join(ident for ident in example.failing if ident not in failing)
    return (f"条款 {lost} 应不符合", f"clause {lost} should not be met") if lost else None


def _item_fault(item: ItemSpec, catalogue: Catalogue, example: Any) -> tuple[str, str] | None:
    found = judge_item(item, catalogue, facts_of(example.facts), example.on).outcomes
    wrong = {ident: found.get(ident) for ident, verdict in example.expect.items() if found.get(ident) != verdict}
    text = ", ".join(f"{ident} = {verdict}" for ident, verdict in wrong.items())
    return (f"结果却是 {text}", f"the outcome is {text}") if wrong else None
