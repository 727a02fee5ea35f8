"""Coverage of an index, and examples that notice each change of their rule."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from anjia.conf import main
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import RuleSpec
from anjia.rules import coverage
from anjia.rules.mapping import RuleMap
from anjia.rules.mutating import survivors


def test_no_rule_has_a_place_that_its_examples_do_not_hold(city: Catalogue) -> None:
    found = [str(one) for definition in city.list("rule") for one in survivors(definition.spec, city)]
    assert found == []


def without(rule: RuleSpec, *names: str) -> RuleSpec:
    return msgspec.structs.replace(rule, example=tuple(one for one in rule.example if one.name not in names))


@pytest.mark.parametrize(
    ("rule", "example", "change"),
    [
        ("D-20", "离婚正好九十日", "cfg.divorce_wait_days +1"),
        ("D-20", "离婚八十九日", "cfg.divorce_wait_days -1"),
        ("S-20", "租期最后一天", "today <= lease.end with <"),
        ("S-00", "差一天满 8 周岁，不必听取", "cfg.heard_age -1"),
    ],
)
def test_a_missing_example_is_noticed(city: Catalogue, rule: str, example: str, change: str) -> None:
    found = survivors(without(city.get("rule", rule).spec, example), city)
    assert any(change in str(one) for one in found), [str(one) for one in found]


def test_a_rule_is_mapped_by_a_definition_of_its_own_or_by_one_of_several(city: Catalogue) -> None:
    wanted = [("S-20", "a"), ("Z-99", "nowhere")]
    found = coverage.cover(wanted, city, RuleMap(), mutate=False)
    assert [(one.id, one.standing) for one in found.rules] == [("S-20", "mapped"), ("Z-99", "unmapped")]
    assert found.rules[0].places == ("rule S-20",)
    assert found.to_json()["counts"] == {"mapped": 1, "planned": 0, "unmapped": 1}
    assert "D-20" in found.strangers


def test_the_command_tells_what_is_unmapped_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = tmp_path / "index.csv"
    index.write_text("id,chapter,title,tags\nS-20,S,Tenant,seed\nZ-99,Z,Nowhere,assumed\n", encoding="utf-8")
    assert main.main(["rules", "coverage", "--index", str(index), "--json"]) == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in told["mapped"]] == ["S-20"]
    assert [one["id"] for one in told["unmapped"]] == ["Z-99"]
    index.write_text("id\nS-20\n", encoding="utf-8")
    assert main.main(["rules", "coverage", "--index", str(index), "--mutate"]) == 0
    index.write_text("name\nS-20\n", encoding="utf-8")
    assert main.main(["rules", "coverage", "--index", str(index)]) == 2


def test_an_index_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnjiaError, match="index-unreadable"):
        coverage.index(tmp_path / "none.csv")


def test_a_law_in_force_is_told_and_never_linked_without_a_text(city: Catalogue) -> None:
    laws = {one.spec.name: one.spec for one in city.list("law", date(2024, 3, 1))}
    assert laws["中华人民共和国民法典"].valid_from == date(2021, 1, 1)
    assert [one.name for one in laws.values() if one.text] == []
