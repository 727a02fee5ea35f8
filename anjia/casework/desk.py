"""Everything that an officer's page shows of a case, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from anjia.casework import (
    agreement,
    authority,
    basis,
    deadlines,
    decision,
    facts,
    forms,
    operations,
    outcomes,
)
from anjia.casework.authority import Action
from anjia.casework.definition import fact_spec, item_of
from anjia.casework.forms import FieldView
from anjia.casework.models import Case, Consent
from anjia.casework.models import Step as StepDone
from anjia.casework.operations import Preview
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.kernel.specs import FactSpec, ItemSpec
from anjia.kernel.specs.item import Material, Outcome, Step
from anjia.kernel.specs.text import Words
from anjia.rules.judgement import ItemJudgement, Judgement
from anjia.rules.judging import stands_against, wanted_checks
from anjia.rules.ports import Fact


@dataclass(frozen=True, slots=True)
class FactView:
    """One fact beside its dictionary entry; a masked one shows its last four characters only."""

    fact: Fact
    spec: FactSpec | None
    shown: Words
    masked: bool


@dataclass(frozen=True, slots=True)
class MaterialView:
    """A paper and what replaced it; `settled` says whether all its facts are known."""

    material: Material
    settled: bool
    source: Words | None


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check of the next step: the fact, and what is known of it before the officer looks.

    Attributes:
        either: seen true it would speak against the person, so the officer says yes or no.
    """

    fact: str
    label: Words
    value: bool | None
    either: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One outcome with its verdict."""

    outcome: Outcome
    verdict: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """A case as the desk shows it.

    Attributes:
        verdict: of the chosen outcome: `yes`, `no` or `unknown`.
        rules: judgements of the chosen outcome's rules, clause by clause.
        missing: ids of facts that are unknown and needed.
        due_days: working days left (negative when late), None without a term.
        preview: households before and after; None with `preview_refusal` when it cannot be done.
        warnings: what the officer should know before deciding.
    """

    case: Case
    item: ItemSpec
    station: Words
    verdict: str
    outcomes: tuple[OutcomeView, ...]
    rules: tuple[Judgement, ...]
    missing: tuple[str, ...]
    from_on: date | None
    facts: tuple[FactView, ...]
    materials: tuple[MaterialView, ...]
    answers: tuple[FieldView, ...]
    consents: tuple[Consent, ...]
    steps: tuple[StepDone, ...]
    next_step: Step | None
    checks: tuple[CheckView, ...]
    due_on: date | None
    due_days: int | None
    preview: Preview | None
    preview_refusal: AnjiaError | None
    actions: tuple[Action, ...]
    warnings: tuple[Words, ...]


def desk(actor: Actor, case: Case) -> DeskView:
    """Gives everything that the page of a case shows; it reads only.

    The look itself is recorded where the case was fetched (`cases.get`).
    """
    item = item_of(case)
    judged = facts.judgement(case)
    gathered = facts.gather(case)
    chosen = {*item.rules, *outcomes.outcome_of(case).rules}
    following = deadlines.step_of(case)
    shown, refusal = _preview(case)
    verdict = judged.outcomes.get(case.outcome, "unknown")
    return DeskView(
        case=case,
        item=item,
        station=decision.station_name(case),
        verdict=verdict,
        outcomes=tuple(
            OutcomeView(one, judged.outcomes.get(one.id, "unknown"), one.id == case.outcome) for one in item.outcome
        ),
        rules=tuple(one for one in judged.rules if one.rule.id in chosen),
        missing=tuple(judged.missing),
        from_on=judged.from_on,
        facts=tuple(view(case, fact) for fact in gathered.values() if not fact.id.startswith("answers.")),
        materials=tuple(_material(one, gathered) for one in item.material),
        answers=tuple(field for topic in forms.build(case) for field in topic.fields),
        consents=tuple(agreement.of_case(case)),
        steps=tuple(case.steps.order_by("id")),
        next_step=following,
        checks=tuple(_check(case, ident, gathered, judged) for ident in _wanted(case, judged, following)),
        due_on=case.due_on,
        due_days=deadlines.days_left(case.due_on),
        preview=shown,
        preview_refusal=refusal,
        actions=tuple(authority.actions(actor, case)),
        warnings=tuple(_warnings(case, verdict, judged.outcomes, gathered)),
    )


def view(case: Case, fact: Fact) -> FactView:
    """Gives a fact in words, masked when it is sensitive."""
    spec = fact_spec(case, fact.id)
    masked = "sealed" in case.facts.get(fact.id, {}) or bool(spec and spec.sensitive)
    return FactView(fact, spec, _shown(fact, spec, masked), masked)


def _shown(fact: Fact, spec: FactSpec | None, masked: bool) -> Words:
    value = fact.value
    if value is None:
        return fact.detail or Words("尚不清楚", "Not known yet")
    raw = str(value).lower() if isinstance(value, bool) else str(value)
    if masked and not isinstance(value, str):
        return Words("已查到，不在此显示", "Known, not shown here")
    if masked:
        hidden = "*" * max(len(raw) - 4, 0) + raw[-4:]
        return Words(hidden, hidden)
    if spec and raw in spec.shown:
        return spec.shown[raw]
    if isinstance(value, bool):
        return Words("是", "Yes") if value else Words("否", "No")
    return Words(raw, raw)


def _material(material: Material, gathered: dict[str, Fact]) -> MaterialView:
    found = [gathered.get(ident) for ident in material.facts]
    settled = bool(found) and all(fact is not None and fact.value is not None for fact in found)
    source = next((fact.source for fact in found if fact is not None and fact.value is not None), None)
    return MaterialView(material, settled, source)


def _wanted(case: Case, judged: ItemJudgement, step: Step | None) -> tuple[str, ...]:
    """Gives the checks that the next step needs for the chosen outcome, in the step's order."""
    return wanted_checks(judged, step, case.outcome) if step is not None else ()


def _check(case: Case, ident: str, gathered: dict[str, Fact], judged: ItemJudgement) -> CheckView:
    spec = fact_spec(case, ident)
    fact = gathered.get(ident)
    label = spec.label if spec else Words(ident, ident)
    return CheckView(ident, label, fact.value if fact is not None else None, stands_against(judged, ident))


def _preview(case: Case) -> tuple[Preview | None, AnjiaError | None]:
    try:
        return operations.preview(case, facts.plain_values(case)), None
    except AnjiaError as error:
        return None, error


def _warnings(case: Case, verdict: str, verdicts: Mapping[str, str], gathered: dict[str, Fact]) -> list[Words]:
    found = []
    if case.basis and basis.entries(case.person) != case.basis:
        found.append(Words(
            "上一步之后，此人或其家庭户的登记已变动，须重新审核",
            "The registration of this person or household changed after the last step; examine it again",
        ))  # fmt: skip
    if verdict == "no" and "yes" in verdicts.values():
        other = next(one.title for one in item_of(case).outcome if verdicts.get(one.id) == "yes")
        found.append(Words(
            f"所选结果不满足条件，可以改办：{other.zh}",
            f"The chosen outcome is not met; this one is open: {other.en}",
        ))  # fmt: skip
    for fact in gathered.values():
        if fact.value is None and fact.detail is not None and fact.at is None:
            found.append(fact.detail)
    unique = {(one.zh, one.en): one for one in found}
    return list(unique.values())
