"""The facts of a case: asked of the register and of departments, kept with source and moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from anjia.casework import agreement, answers, asking, basis, hearing, outcomes, values, writing
from anjia.casework.definition import catalogue_of, fact_spec, item_of
from anjia.casework.models import Case
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.models import Actor
from anjia.kernel.specs.text import Words
from anjia.registers import divisions
from anjia.rules.judgement import ItemJudgement
from anjia.rules.judging import judge_item
from anjia.rules.ports import Fact
from anjia.rules.scene import Scene, dictionary

APPLICANT = Words("申请人填写", "Stated by the applicant")
CASE = Words("本办件", "This case")


def refresh(actor: Actor, case: Case, *, keep_basis: bool = False, anew: bool = False) -> Case:
    """Asks the register anew and the departments for what is unknown or old, and keeps the answers.

    A department that cannot be reached leaves what was known as it was. Runs outside any
    transaction, because each query must be on record before it leaves.

    Args:
        keep_basis: leave the entries on which the judgement rests as the last step saw them.
        anew: ask every department, whatever is known (“ask again”).

    Returns:
        The case as it is then; its version is raised only when a value changed.
    """
    seen = basis.entries(case.person)
    found = asking.ask(actor, case, plain_values(case), anew=anew)
    with writing.locked(case) as row:
        writing.require_open(row)
        packed, changed = asking.merge(row, known(row), found)
        row.facts = packed
        if not keep_basis:
            row.basis = seen
        plain = plain_values(row)
        changed |= agreement.ask(row, known(row), plain)
        chosen = outcome(row)
        changed |= _transfer(row, plain)
        if changed or chosen != row.outcome:
            return writing.save(
                row,
                facts=packed,
                basis=row.basis,
                outcome=chosen,
                division=row.division,
                station=row.station,
            )
        row.save(update_fields=["facts", "basis"])
        return row


def _transfer(row: Case, plain: Mapping[str, Any]) -> bool:
    """Gives a case in progress to the station of its place once that is known; says whether it moved."""
    division = outcomes.destination(row, plain) if row.state == "open" else None
    if division is None or division == row.division:
        return False
    if divisions.station_of(division) != row.station:
        key = writing.key_of(row, "transfer", row.version)
        writing.note_step(row, row.next_step, "transfer", actor=None, key=key, note=f"{row.station} → {division}")
    row.division, row.station = division, divisions.station_of(division)
    return True


def outcome(case: Case) -> str:
    """Gives the outcome that the case goes for; once submitted, only the applicant changes it."""
    if case.state == "open" and case.outcome:
        return case.outcome
    return outcomes.choose(case, judgement(case))


def judgement(case: Case, checks: Mapping[str, bool] | None = None) -> ItemJudgement:
    """Gives the judgement of the case's own definition over what is known today.

    Args:
        checks: what an officer sees at the window now, before it is stored.
    """
    return judge_item(item_of(case), catalogue_of(case), gather(case, checks), on=timezone.localdate())


def gather(case: Case, checks: Mapping[str, bool] | None = None) -> dict[str, Fact]:
    """Gives every fact of the case with its source: stored, consented, checked, answered, said by the item itself."""
    facts = unanswered(case, checks)
    plain = flat(case, facts)
    item = item_of(case)
    for question in answers.asked(item, answers.stored(case, item), plain):
        for name, value in answers.named(question.field, question.value).items():
            if plain.get(name) == value and (name not in facts or facts[name].value is None):
                facts[name] = Fact(name, value, APPLICANT, None, None)
    for name, text in item.given.items():
        facts[name] = Fact(name, evaluate(parse(text), plain), CASE, None, None)
    return facts


def unanswered(case: Case, checks: Mapping[str, bool] | None = None) -> dict[str, Fact]:
    """Gives the facts of the case without the form: what decides which questions are asked."""
    facts = known(case)
    for fact in agreement.facts(case):
        facts[fact.id] = fact
    for fact in hearing.facts(case, facts):
        facts[fact.id] = fact
    for fact in _checked(case, checks):
        spec = fact_spec(case, fact.id)
        if facts.get(fact.id) is None or facts[fact.id].value is None or (spec and spec.source == "clerk"):
            facts[fact.id] = fact
    for fact in _own(case):
        facts.setdefault(fact.id, fact)
    return facts


def known(case: Case) -> dict[str, Fact]:
    """Gives the stored facts of register and departments by id."""
    return {ident: values.unpack_fact(ident, stored, case=case.uid) for ident, stored in case.facts.items()}


def flat(case: Case, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Gives what expressions read: the known values, today, the parameters and derived facts."""
    today = timezone.localdate()
    catalogue = catalogue_of(case)
    plain = dict(Scene(facts, today, catalogue.parameters(today), dictionary(catalogue, today)).values)
    if case.outcome:
        plain.setdefault("outcome", case.outcome)
    return plain


def plain_values(case: Case, checks: Mapping[str, bool] | None = None) -> dict[str, Any]:
    """Gives everything that expressions of the item may read, answers of asked questions too."""
    plain = flat(case, gather(case, checks))
    for _ in answers.asked(item_of(case), answers.stored(case, item_of(case)), plain):
        pass
    return plain


def require_unchanged(before: Case, after: Case) -> None:
    """Refuses to decide on facts that changed after the page was made.

    Raises:
        AnjiaError: `case-facts-changed` (409) naming the facts.
    """
    if before.version == after.version:
        return
    old, new = known(before), known(after)
    names = [ident for ident in new if ident not in old or old[ident].value != new[ident].value]
    labels = [(spec.label if (spec := fact_spec(after, ident)) else Words(ident, ident)) for ident in names]
    raise AnjiaError(
        "case-facts-changed",
        f"重新查询后，下列事实有变化：{'、'.join(one.zh for one in labels) or '同意情况'}，这次没有写入",
        f"Asked again, these facts changed: {', '.join(one.en for one in labels) or 'consents'}; nothing was written",
        ("请看过最新的事实后再办", "Look at the new facts and decide again"),
        status=409,
        number=after.number,
        changed=", ".join(names),
        version=after.version,
    )


def _own(case: Case) -> Iterable[Fact]:
    yield Fact("case.number", case.number, CASE, case.opened_at, None)
    yield Fact("case.person", case.person, CASE, case.opened_at, None)
    yield Fact("case.channel", case.channel, CASE, case.opened_at, None)
    yield Fact("case.opened_on", case.opened_on, CASE, case.opened_at, None)


def _checked(case: Case, checks: Mapping[str, bool] | None) -> Iterable[Fact]:
    seen: dict[str, Fact] = {}
    for step in case.steps.order_by("id"):
        source = Words(f"窗口核验：{step.actor_name}", f"Seen at the window: {step.actor_name}")
        for ident, value in step.checks.items():
            seen[ident] = Fact(ident, value, source, step.at, None)
    for ident, value in (checks or {}).items():
        seen[ident] = Fact(ident, value, Words("窗口核验", "Seen at the window"), timezone.now(), None)
    return seen.values()
