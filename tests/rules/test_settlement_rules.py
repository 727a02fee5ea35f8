"""Clauses of settlement that only another city's parameters make count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.rules import examples

ON = date(2024, 3, 1)


def clause(city: Catalogue, rule: str, ident: str, facts: dict[str, Any], **parameters: Any) -> str:
    found = examples.judge(
        city.get("rule", rule).spec, examples.facts_of(facts), on=ON,
        parameters={**city.parameters(ON), **parameters}, catalogue=city,
    )  # fmt: skip
    return next(one for one in found.clauses if one.clause.id == ident).verdict


@pytest.mark.parametrize(
    ("age", "marital", "scope", "verdict"),
    [
        (30, "20", "any", "yes"), (17, "10", "never_married", "yes"), (30, "10", "never_married", "yes"),
        (30, "20", "never_married", "no"),
    ],
)  # fmt: skip
def test_which_adult_children_may_join_a_parent(
    city: Catalogue, age: int, marital: str, scope: str, verdict: str
) -> None:
    facts = {"person.age": age, "person.marital": marital}
    assert clause(city, "S-31", "scope", facts, adult_child_scope=scope) == verdict


@pytest.mark.parametrize(("relation", "wide", "verdict"), [(False, False, "no"), (False, True, "yes")])
def test_wide_kin_needs_no_guardianship(city: Catalogue, relation: bool, wide: bool, verdict: str) -> None:
    assert clause(city, "S-33", "guardian", {"kin.is_guardian": relation}, wide_kin=wide) == verdict


@pytest.mark.parametrize(("met", "verdict"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_a_county_s_conditions_count_in_that_county_only(city: Catalogue, met: bool | None, verdict: str) -> None:
    facts = {"village.county": "370321"} | ({} if met is None else {"village.conditions_met": met})
    asks = {"370321": "在村居住并经村委会证明"}
    assert clause(city, "S-62", "county", facts, village_conditions=asks) == verdict
    assert clause(city, "S-62", "county", facts, village_conditions={"370322": "另一个县"}) == "not_applicable"
    assert clause(city, "S-62", "county", facts) == "not_applicable"
