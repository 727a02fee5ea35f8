"""Judges a rule, or all rules of a service item, over the facts of one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.specs import ItemSpec, RuleSpec
from anjia.kernel.specs.item import Step
from anjia.rules.compiling import CompiledRule, compiled
from anjia.rules.judgement import ItemJudgement, Judgement
from anjia.rules.ports import Fact
from anjia.rules.scene import NO_DICTIONARY, Dictionary, Scene, dictionary

Plan = tuple[tuple[CompiledRule, ...], dict[str, tuple[CompiledRule, ...]], dict[str, Any], Dictionary]


def judge(
    rule: RuleSpec,
    facts: Mapping[str, Fact],
    *,
    on: date,
    parameters: Mapping[str, Any],
    catalogue: Catalogue | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Judgement:
    """Judges one rule.

    Args:
        facts: by id; absent or None is unknown.
        parameters: the city's parameters by id; expressions read `cfg.<id>`.
        catalogue: where computed facts and words of facts are declared; without it, only what
            `facts` holds is known.
        extra: values beside the facts, by name (`answers.<field>`, `outcome`).
    """
    known = NO_DICTIONARY if catalogue is None else dictionary(catalogue, on)
    return Judgement(compiled(rule), Scene(facts, on, parameters, known, extra))


def judge_item(
    item: ItemSpec,
    catalogue: Catalogue,
    facts: Mapping[str, Fact],
    on: date,
    *,
    extra: Mapping[str, Any] | None = None,
) -> ItemJudgement:
    """Judges all rules of a service item and gives the verdict of each of its outcomes.

    Raises:
        AnjiaError: `definition-unknown` (404) when a rule is not in force on the day.
    """
    every, plan, parameters, known = _plan(_Item(item), catalogue, on)
    scene = Scene(facts, on, parameters, known, extra)
    return ItemJudgement(item, plan, tuple([Judgement(rule, scene) for rule in every]), scene)


def wanted_checks(judged: ItemJudgement, step: Step, outcome: str = "") -> tuple[str, ...]:
    """Gives the step's checks that a case needs, in order.

    A check is needed unless all clauses that read it do not apply or are met without it, or
    somebody else has settled its fact already.

    Args:
        outcome: look only at the rules of this outcome; empty for all.
    """
    plans: Sequence[Sequence[CompiledRule]] = [judged.plan[outcome]] if outcome else list(judged.plan.values())
    wanted = {rule.rule.id for rules in plans for rule in rules}
    read: dict[str, list[bool]] = {}
    for one in judged.rules:
        for clause in one.clauses:
            about = clause.compiled.applies
            for name in clause.compiled.reads:
                asked_by_applies = about is not None and name in about.names
                is_open = clause.verdict in ("unknown", "no")
                needed = one.rule.id in wanted and (is_open or asked_by_applies)
                read.setdefault(name, []).append(needed)
    return tuple(check for check in step.checks if any(read.get(check, [True])) and not _known(judged, check))


def stands_against(judged: ItemJudgement, check: str) -> bool:
    """Says whether a check may be against the applicant: seen true, a clause that reads it fails or comes to apply.

    Such a check needs a clear yes or no; leaving it open would leave the case open for ever.
    """
    here = {**judged.scene.values, check: True}
    for one in judged.rules:
        for clause in () if one.is_advice else one.clauses:
            about = clause.compiled.applies
            if about is not None and check in about.names:
                return True
            if check in clause.compiled.reads and evaluate(parse(clause.clause.when), here) is False:
                return True
    return False


def _known(judged: ItemJudgement, name: str) -> bool:
    """Says whether somebody else than the window has settled a fact already."""
    spec = judged.scene.dictionary.specs.get(name)
    by_window = spec is None or spec.source == "clerk"
    return not by_window and judged.scene.values.get(name) is not None


class _Item:
    """An item by its identity: structs with tables in them cannot be keys themselves."""

    __slots__ = ("spec",)

    def __init__(self, spec: ItemSpec) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return id(self.spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Item) and other.spec is self.spec


@lru_cache(maxsize=256)
def _plan(item: _Item, catalogue: Catalogue, on: date) -> Plan:
    spec = item.spec
    idents = dict.fromkeys([*spec.rules, *(rule for one in spec.outcome for rule in one.rules)])
    ready = {ident: compiled(catalogue.get("rule", ident, on).spec) for ident in idents}
    plan = {
        one.id: tuple(
            ready[ident] for ident in dict.fromkeys([*spec.rules, *one.rules]) if ready[ident].rule.reads == "all"
        )
        for one in spec.outcome
    }
    return tuple(ready.values()), plan, catalogue.parameters(on), dictionary(catalogue, on)
