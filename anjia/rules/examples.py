"""Runs the examples that rules and items carry in their own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import ItemSpec, RuleSpec
from anjia.kernel.specs.rule import RuleExample
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
    parameters = parameters_of(catalogue, values, on)
    return judge(rule, facts_of(values), on=on, parameters=parameters, catalogue=catalogue)


def parameters_of(catalogue: Catalogue, values: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Gives the parameters under which an example is judged: its own `cfg.<id>` go before the city's."""
    own = {name.removeprefix("cfg."): value for name, value in values.items() if name.startswith("cfg.")}
    return {**catalogue.parameters(on), **own}


def rule_fault(found: str, clauses: Mapping[str, str], example: RuleExample) -> tuple[str, str] | None:
    """Gives what is wrong with an example in Chinese and English, None when it holds.

    Args:
        found: verdict of the rule.
        clauses: clause → its verdict.
    """
    if found != example.expect:
        return f"应为 {example.expect}，却是 {found}", f"expected {example.expect}, got {found}"
    wanted = {**dict.fromkeys(example.failing, "no"), **example.clauses}
    for ident, verdict in wanted.items():
        had = clauses.get(ident)
        if had != verdict:
            return f"条款 {ident} 应为 {verdict}，却是 {had}", f"clause {ident} should be {verdict}, but is {had}"
    return None


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


def _rule_fault(rule: RuleSpec, catalogue: Catalogue, example: RuleExample) -> tuple[str, str] | None:
    found = judged(rule, catalogue, example.facts, example.on)
    return rule_fault(found.verdict, {one.clause.id: one.verdict for one in found.clauses}, example)


def _item_fault(item: ItemSpec, catalogue: Catalogue, example: Any) -> tuple[str, str] | None:
    found = judge_item(item, catalogue, facts_of(example.facts), example.on).outcomes
    wrong = {ident: found.get(ident) for ident, verdict in example.expect.items() if found.get(ident) != verdict}
    text = ", ".join(f"{ident} = {verdict}" for ident, verdict in wrong.items())
    return (f"结果却是 {text}", f"the outcome is {text}") if wrong else None
