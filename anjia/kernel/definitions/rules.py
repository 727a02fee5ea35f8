"""Checks rules: clauses, examples, and the guards that the law sets for the whole catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from anjia.kernel.definitions import soundness, vocabulary
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import parse
from anjia.kernel.specs import RuleSpec

if TYPE_CHECKING:
    from anjia.kernel.definitions.references import Known

ACTION = re.compile(r"|visit|consent:[\w-]+|field:[\w-]+\.[\w-]+|outcome:[\w-]+")


def faults(rule: RuleSpec, place: Place, known: Known) -> Iterator[Fault]:
    """Gives the faults of one rule."""
    yield from soundness.twice(place, "clause", [clause.id for clause in rule.clause])
    for index, clause in enumerate(rule.clause):
        where = f"clause[{index}]"
        yield from vocabulary.expression_faults(place, f"{where}.when", clause.when, known.kinds)
        yield from vocabulary.expression_faults(place, f"{where}.applies", clause.applies, known.kinds)
        if not clause.basis:
            yield place.fault(f"{where}.basis", "basis-missing", "条款没有依据", "the clause has no ground")
        if not ACTION.fullmatch(clause.action):
            yield place.fault(
                f"{where}.action", "action-unknown", f"不认识的动作“{clause.action}”", f"unknown action {clause.action}"
            )
    for name, value in rule.params.items():
        if isinstance(value, str) and value.startswith("cfg.") and value not in known.kinds:
            yield place.fault(f"params.{name}", "parameter-unknown", f"没有参数“{value}”", f"no parameter {value}")
    idents = {clause.id for clause in rule.clause}
    for index, example in enumerate(rule.example):
        yield from example_facts(place, f"example[{index}].facts", example.facts, known.kinds)
        for number, ident in enumerate(example.failing):
            if ident not in idents:
                yield place.fault(
                    f"example[{index}].failing[{number}]", "clause-unknown", f"没有条款“{ident}”", f"no clause {ident}"
                )
    yield from _guards(rule, place, known.catalogue)


def example_facts(place: Place, where: str, values: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[Fault]:
    """Gives the faults of an example's facts: undeclared names, values of another kind."""
    for name, value in values.items():
        at = f'{where}."{name}"'
        if name not in kinds:
            yield place.fault(at, "fact-unknown", f"没有登记过“{name}”", f"there is no fact {name}")
        elif not vocabulary.fits(value, kinds[name]):
            yield place.fault(at, "fact-kind", f"“{name}”应是 {kinds[name]}", f"{name} must be of kind {kinds[name]}")


def _guards(rule: RuleSpec, place: Place, catalogue: Catalogue) -> Iterator[Fault]:
    if not rule.guard:
        return
    used = sorted(_used(catalogue))
    for index, guard in enumerate(rule.guard):
        for name, by in used:
            if any(covers(pattern, name) for pattern in guard.forbids):
                yield place.fault(
                    f"guard[{index}]", "fact-forbidden",
                    f"{by} 用到“{name}”，{rule.id} {guard.id} 不允许",
                    f"{by} reads {name}, which {rule.id} {guard.id} forbids",
                )  # fmt: skip


def covers(pattern: str, name: str) -> bool:
    """Says whether a guard's pattern means a fact: the fact itself, or all below `name.*`."""
    return name == pattern or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


def _used(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Gives every fact that something reads or asks, with who does."""
    for one in catalogue.list("fact"):
        yield one.id, f"fact {one.id}"
    for one in catalogue.list("interface"):
        for fact in one.spec.fact:
            yield fact.id, f"interface {one.id}"
    for one in catalogue.list("rule"):
        for clause in one.spec.clause:
            for name in (*names_in(clause.when), *names_in(clause.applies)):
                yield name, f"rule {one.id}"
    for one in catalogue.list("item"):
        for material in one.spec.material:
            for name in material.facts:
                yield name, f"item {one.id}"
        for topic in one.spec.topic:
            for field in topic.field:
                yield field.fact or field.id, f"item {one.id}"


def names_in(text: str) -> frozenset[str]:
    """Gives the names that an expression reads, none when it cannot be read."""
    try:
        return parse(text).names if text else frozenset()
    except AnjiaError:
        return frozenset()
