"""The examples in the definitions hold in Python, in PostgreSQL and in DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from django.db import connection

from anjia.kernel.definitions import vocabulary
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Expression, evaluate, parse, to_sql
from anjia.kernel.specs import RuleSpec
from anjia.rules import examples
from anjia.rules.compiling import inlined
from anjia.rules.examples import judged
from anjia.rules.scene import dictionary

Ask = Callable[[list[str]], list[Any]]
TYPES = {"bool": "boolean", "int": "bigint", "decimal": "double precision", "text": "text", "date": "date"}


def test_every_example_holds_in_python(city: Catalogue) -> None:
    assert [str(fault) for fault in examples.run(city)] == []


def test_every_rule_has_examples_of_each_verdict_and_of_an_edge(city: Catalogue) -> None:
    for definition in city.list("rule"):
        rule: RuleSpec = definition.spec
        assert {"yes", "no", "unknown"} <= {one.expect for one in rule.example}, rule.id
    days = {(one.on.month, one.on.day) for definition in city.list("rule") for one in definition.spec.example}
    assert (2, 29) in days


def test_every_clause_is_not_met_in_some_example_or_case(city: Catalogue) -> None:
    """A clause that no example can fail may be a clause that is always true."""
    exceptions = {"S-20.length", "S-00.c-adult", "S-00.c-guardian", "S-00.c-heard", "S-00.c-elder", "P-11.identity",
                  "S-20.owner", "S-01.1", "S-01.2", "S-01.3", "S-01.4", "S-01.5",
                  "S-31.scope", "S-62.county", "D-02.beside"}  # fmt: skip
    for definition in city.list("rule"):
        failing = {ident for one in definition.spec.example for ident in one.failing}
        for clause in definition.spec.clause:
            name = f"{definition.id}.{clause.id}"
            assert clause.id in failing or name in exceptions, name


@pytest.mark.parametrize(
    ("rule", "clause", "facts"),
    [
        ("S-00", "c-adult", {"person.age": 20, "applicant.own_will": False}),
        ("S-00", "c-guardian", {"person.age": 12, "guardian.agrees": False}),
        ("S-00", "c-heard", {"person.age": 8, "minor.heard": False}),
        ("S-00", "c-elder", {"person.age": 60, "applicant.true_wish": False}),
        ("S-20", "owner", {"lease.filed": True, "lessor.is_holder": False, "owner.papers_seen": False}),
        ("S-01", "2", {"kin.has_household": False}),
        ("S-01", "3", {"lease.filed": False}),
        ("S-01", "4", {"employer.collective_household": False}),
        ("S-01", "5", {"residence.collective_household": False}),
        ("P-11", "identity", {"person.real": False}),
    ],
)
def test_each_remaining_clause_can_fail(city: Catalogue, rule: str, clause: str, facts: dict[str, Any]) -> None:
    found = judged(city.get("rule", rule).spec, city, facts, date(2024, 3, 1))
    assert next(one for one in found.clauses if one.clause.id == clause).verdict == "no"


@pytest.mark.parametrize("months", [0, 12])
def test_a_shortest_lease_counts_only_where_the_city_sets_one(city: Catalogue, months: int) -> None:
    rule = city.get("rule", "S-20").spec
    values = {"lease.filed": True, "lease.start": date(2024, 1, 1), "cfg.lease_min_months": months}
    for end, verdict in ((date(2024, 12, 31), "yes"), (date(2024, 12, 30), "no")):
        found = examples.judge(
            rule, examples.facts_of({**values, "lease.end": end}), on=date(2024, 3, 1),
            parameters={"lease_min_months": months}, catalogue=city,
        )  # fmt: skip
        part = next(one for one in found.clauses if one.clause.id == "length")
        assert part.verdict == (verdict if months else "not_applicable")


def literal(value: Any, kind: str) -> str:
    if value is None:
        return f"cast(null as {TYPES[kind]})"
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return f"cast('{value.isoformat()}' as date)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Decimal() | float():
            return f"cast({value} as double precision)"
    return f"cast({value} as bigint)"


def statement(expression: Expression, dialect: Any, values: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    tables = {name: values[name] for name in expression.tables if isinstance(values.get(name), dict)}
    return to_sql(
        expression, dialect, lambda name: literal(values.get(name), kinds[name]), types=dict(kinds), tables=tables
    )


def cases(city: Catalogue) -> list[tuple[str, Expression, dict[str, Any], Any]]:
    """Gives every clause of every rule example: its name, expression, values and value in Python."""
    found = []
    for definition in city.list("rule"):
        for example in definition.spec.example:
            outcome = judged(definition.spec, city, example.facts, example.on)
            for clause in outcome.clauses:
                for text in filter(None, (clause.clause.when, clause.clause.applies)):
                    expression = parse(text)
                    value = examples_value(expression, outcome.scene.values)
                    found.append((f"{definition.id}: {text}", expression, outcome.scene.values, value))
    return found


def examples_value(expression: Expression, values: Mapping[str, Any]) -> Any:
    return evaluate(expression, values)


def agree(city: Catalogue, dialect: str, ask: Ask) -> None:
    kinds = vocabulary.of_catalogue(city)
    rows = cases(city)
    answers = ask([statement(expression, dialect, values, kinds) for _, expression, values, _ in rows])
    for (name, _, values, expected), found in zip(rows, answers, strict=True):
        assert found is expected, (name, values)


def test_every_example_gives_the_same_in_duckdb(city: Catalogue) -> None:
    with duckdb.connect() as engine:
        agree(city, "duckdb", lambda texts: list(engine.execute("select " + ", ".join(texts)).fetchone() or ()))


@pytest.mark.django_db
def test_every_example_gives_the_same_in_postgresql(city: Catalogue) -> None:
    def ask(texts: list[str]) -> list[Any]:
        found: list[Any] = []
        with connection.cursor() as cursor:
            for start in range(0, len(texts), 200):
                cursor.execute("select " + ", ".join(texts[start : start + 200]))
                found += cursor.fetchone() or ()
        return found

    agree(city, "postgres", ask)


def test_computed_facts_can_be_written_out(city: Catalogue) -> None:
    known = dictionary(city, date(2024, 3, 1))
    root = inlined(parse("person.age >= 60").tree, known)
    assert "birth_on" in repr(root)
