"""A rule that nobody of a city meets has a reason; what lies in the rule itself explains no more than it does."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.rules import nobody
from anjia.rules.compiling import compiled
from anjia.rules.finding import CODES, Marks, Verdicts
from anjia.rules.scene import dictionary

ON = date(2026, 11, 25)
LETTERS = {"y": "yes", "n": "no", "u": "unknown", "-": "not_applicable"}


def told(city: Catalogue, rule: str, **verdicts: str) -> list[str]:
    """The facts that explain why none of three persons meets a rule; a verdict is one letter a person."""
    spec = city.get("rule", rule, ON).spec
    assert {clause.id for clause in spec.clause} == set(verdicts)
    marks = {}
    for clause, letters in verdicts.items():
        codes = np.array([CODES[LETTERS[one]] for one in letters])
        marks[rule, clause] = Marks(*(np.packbits(codes >> bit & 1) for bit in (0, 1)))
    found = nobody.told_in_cases(compiled(spec), Verdicts([spec], ON, 3, marks), dictionary(city, ON))
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("status", "approved", "facts"),
    [
        ("yyn", "uuu", ["resettle.approved"]),  # somebody would meet it, had it been approved
        ("-nn", "uuu", ["resettle.approved"]),
        ("nnn", "uuu", []),  # nobody is in that state: that wants another reason
        ("uuu", "uuu", []),
    ],
)
def test_what_only_a_case_tells_explains_it_when_somebody_meets_the_rest(
    city: Catalogue, status: str, approved: str, facts: list[str]
) -> None:
    clauses = [clause.id for clause in city.get("rule", "X-10", ON).spec.clause]
    by_when = {"resettle.approved": approved}
    verdicts = {one.id: by_when.get(one.when, status) for one in city.get("rule", "X-10", ON).spec.clause}
    assert set(verdicts) == set(clauses)
    assert told(city, "X-10", **verdicts) == facts


def test_a_department_that_tells_person_by_person_is_asked_in_a_case_only(city: Catalogue) -> None:
    clauses = city.get("rule", "E-01-exam", ON).spec.clause
    found = told(city, "E-01-exam", **{one.id: "uuu" for one in clauses})
    assert found == ["school.finished_here", "school.years_here"]


@pytest.mark.parametrize(
    ("servant", "facts"),
    [
        ("unu", ["member.elsewhere", "member.civil_servant", "member.contract_servant"]),
        ("nnn", ["member.elsewhere"]),  # this way is shut to everybody, so it explains nothing
    ],
)
def test_of_choices_each_that_a_case_could_open_explains_it(city: Catalogue, servant: str, facts: list[str]) -> None:
    found = told(
        city, "M-04", dead="nnn", nationality="nnn", elsewhere="unn", charter="nnn", **{"civil-servant": servant}
    )
    assert sorted(found) == sorted(facts)


def test_choices_that_are_shut_to_everybody_explain_nothing(city: Catalogue) -> None:
    clauses = city.get("rule", "M-04", ON).spec.clause
    assert told(city, "M-04", **{one.id: "nnn" for one in clauses}) == []


def test_a_rule_of_registers_alone_is_not_explained(city: Catalogue) -> None:
    clauses = city.get("rule", "S-22", ON).spec.clause
    assert told(city, "S-22", **{one.id: "nnn" for one in clauses}) == []


def test_the_sentence_names_the_facts(city: Catalogue) -> None:
    fact = city.get("fact", "resettle.approved", ON).spec
    words = nobody.reason((fact,))
    assert fact.label.zh in words.zh
    assert fact.label.en in words.en
