"""Every rule of the index stands somewhere: a definition, a place with its test, or a plan with its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from anjia.kernel.definitions import load
from anjia.rules import mapping

CITY = mapping.ROOT / "cities" / "zibo"
INDEX = mapping.ROOT.parent / "shared" / "domain" / "rules_index.csv"


@pytest.mark.skipif(not INDEX.is_file(), reason="the domain pack does not lie beside the checkout")
def test_no_rule_of_the_index_is_mapped_nowhere() -> None:
    with INDEX.open(encoding="utf-8", newline="") as file:
        idents = [row["id"] for row in csv.DictReader(file)]
    standings = mapping.standings(idents, load(CITY).catalogue, mapping.read(CITY))
    assert len(idents) > 200
    assert [ident for ident, standing in standings.items() if standing == "unmapped"] == []


def test_nothing_in_the_mapping_files_is_wrong() -> None:
    assert [str(fault) for fault in mapping.read(CITY).faults] == []


def _city(folder: Path, text: str) -> Path:
    (folder / "rules").mkdir()
    (folder / "rules" / "mapping.toml").write_text(text, encoding="utf-8")
    return folder


MAPPED = """
[[mapped]]
rule = "P-07"
to = "{to}"
where = "{where}"
test = "{test}"
note = {{zh = "工作日", en = "Working days"}}
"""
GOOD = {
    "to": "job",
    "where": "anjia/rules/mapping.py::def read",
    "test": "tests/rules/test_rules_index.py::test_nothing_in_the_mapping_files_is_wrong",
}


def test_a_sound_mapping_is_read(tmp_path: Path) -> None:
    found = mapping.read(_city(tmp_path, MAPPED.format(**GOOD)))
    assert found.faults == ()
    assert [one.rule for one in found.places("P-07")] == ["P-07"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"where": "anjia/rules/nothing.py"}, "mapping-nowhere"),
        ({"where": "anjia/rules/mapping.py::no such name here"}, "mapping-nowhere"),
        ({"test": "tests/rules/test_rules_index.py::test_that_nobody_wrote"}, "mapping-nowhere"),
        ({"test": "anjia/rules/mapping.py::read"}, "mapping-nowhere"),
        ({"to": "hope"}, "mapping-invalid"),
    ],
)
def test_a_place_or_test_that_does_not_exist_is_a_fault(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    found = mapping.read(_city(tmp_path, MAPPED.format(**{**GOOD, **changed})))
    assert [fault.code for fault in found.faults] == [code]
    assert found.faults[0].line > 1


def test_only_some_chapters_may_wait_and_not_what_stands_already(tmp_path: Path) -> None:
    plan = '[[planned]]\nrule = "{}"\nreason = {{zh = "以后", en = "Later"}}\n'
    folder = _city(tmp_path, plan.format("S-10") + plan.format("V-01") + plan.format("P-07") + MAPPED.format(**GOOD))
    found = mapping.read(folder)
    assert {fault.code for fault in found.faults} == {"rule-may-not-wait", "rule-no-plan"}
    assert found.reason("V-01") is not None


def test_parts_of_a_rule_stand_for_it() -> None:
    assert mapping.index_id("R-04-home") == "R-04"
    assert mapping.index_id("PR-20") == "PR-20"
