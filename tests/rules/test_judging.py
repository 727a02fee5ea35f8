"""Judging: three verdicts, what is asked, what is explained, and when it turns."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs.text import Words
from anjia.rules import ItemJudgement, ports, to_json, to_text
from anjia.rules.examples import facts_of, judged
from anjia.rules.judging import judge_item, wanted_checks
from anjia.rules.ports import Fact
from anjia.rules.wording import VERDICTS, word_of

ON = date(2024, 3, 1)
GOOD: dict[str, Any] = {
    "person.open_memberships": 1, "person.status": "0", "person.real": True, "person.birth_on": date(1990, 5, 1),
    "person.own_dwelling": False, "applicant.own_will": True, "person.supervised": False, "lease.filed": True,
    "lease.start": date(2023, 6, 1), "lease.end": date(2025, 5, 31), "lessor.is_holder": True,
    "lessor.asked": True, "lessor.consents": True,
}  # fmt: skip


def judge(city: Catalogue, on: date = ON, **changed: Any) -> ItemJudgement:
    values = {**GOOD, **{name.replace("__", "."): value for name, value in changed.items()}}
    return judge_item(city.get("item", "E25").spec, city, facts_of(values), on)


def clause(found: ItemJudgement, rule: str, ident: str) -> Any:
    (one,) = [one for one in found.rules if one.rule.id == rule]
    return next(part for part in one.clauses if part.clause.id == ident)


def test_unknown_asks_and_never_refuses(city: Catalogue) -> None:
    for name in GOOD:
        if name == "person.birth_on":
            continue
        found = judge(city, **{name.replace(".", "__"): None})
        assert found.outcomes["rented-address"] != "no", name


def test_what_is_missing_is_named_by_its_base_fact(city: Catalogue) -> None:
    found = judge(city, person__birth_on=None)
    assert found.outcomes["rented-address"] == "unknown"
    assert "person.birth_on" in found.missing
    assert "person.age" not in found.missing


def test_while_the_lease_is_unknown_only_the_lease_is_asked(city: Catalogue) -> None:
    found = judge(city, lease__filed=None, lease__start=None, lessor__is_holder=None, lessor__consents=None)
    rented = next(one for one in found.rules if one.rule.id == "S-20")
    assert rented.missing == ("lease.filed",)


def test_advice_bars_no_outcome(city: Catalogue) -> None:
    found = judge(city, kin__has_household=False, lease__filed=True, employer__collective_household=False)
    advice = next(one for one in found.rules if one.is_advice)
    assert advice.first is not None
    assert advice.first.clause.id == "3"
    assert found.outcomes["rented-address"] == "yes"
    nowhere = judge(city, lessor__consents=False)
    assert nowhere.outcomes == {"rented-address": "no", "community-collective": "yes"}


def test_a_lease_that_begins_later_is_granted_from_its_first_day(city: Catalogue) -> None:
    found = judge(city, on=date(2024, 2, 28), lease__start=date(2024, 2, 29))
    assert found.outcomes["rented-address"] == "no"
    assert found.from_on == date(2024, 2, 29)
    assert clause(found, "S-20", "running").from_on == date(2024, 2, 29)
    assert judge(city, on=date(2024, 2, 29), lease__start=date(2024, 2, 29)).outcomes["rented-address"] == "yes"


def test_a_lease_that_has_ended_is_never_granted_by_waiting(city: Catalogue) -> None:
    found = judge(city, lease__end=date(2024, 2, 29))
    assert found.verdict == "no"
    assert found.from_on is None


def test_another_reason_that_time_does_not_heal_gives_no_day(city: Catalogue) -> None:
    found = judge(city, lease__start=date(2024, 6, 1), person__status="4")
    assert found.from_on is None


def test_a_minor_turns_adult_with_the_birthday_of_29_february(city: Catalogue) -> None:
    found = judge(
        city, on=date(2026, 2, 28), person__birth_on=date(2008, 2, 29), guardian__agrees=False, lease__end=None
    )
    assert found.from_on == date(2026, 3, 1)


def test_a_computed_fact_names_its_source_and_the_latest_moment(city: Catalogue) -> None:
    at = datetime(2024, 3, 1, 8, tzinfo=UTC)
    facts = {
        **facts_of(GOOD),
        "person.birth_on": Fact("person.birth_on", date(1990, 5, 1), Words("登记簿", "Register"), at),
    }
    found = judge_item(city.get("item", "E25").spec, city, facts, ON)
    age = clause(found, "S-00", "c-adult").facts[0]
    assert (age.id, age.value, age.at) == ("person.age", 33, at)
    assert age.source.zh


def test_the_trace_shows_each_piece(city: Catalogue) -> None:
    found = clause(judge(city), "S-20", "running").trace
    assert found.value is True
    assert {"lease.start", "today"} <= {piece.text for piece in found.pieces()}


def test_the_explanation_tells_verdict_ground_fact_source_and_remedy(city: Catalogue) -> None:
    told = to_json(judge(city, lessor__consents=False))
    part = next(
        one for rule in told["rules"] if rule["rule"] == "S-20" for one in rule["clauses"] if one["clause"] == "consent"
    )
    assert part["verdict"] == "no"
    assert part["words"] == {"zh": "不符合", "en": "not met"}
    assert part["basis"][0]["tag"] == "assumed"
    assert part["remedy"]["zh"]
    assert part["facts"][1]["shown"] == {"zh": "不同意", "en": "does not agree"}
    assert part["facts"][1]["source"]["en"] == "Example"
    json.dumps(told)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_text_is_in_one_language_and_names_what_is_missing(city: Catalogue, language: str) -> None:
    text = to_text(judge(city, lessor__consents=None), language)
    assert ("还缺：房东同意在此落户" if language == "zh" else "Still needed: The lessor agrees") in text
    assert ("待补" if language == "zh" else "to be completed") in text


def test_sensitive_facts_are_never_told(city: Catalogue) -> None:
    found = judge(city, person__supervised=True, person__move_approved=False)
    told = to_json(found)
    part = next(
        one for rule in told["rules"] if rule["rule"] == "S-00" for one in rule["clauses"] if one["clause"] == "g"
    )
    assert part["trace"] is None
    assert [fact["value"] for fact in part["facts"]] == [None, None]
    assert "已核验，不在此显示" in to_text(found)


def test_what_the_applicant_can_settle_reads_to_be_completed(city: Catalogue) -> None:
    found = judge(city, lessor__consents=None, person__supervised=None)
    assert word_of(clause(found, "S-20", "consent")) == VERDICTS["asked"]
    assert word_of(clause(found, "S-00", "g")) == VERDICTS["unknown"]


def test_the_window_checks_only_what_the_case_needs(city: Catalogue) -> None:
    accept = next(step for step in city.get("item", "E25").spec.step if step.id == "accept")
    assert wanted_checks(judge(city), accept) == ("papers.genuine", "application.signed")
    old = wanted_checks(judge(city, person__birth_on=date(1950, 1, 1)), accept)
    assert "applicant.true_wish" in old
    sublet = wanted_checks(judge(city, lessor__is_holder=False), accept, "rented-address")
    assert "owner.papers_seen" in sublet
    assert "guardian.agrees" in wanted_checks(judge(city, person__birth_on=date(2010, 1, 1)), accept)


def test_a_mismatch_of_identity_is_not_healed_by_papers(city: Catalogue) -> None:
    rule = city.get("rule", "P-11").spec
    values = {"person.real": False, "papers.genuine": True, "person.status": "0"}
    assert judged(rule, city, values, ON).verdict == "no"


def test_a_source_registers_once() -> None:
    class Source:
        def facts(self, wanted: Any) -> list[Fact]:
            return []

    source = Source()
    before = len(ports.sources())
    try:
        ports.register_fact_source(source)
        ports.register_fact_source(source)
        assert len(ports.sources()) == before + 1
    finally:
        ports._facts.remove(source)
