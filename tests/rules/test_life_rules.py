"""What the rules of the chapters D to I promise beside their own examples."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.rules import covers, names_in
from anjia.rules import examples

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "cities/zibo/rules/mapping-D-I.toml"
ON = date(2024, 3, 1)


def reads(city: Catalogue, ident: str) -> set[str]:
    rule = city.get("rule", ident).spec
    return {name for clause in rule.clause for text in (clause.when, clause.applies) for name in names_in(text)}


@pytest.mark.parametrize("ident", ["D-20", "D-20-self", "D-21", "D-22", "D-23"])
def test_a_divorce_reads_nothing_of_land(city: Catalogue, ident: str) -> None:
    forbidden = next(guard for guard in city.get("rule", "S-00").spec.guard if guard.id == "d").forbids
    assert forbidden
    assert not [name for name in reads(city, ident) for pattern in forbidden if covers(pattern, name)]


def test_an_arrest_cancels_nothing(city: Catalogue) -> None:
    assert city.parameters(ON)["cancel_on_arrest"] is False


@pytest.mark.parametrize(("beside", "left_over", "verdict"), [(True, 3, "yes"), (False, 3, "no"), (False, 0, "yes")])
def test_the_buyer_is_blocked_only_where_the_city_says_so(
    city: Catalogue, beside: bool, left_over: int, verdict: str
) -> None:
    facts = examples.facts_of({"own.holds": True, "left_over.persons": left_over})
    parameters = {**city.parameters(ON), "settle_beside_leftover": beside}
    rule = city.get("rule", "D-02").spec
    assert examples.judge(rule, facts, on=ON, parameters=parameters, catalogue=city).verdict == verdict


@pytest.mark.parametrize(
    ("kind", "dibao", "fen"),
    [
        ("first", None, 0),
        ("renewal", False, 2000),
        ("renewal", True, 0),
        ("renewal", None, None),
        ("damage", True, 4000),
        ("permit-reissue", False, None),
    ],
)
def test_the_fee_follows_the_kind_and_the_household(
    city: Catalogue, kind: str, dibao: bool | None, fen: int | None
) -> None:
    values: dict[str, Any] = {"fee.kind": kind, "fee.dibao": dibao}
    found = examples.judged(city.get("rule", "I-07").spec, city, values, ON)
    assert found.scene.values.get("fee.due_fen") == fen


def test_what_is_mapped_names_a_place_and_a_test_that_exist() -> None:
    mapped = tomllib.loads(MAPPING.read_text("utf-8"))["mapped"]
    for one in mapped:
        if one["to"] == "planned":
            assert one["reason"]["zh"], one["rule"]
            continue
        path, _, name = one["test"].partition("::")
        assert (ROOT / one["where"]).is_file(), one["rule"]
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), one["rule"]
