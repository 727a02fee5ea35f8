"""What turns a no and what settles an unknown: the searches find what trying everything finds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import FactSpec, RuleSpec
from anjia.kernel.specs.rule import Clause
from anjia.kernel.specs.text import Basis, Words
from anjia.rules import advising, examples
from anjia.rules.changing import Ways, ways
from anjia.rules.compiling import CompiledRule, compiled
from anjia.rules.judgement import Judgement, turn_of
from anjia.rules.ports import Fact
from anjia.rules.scene import Dictionary, Scene
from anjia.rules.settling import settling

W = Words(zh="词", en="word")
ON = date(2024, 2, 29)
BOOLS = ("a.x", "a.y", "b.z", "b.w")
NUMBER, DAY = "n.months", "d.since"
DOMAIN: dict[str, list[Any]] = {
    **{name: [True, False] for name in BOOLS},
    NUMBER: list(range(-1, 6)),
    DAY: [ON + timedelta(step) for step in range(-4, 5)],
}
ATOMS = [
    *BOOLS, f"{NUMBER} >= 3", f"{NUMBER} < 2", f"{NUMBER} + 1 == 3", f"{DAY} <= today",
    f"days_between({DAY}, today) >= 2", f"is_known({BOOLS[0]})", "a.x == b.z", f"{NUMBER} in (1, 4)",
]  # fmt: skip


@st.composite
def texts(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        atom = draw(st.sampled_from(ATOMS))
        return f"not ({atom})" if draw(st.booleans()) else f"({atom})"
    kind = draw(st.sampled_from(["and", "or", "if"]))
    left, right = draw(texts(depth=depth - 1)), draw(texts(depth=depth - 1))
    if kind == "if":
        return f"({left} if {draw(texts(depth=0))} else {right})"
    return f"({left} {kind} {right})"


@st.composite
def rules(draw: st.DrawFn) -> CompiledRule:
    clauses = tuple(
        Clause(f"c{number}", draw(texts()), W, (Basis("x"),), W, applies=draw(st.one_of(st.just(""), texts(depth=1))))
        for number in range(draw(st.integers(1, 3)))
    )
    reads: Any = draw(st.sampled_from(["all", "all", "first"]))
    return compiled(RuleSpec("rule", "T-01", W, "T", W, (), ON, clauses, (), reads=reads))


KNOWN = Dictionary(
    {
        name: FactSpec("fact", name, W, kind, "applicant", W, ON)
        for name, kind in [*((name, "bool") for name in BOOLS), (NUMBER, "int"), (DAY, "date")]
    },
    {},
)
VALUES = st.fixed_dictionaries({name: st.sampled_from([None, *domain]) for name, domain in DOMAIN.items()})


def scene_of(values: dict[str, Any], on: date = ON) -> Scene:
    return Scene({name: Fact(name, value, W) for name, value in values.items()}, on, {}, KNOWN)


def verdict(rule: CompiledRule, values: dict[str, Any], on: date = ON) -> str:
    return Judgement(rule, scene_of(values, on)).verdict


def assignments(names: tuple[str, ...], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for chosen in itertools.product(*(DOMAIN[name] for name in names)):
        yield {**values, **dict(zip(names, chosen, strict=True))}


def minimal_by_hand(rule: CompiledRule, values: dict[str, Any]) -> set[frozenset[str]]:
    found: list[frozenset[str]] = []
    for size in range(len(DOMAIN) + 1):
        for names in itertools.combinations(DOMAIN, size):
            if any(one <= set(names) for one in found):
                continue
            if any(verdict(rule, tried) != "no" for tried in assignments(names, values)):
                found.append(frozenset(names))
        if size == 2:
            break
    return set(found)


@settings(max_examples=150, deadline=None)
@given(rule=rules(), values=VALUES)
def test_the_smallest_changes_are_those_that_trying_everything_finds(
    rule: CompiledRule, values: dict[str, Any]
) -> None:
    if verdict(rule, values) != "no":
        return
    found = ways([rule], scene_of(values))
    sets = {frozenset(one.fact for one in way.changes) for way in found.ways}
    for way in found.ways:
        after = {**values, **{one.fact: one.after for one in way.changes}}
        assert verdict(rule, after) == way.verdict != "no"
        for left_out in way.changes:
            rest = {**after, left_out.fact: left_out.before}
            assert verdict(rule, rest) == "no"
    if not found.capped:
        assert {one for one in sets if len(one) <= 2} == minimal_by_hand(rule, values)


def settles(rule: CompiledRule, names: tuple[str, ...], values: dict[str, Any]) -> bool:
    return all(verdict(rule, tried) != "unknown" for tried in assignments(names, values))


@settings(max_examples=150, deadline=None)
@given(rule=rules(), values=VALUES)
def test_the_facts_that_settle_are_the_smallest_set_that_settles_in_any_case(
    rule: CompiledRule, values: dict[str, Any]
) -> None:
    unknown = [name for name, value in values.items() if value is None]
    if verdict(rule, values) != "unknown" or len(unknown) > 4:
        return
    found = settling([rule], scene_of(values))
    assert not found.capped
    sizes = [
        size
        for size in range(1, len(unknown) + 1)
        if any(settles(rule, names, values) for names in itertools.combinations(unknown, size))
    ]
    assert bool(found.sets) == bool(sizes)
    for one in found.sets:
        assert settles(rule, one, values)
        assert len(one) == sizes[0]
    if found.yes:
        assert verdict(rule, {**values, **found.yes}) == "yes"


MOVING = ["{d} <= today", "months_between({d}, today) >= 6", "years_between({d}, today) >= 18",
          "today <= add_months({d}, 3)", "days_between({d}, today) > 40", "a.x"]  # fmt: skip
DAYS = st.one_of(st.dates(date(2019, 1, 1), date(2024, 12, 31)), st.sampled_from([date(2020, 2, 29), ON]))


@settings(max_examples=300, deadline=None)
@given(
    parts=st.lists(st.tuples(st.sampled_from(MOVING), st.booleans()), min_size=1, max_size=3),
    applies=st.sampled_from(["", *MOVING]),
    days=st.tuples(DAYS, DAYS),
    on=DAYS,
    x=st.sampled_from([True, False, None]),
)
def test_the_day_itself_turns_a_no_and_the_day_before_does_not(
    parts: list[tuple[str, bool]], applies: str, days: tuple[date, date], on: date, x: bool | None
) -> None:
    clauses = tuple(
        Clause(
            f"c{number}",
            f"not ({text.format(d='d.one')})" if turned else text.format(d="d.one"),
            W, (Basis("x"),), W,
            applies=applies.format(d="d.two"),
        )
        for number, (text, turned) in enumerate(parts)
    )  # fmt: skip
    rule = compiled(RuleSpec("rule", "T-02", W, "T", W, (), ON, clauses, ()))
    values = {"d.one": days[0], "d.two": days[1], "a.x": x}
    if verdict(rule, values, on) != "no":
        return
    day = turn_of([rule], scene_of(values, on))
    if day is None:
        later = [on + timedelta(step) for step in range(1, 3000, 13)]
        assert all(verdict(rule, values, one) == "no" for one in later)
        return
    assert verdict(rule, values, day) != "no"
    assert verdict(rule, values, day - timedelta(1)) == "no"
    assert all(verdict(rule, values, on + timedelta(step)) == "no" for step in range(1, (day - on).days, 7))


def refused(city: Catalogue, rule: str, facts: dict[str, Any], on: date) -> Ways:
    found = examples.judged(city.get("rule", rule).spec, city, facts, on)
    assert found.verdict == "no"
    return ways([found.compiled], found.scene)


def test_a_consent_comes_before_a_departments_record(city: Catalogue) -> None:
    facts = {"applicant.rents": True, "lease.filed": True, "lessor.is_holder": True, "lessor.consents": True}
    found = refused(city, "S-21", {**facts, "lessor.asked": True}, ON)
    assert [way.effort for way in found.ways][:3] == ["act", "consent", "record"]


def test_what_nobody_can_change_is_named_and_time_is_counted(city: Catalogue) -> None:
    found = refused(city, "D-20", {"marriage.divorced": True, "marriage.ended_on": date(2023, 12, 31)}, ON)
    assert (found.ways, found.fixed) == ((), ("marriage.ended_on",))
    assert (found.from_on, found.verdict_on) == (date(2024, 3, 30), "yes")


def test_a_search_that_is_cut_short_says_so(city: Catalogue) -> None:
    found = examples.judged(city.get("rule", "S-20").spec, city, {"lease.filed": False}, ON)
    assert ways([found.compiled], found.scene, tries=1).capped
    unknown = examples.judged(city.get("rule", "S-20").spec, city, {}, ON)
    assert settling([unknown.compiled], unknown.scene, tries=1).capped


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refused_or_open_example_is_helped(city: Catalogue, language: str) -> None:
    for definition in city.list("rule"):
        for example in definition.spec.example:
            found = examples.judged(definition.spec, city, example.facts, example.on)
            told = examples_help(found, language)
            assert told or found.verdict == "yes", (definition.id, example.name)


def examples_help(found: Judgement, language: str) -> list[str]:
    return list(advising.lines([found.compiled], found.verdict, found.scene, language))
