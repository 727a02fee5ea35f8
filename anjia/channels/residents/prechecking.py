"""The pre-check as residents read it: verdict in one sentence, clauses with remedies as buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from anjia.casework import facts, forms, outcomes
from anjia.casework.definition import fact_spec, item_of
from anjia.casework.models import Case
from anjia.channels.residents import casefile
from anjia.channels.ui import rulerows, texts
from anjia.channels.ui.rulerows import Remedy
from anjia.kernel.specs import ItemSpec, Words
from anjia.rules.ports import Fact

OPEN = ("unmet", "lacking", "unknown")


def result(case: Case) -> dict[str, Any]:
    """Gives everything that the pre-check page shows, from the facts as stored."""
    item, judged, gathered = item_of(case), facts.judgement(case), facts.gather(case)
    chosen = outcomes.outcome_of(case)
    counted = {*item.rules, *chosen.rules}
    rows = rulerows.rows(
        [one for one in judged.rules if one.rule.id in counted and one.rule.reads == "all"],
        spec_of=lambda ident: fact_spec(case, ident),
        action=lambda action: buttons(case, item, action, judged.outcomes, chosen.id),
    )
    counts = rulerows.summary(rows)
    verdict = judged.outcomes.get(chosen.id, "unknown")
    editable = case.state in casefile.EDITABLE
    other = next((one for one in item.outcome if one.id != chosen.id and judged.outcomes.get(one.id) == "yes"), None)
    return {
        "case": case,
        "item": item,
        "verdict": verdict,
        "summary": counts,
        "heading": heading(verdict, counts, other is not None) if editable else _t("result.explained"),
        "from_on": judged.from_on if verdict == "no" else None,
        "help": rulerows.help_of([one for one in judged.rules if one.rule.id in counted]) if editable else None,
        "open_rows": [row for row in rows if row.verdict in OPEN],
        "met_rows": [row for row in rows if row.verdict not in OPEN],
        "outcomes": [(one, judged.outcomes.get(one.id, "unknown"), one.id == chosen.id) for one in item.outcome],
        "advice": advice(judged.rules),
        "silent": silent(case, gathered.values()),
        "editable": editable,
        "go_on": _unfinished(case),
        "key": casefile.new_key(),
    }


def heading(verdict: str, counts: rulerows.Summary, other: bool) -> str:
    """Gives the one sentence above the clauses."""
    if verdict == "yes":
        return _t("result.yes")
    if verdict == "no":
        return _t("result.other") if other else _t("result.no")
    if counts.lacking:
        return _t("result.lacking", n=counts.lacking)
    return _t("result.unknown", n=counts.unknown)


def buttons(case: Case, item: ItemSpec, action: str, verdicts: dict[str, str], chosen: str) -> Sequence[Remedy]:
    """Gives the buttons of a clause's remedy: only those that lead somewhere.

    Args:
        action: `consent:<id>`, `field:<topic>.<field>`, `outcome:<id>` or `visit`.
    """
    kind, _, target = action.partition(":")
    found: list[Remedy] = []
    if kind == "field":
        topic, _, field = target.partition(".")
        if case.state in casefile.EDITABLE and _asked(case, topic):
            found.append(_to_field(case, topic, field, _t("result.act_field")))
    if kind in ("consent", "outcome") and case.state in casefile.EDITABLE:
        wanted = [one for one in item.outcome if one.id != chosen and verdicts.get(one.id) in ("yes", "unknown")]
        if kind == "outcome":
            wanted = [one for one in wanted if one.id == target]
        place = _outcome_field(case)
        if wanted and place:
            label = _t("result.act_other", title=texts.words(wanted[0].title))
            found.append(_to_field(case, *place, label))
    return found


def advice(judgements: Sequence[Any]) -> list[Any]:
    """Gives the first choice that holds of each rule that advises and bars nothing."""
    found = []
    for one in judgements:
        if one.rule.reads == "first":
            found += [judged.clause for judged in one.clauses if judged.verdict == "yes"][:1]
    return found


def silent(case: Case, found: Iterable[Fact]) -> list[Words]:
    """Gives the sentences of departments that gave no answer, each once."""
    words: dict[str, Words] = {}
    for fact in found:
        asked = case.facts.get(fact.id, {}).get("origin", "register") != "register"
        if asked and fact.value is None and fact.detail is not None and fact.at is None:
            words.setdefault(fact.detail.zh, fact.detail)
    return list(words.values())


def _to_field(case: Case, topic: str, field: str, label: str) -> Remedy:
    href = f"{reverse('residents:form', args=[case.number, topic])}#{field}"
    return Remedy(Words(zh=label, en=label), href, label)


def _outcome_field(case: Case) -> tuple[str, str] | None:
    for topic in forms.build(case):
        for field in topic.fields:
            if field.spec.type == "outcome":
                return topic.topic.id, field.spec.id
    return None


def _asked(case: Case, topic: str) -> bool:
    return any(one.topic.id == topic for one in forms.build(case))


def _unfinished(case: Case) -> str:
    """Gives the page that is not complete yet, empty when all are."""
    if case.state not in casefile.EDITABLE:
        return ""
    left = forms.incomplete(case)
    return reverse("residents:form", args=[case.number, left[0][0].id]) if left else ""


def _t(key: str, **values: Any) -> str:
    return texts.text(casefile.CHANNEL, key, **values)
