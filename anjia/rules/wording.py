"""Writes a judgement as text in Chinese or English; what needs action comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anjia.kernel.specs.text import Words
from anjia.rules import advising
from anjia.rules.compiling import CompiledRule
from anjia.rules.judgement import ClauseJudgement, ItemJudgement, Judgement
from anjia.rules.ports import Fact
from anjia.rules.scene import Scene
from anjia.rules.showing import shown

VERDICTS = {
    "yes": Words(zh="符合", en="met"),
    "no": Words(zh="不符合", en="not met"),
    "unknown": Words(zh="待判断", en="to be judged"),
    "asked": Words(zh="待补", en="to be completed"),
    "not_applicable": Words(zh="不适用", en="not applicable"),
}
LABELS = {
    "basis": Words(zh="依据", en="Basis"),
    "fact": Words(zh="事实", en="Fact"),
    "remedy": Words(zh="怎么办", en="What to do"),
    "from": Words(zh="从这一天起可以", en="Open from"),
    "missing": Words(zh="还缺", en="Still needed"),
    "advice": Words(zh="建议", en="Advice"),
    "outcome": Words(zh="结果", en="Outcome"),
}
APPLICANT_ACTS = ("consent:", "field:")
URGENCY = {"no": 0, "unknown": 1, "yes": 2, "not_applicable": 3}


def word_of(one: ClauseJudgement) -> Words:
    """Gives the verdict in words: what the applicant can settle reads 待补, other unknowns 待判断."""
    if one.verdict == "unknown" and one.clause.action.startswith(APPLICANT_ACTS):
        return VERDICTS["asked"]
    return VERDICTS[one.verdict]


def to_text(judged: Judgement | ItemJudgement, language: str = "zh", *, advise: bool = False) -> str:
    """Gives a judgement as lines of text in `zh` or `en`; `advise` as for `to_json`."""
    if isinstance(judged, Judgement):
        told = [*_rule_lines(judged, language)]
        if advise:
            told += _help_lines([judged.compiled], judged.verdict, judged.scene, language)
        return "\n".join(told)
    lines = [f"{judged.item.id} {_in(judged.item.title, language)}"]
    for one in judged.item.outcome:
        verdict = VERDICTS[judged.outcomes[one.id]]
        lines.append(f"{_label('outcome', language)}{_in(one.title, language)} – {_in(verdict, language)}")
        if advise:
            lines += _help_lines(judged.plan[one.id], judged.outcomes[one.id], judged.scene, language)
    if judged.missing:
        lines.append(_label("missing", language) + _names(judged.missing, judged.rules[0], language))
    if judged.from_on:
        lines.append(f"{_label('from', language)}{judged.from_on}")
    for rule in judged.rules:
        lines += ["", *_rule_lines(rule, language)]
    return "\n".join(lines)


def _help_lines(rules: Sequence[CompiledRule], verdict: str, scene: Scene, language: str) -> list[str]:
    return [f"  {line}" for line in advising.lines(rules, verdict, scene, language)]


def _rule_lines(judged: Judgement, language: str) -> Iterator[str]:
    yield f"{judged.rule.id} {_in(judged.rule.title, language)} – {_in(VERDICTS[judged.verdict], language)}"
    if judged.first is not None:
        yield f"  {_label('advice', language)}{_in(judged.first.clause.text, language)}"
    clauses = list(judged.clauses)
    if not judged.is_advice:
        clauses.sort(key=lambda one: URGENCY[one.verdict])
    for one in clauses:
        yield from _clause_lines(one, language, advice=judged.is_advice)
    if judged.missing:
        yield f"  {_label('missing', language)}{_names(judged.missing, judged, language)}"
    if judged.from_on:
        yield f"  {_label('from', language)}{judged.from_on}"


def _clause_lines(one: ClauseJudgement, language: str, *, advice: bool) -> Iterator[str]:
    yield f"  [{_in(word_of(one), language)}] {one.clause.id}  {_in(one.clause.text, language)}"
    for basis in one.clause.basis:
        law = f"{basis.law} {basis.article}".rstrip()
        yield f"      {_label('basis', language)}{law} [{basis.tag}]{_force(one, basis.law, language)}"
    if one.verdict != "not_applicable":
        for fact in one.facts:
            yield f"      {_label('fact', language)}{_fact_line(fact, one, language)}"
    if one.verdict in ("no", "unknown") and not advice:
        yield f"      {_label('remedy', language)}{_in(one.clause.remedy, language)}"


def _force(one: ClauseJudgement, law: str, language: str) -> str:
    """Gives the days on which a text is in force, as far as the city has declared it."""
    found = one.scene.dictionary.laws.get(law)
    if found is None:
        return ""
    end = f" – {found.valid_to}" if found.valid_to else ""
    since = f"in force from {found.valid_from}{end}" if language == "en" else f"{found.valid_from} 起施行{end}"
    return f" {since} [{found.tag}]"


def _fact_line(fact: Fact, one: ClauseJudgement, language: str) -> str:
    spec = one.scene.dictionary.specs.get(fact.id)
    label = fact.id if spec is None else _in(spec.label, language)
    at = f", {fact.at:%Y-%m-%d %H:%M}" if fact.at is not None else ""
    return f"{label} = {_in(shown(fact, spec), language)} ({_in(fact.source, language)}{at})"


def _in(words: Words, language: str) -> str:
    return words.en if language == "en" else words.zh


def _label(key: str, language: str) -> str:
    return _in(LABELS[key], language) + (": " if language == "en" else "：")


def _names(idents: tuple[str, ...], judged: Judgement, language: str) -> str:
    specs = judged.scene.dictionary.specs
    names = [_in(specs[ident].label, language) if ident in specs else ident for ident in idents]
    return (", " if language == "en" else "、").join(names)
