"""Writes a judgement as JSON values for machines; words stand in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from anjia.kernel.expressions import Trace
from anjia.kernel.specs import Basis, FactSpec, LawSpec
from anjia.kernel.specs.text import Words
from anjia.rules import advising
from anjia.rules.compiling import CompiledClause
from anjia.rules.judgement import ClauseJudgement, ItemJudgement, Judgement
from anjia.rules.ports import Fact
from anjia.rules.scene import Dictionary
from anjia.rules.showing import shown
from anjia.rules.wording import to_text, word_of

__all__ = ["to_json", "to_text"]


def to_json(judged: Judgement | ItemJudgement, *, advise: bool = False) -> dict[str, Any]:
    """Gives a judgement as JSON values.

    Keys of a rule: rule, title, verdict, from_on, missing, advice, clauses; of an item: item,
    title, on, verdict, outcomes, missing, from_on, rules. Values of sensitive facts are left out.

    Args:
        advise: add under `help` what would turn a no and what would settle an unknown: of a rule
            directly, of an item by outcome.
    """
    if isinstance(judged, Judgement):
        told = _rule(judged)
        if advise:
            told["help"] = advising.to_json([judged.compiled], judged.verdict, judged.scene)
        return told
    told = _item(judged)
    if advise:
        told["help"] = {
            ident: advising.to_json(rules, judged.outcomes[ident], judged.scene) for ident, rules in judged.plan.items()
        }
    return told


def _item(judged: ItemJudgement) -> dict[str, Any]:
    return {
        "item": judged.item.id,
        "title": _words(judged.item.title),
        "on": judged.scene.on.isoformat(),
        "verdict": judged.verdict,
        "outcomes": dict(judged.outcomes),
        "missing": list(judged.missing),
        "from_on": _day(judged.from_on),
        "rules": [_rule(one) for one in judged.rules],
    }


def _rule(judged: Judgement) -> dict[str, Any]:
    first = judged.first
    return {
        "rule": judged.rule.id,
        "title": _words(judged.rule.title),
        "verdict": judged.verdict,
        "from_on": _day(judged.from_on),
        "missing": list(judged.missing),
        "advice": None if first is None else first.clause.id,
        "clauses": [_clause(one) for one in judged.clauses],
    }


def _clause(one: ClauseJudgement) -> dict[str, Any]:
    known = one.scene.dictionary
    specs, kept = known.specs, known.told.get(id(one.compiled))
    facts, hidden = [], False
    for fact in one.facts:
        spec = specs.get(fact.id)
        hidden = hidden or (spec is not None and spec.sensitive)
        facts.append(_fact(fact, spec))
    return {
        "clause": one.clause.id,
        "verdict": one.verdict,
        "words": _words(word_of(one)),
        **(kept[1] if kept is not None else _told(one.compiled, known)),
        "action": one.clause.action,
        "from_on": _day(one.from_on),
        "facts": facts,
        # The pieces of a clause over a sensitive fact would tell it.
        "trace": None if hidden else _trace(one.trace),
    }


def _told(compiled: CompiledClause, known: Dictionary) -> dict[str, Any]:
    """Gives what every explanation of a clause says alike, kept by the dictionary."""
    grounds = [_ground(one, known.laws.get(one.law)) for one in compiled.clause.basis]
    told = {**compiled.told, "basis": grounds}
    # The kept value holds the clause itself, so its id cannot come to name another one.
    known.told[id(compiled)] = (compiled, told)
    return told


def _ground(one: Basis, law: LawSpec | None) -> dict[str, Any]:
    return {
        "law": one.law,
        "article": one.article,
        "tag": one.tag,
        "note": one.note,
        "in_force_from": None if law is None else law.valid_from.isoformat(),
        "in_force_to": None if law is None else _day(law.valid_to),
        "in_force_tag": None if law is None else law.tag,
        "text_at": None if law is None else law.text or None,
    }


def _fact(fact: Fact, spec: FactSpec | None) -> dict[str, Any]:
    at = fact.at
    return {
        "id": fact.id,
        "label": None if spec is None else _words(spec.label),
        "value": None if spec is not None and spec.sensitive else _value(fact.value),
        "shown": _words(shown(fact, spec)),
        "source": _words(fact.source),
        "at": None if at is None else at.isoformat(),
    }


def _trace(piece: Trace) -> dict[str, Any]:
    told: dict[str, Any] = {"text": piece.text, "value": _value(piece.value)}
    if piece.children:
        told["parts"] = [_trace(child) for child in piece.children]
    return told


def _value(value: Any) -> Any:
    if value is None or value.__class__ is bool:
        return value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
