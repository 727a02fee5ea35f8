"""Every example of every rule gives the same verdict in all readers, computed facts included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pytest
from django.db import connection

from anjia.kernel.definitions import vocabulary
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Expression, columns, to_sql, tree
from anjia.rules import examples
from anjia.rules.compiling import CompiledClause, CompiledRule, inlined
from anjia.rules.scene import Dictionary, Scene
from tests.rules.test_examples import literal

WORDS = {True: "yes", False: "no", None: "unknown"}
Ask = Callable[[list[str]], list[Any]]


@dataclass(frozen=True)
class Case:
    """One example of a rule as one expression over the facts that the example gives."""

    name: str
    verdict: str
    expression: Expression
    values: Mapping[str, Any]


def whole(rule: CompiledRule, known: Dictionary) -> tree.Node:
    """Gives a rule as one expression: a clause holds where it does not apply, or where it is met."""
    first = rule.rule.reads == "first"
    parts = tuple(clause(one, known, first=first) for one in rule.clauses)
    kind = tree.Or if first else tree.And
    return kind(parts, text=f"rule {rule.rule.id}")


def clause(one: CompiledClause, known: Dictionary, *, first: bool) -> tree.Node:
    when = inlined(one.when.tree, known)
    if one.applies is None:
        return when
    assert not first, "no rule of choices has a clause that may not apply"
    applies = inlined(one.applies.tree, known)
    return tree.Or((tree.Not(applies, text=f"not {applies.text}"), when), text=f"{applies.text} > {when.text}")


def expression(rule: CompiledRule, scene: Scene) -> Expression:
    """Gives a rule as one expression; a computed fact that the example gives itself is not computed."""
    computed = {name: one for name, one in scene.dictionary.derived.items() if name not in scene.given}
    root = whole(rule, Dictionary({}, computed))
    parts = list(tree.walk(root))
    facts = frozenset(part.name for part in parts if isinstance(part, tree.Fact))
    tables = frozenset(part.table for part in parts if isinstance(part, tree.Lookup))
    return Expression(f"{rule.rule.id} {id(root)}", root, facts | tables, (), tables)


@pytest.fixture(scope="module")
def cases(city: Catalogue) -> list[Case]:
    """Every example of every rule, judged by the closures."""
    made = []
    for definition in city.list("rule"):
        for example in definition.spec.example:
            found = examples.judged(definition.spec, city, example.facts, example.on)
            assert found.verdict == example.expect
            values = {**found.scene.given, "today": example.on}
            made.append(
                Case(f"{definition.id}: {example.name}", found.verdict, expression(found.compiled, found.scene), values)
            )
    assert len(made) >= 100
    return made


def differing(cases: list[Case], answers: list[Any]) -> list[str]:
    return [
        f"{case.name}: {case.verdict}, but {WORDS[answer]}"
        for case, answer in zip(cases, answers, strict=True)
        if WORDS[answer] != case.verdict
    ]


def test_numpy_gives_every_verdict(cases: list[Case]) -> None:
    answers = []
    for case in cases:
        single = {
            name: (np.datetime64(value, "D") if isinstance(value, date) else float(value) if isinstance(value, Decimal)
                   else value, True)
            for name, value in case.values.items() if not isinstance(value, dict) and name in case.expression.names
        }  # fmt: skip
        tables = {name: value for name, value in case.values.items() if isinstance(value, dict)}
        ((values, known),) = columns([case.expression], single, 1, tables=tables)
        answers.append(bool(values[0]) if known[0] else None)
    assert differing(cases, answers) == []


def in_sql(city: Catalogue, cases: list[Case], dialect: Any, ask: Ask) -> list[Any]:
    kinds = vocabulary.of_catalogue(city)
    texts = []
    for case in cases:
        tables = {name: value for name, value in case.values.items() if isinstance(value, dict)}
        column = {name: literal(case.values.get(name), kinds[name]) for name in case.expression.names - tables.keys()}
        texts.append(to_sql(case.expression, dialect, column.__getitem__, types=kinds, tables=tables))
    return [answer for start in range(0, len(texts), 50) for answer in ask(texts[start : start + 50])]


def test_duckdb_gives_every_verdict(city: Catalogue, cases: list[Case]) -> None:
    with duckdb.connect() as engine:
        answers = in_sql(
            city, cases, "duckdb", lambda texts: list(engine.execute("select " + ", ".join(texts)).fetchone() or ())
        )
    assert differing(cases, answers) == []


@pytest.mark.django_db
def test_postgresql_gives_every_verdict(city: Catalogue, cases: list[Case]) -> None:
    def ask(texts: list[str]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("select " + ", ".join(texts))
            return list(cursor.fetchone() or ())

    assert differing(cases, in_sql(city, cases, "postgres", ask)) == []
