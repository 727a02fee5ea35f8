"""The decision of a case as one act: what it rests on, what it writes, and what guards it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone
from psycopg.types.json import Jsonb

from anjia.casework import basis, hearing, notices, operations, outcomes
from anjia.casework.definition import catalogue_of, item_of, spec_in
from anjia.casework.dossier import Dossier
from anjia.casework.models import Case
from anjia.kernel import acts, effects
from anjia.kernel.acts import Committed, Draft, Guard, Seen
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.grants import Allowed
from anjia.kernel.specs import ItemSpec
from anjia.kernel.specs.item import Document, Step
from anjia.kernel.specs.text import Words
from anjia.registers import divisions
from anjia.rules.judgement import ItemJudgement
from anjia.rules.ports import Fact

DOCUMENTS = "issue-documents"
REFUSAL = "REFUSE"
APPEAL = Words(
    "不服本决定的，可以自收到之日起六十日内申请行政复议，或者六个月内提起行政诉讼。",
    "You may ask for administrative review within 60 days of receiving this, or sue within six months.",
)
"""Source: 行政复议法 Art. 20; 行政诉讼法 Art. 46."""

DECIDE = """
WITH moved AS (
    UPDATE casework_case SET state = %s, next_step = '', due_on = NULL, outcome = %s, version = version + 1,
           act_id = act.id, decided_at = act.at
      FROM kernel_act act
     WHERE act.key = %s AND casework_case.id = %s AND casework_case.version = %s
       AND casework_case.state = 'open' AND casework_case.next_step = %s
 RETURNING casework_case.id, act_id, decided_at, act.key)
INSERT INTO casework_step
       (case_id, step, verdict, actor_id, actor_name, at, key, note, checks, clause, act_id)
SELECT id, %s::varchar, %s::varchar, %s::bigint, %s::varchar, decided_at, key, %s::text, %s::jsonb, %s::varchar, act_id
  FROM moved
"""
"""Moves the case and notes the step; no step without the case that moved on the version that was judged."""


def approve(
    found: Dossier, step: Step, allowed: Allowed, judgement: ItemJudgement, plain: dict[str, Any], *,
    key: uuid.UUID, note: str, checks: Mapping[str, bool],
) -> Committed:  # fmt: skip
    """Commits the positive decision: register, case, step and effects in one transaction.

    Raises:
        AnjiaError: `register-moved`, `act-conflict` (409), or what an operation or constraint refuses.
    """
    case = found.case
    prepared = operations.prepare(case, plain)
    judged = list(case.basis)

    def decide(seen: Seen, moment: Moment) -> Plan:
        basis.require(seen[basis.NAME], judged)
        return operations.decide(prepared, seen, moment)

    draft = Draft(
        key=key,
        event=outcomes.outcome_of(case).event or item_of(case).event,
        definition=case.definition,
        actor=allowed.actor.pk,
        subjects=operations.subjects(prepared, case.person),
        effective_on=min((one.on for one in prepared), default=timezone.localdate()),
        reason=f"{item_of(case).title.zh}：{outcomes.outcome_of(case).title.zh}",
        evidence=evidence(found, step, allowed, judgement, "yes", note),
        decide=decide,
        reads=(basis.read(case.person), *operations.reads(prepared)),
        new_subjects=tuple(kind for one in prepared for kind in one.new_subjects),
        grant=allowed.grant,
        case_number=case.number,
        station=case.station,
        on_behalf_of=case.on_behalf_of,
        guards=(_guard(case, step, allowed, "decided", "pass", key, note, checks),),
        jobs=_jobs(case, "yes"),
    )
    return acts.commit(draft)


def refuse(
    found: Dossier, step: Step, allowed: Allowed, judgement: ItemJudgement, *, key: uuid.UUID, note: str,
    clause: str, checks: Mapping[str, bool],
) -> Committed:  # fmt: skip
    """Commits the refusal: an act that writes no register, with the clause on which it rests."""
    case = found.case
    draft = Draft(
        key=key,
        event=REFUSAL,
        definition=case.definition,
        actor=allowed.actor.pk,
        subjects=(case.person,),
        effective_on=timezone.localdate(),
        reason=f"{item_of(case).title.zh}：不予办理（{clause}）",
        evidence=evidence(found, step, allowed, judgement, "no", note),
        decide=lambda seen, moment: Plan(),
        grant=allowed.grant,
        case_number=case.number,
        station=case.station,
        on_behalf_of=case.on_behalf_of,
        guards=(_guard(case, step, allowed, "refused", "refuse", key, note, checks, clause),),
        jobs=_jobs(case, "no"),
    )
    return acts.commit(draft)


def evidence(
    found: Dossier, step: Step, allowed: Allowed, judgement: ItemJudgement, verdict: str, note: str
) -> Callable[[], dict[str, Any]]:
    """Gives what makes all that the notice of the decision tells, so that it needs no case to be read again.

    The definitions are looked up at once; making it reads nothing, so the act does that while it waits.
    """
    case, catalogue = found.case, catalogue_of(found.case)
    item, outcome = item_of(case), outcomes.outcome_of(case)
    return lambda: {
        "case": case.number,
        "item": {"id": item.id, "title": _words(item.title)},
        "outcome": {"id": outcome.id, "title": _words(outcome.title)},
        "verdict": verdict,
        "clauses": _clauses(case, judgement, {*item.rules, *outcome.rules}, catalogue),
        "terms": {
            "prereview_working_days": item.terms.prereview_working_days,
            "decision_working_days": item.terms.decision_working_days,
            "basis": _words(item.terms.basis),
            "tag": item.terms.tag,
        },
        "submitted_on": timezone.localdate(case.submitted_at).isoformat() if case.submitted_at else None,
        "officers": _officers(found, item, step, allowed),
        "station": {"code": case.station, "name": _words(_station(case, catalogue, found.town))},
        "note": note,
        "appeal": _words(APPEAL),
    }


def clauses(case: Case, judgement: ItemJudgement) -> list[dict[str, Any]]:
    """Gives the clauses of the chosen outcome's rules with verdict, basis, remedy and facts.

    Sensitive values are left out: an act is kept for ever.
    """
    chosen = {*item_of(case).rules, *outcomes.outcome_of(case).rules}
    return _clauses(case, judgement, chosen, catalogue_of(case))


def station_name(case: Case) -> Words:
    """Gives the name of the case's station as the city names its stations."""
    path = divisions.path(case.station)
    return _station(case, catalogue_of(case), path[-1].name if path else None)


def _station(case: Case, catalogue: Catalogue, town: str | None) -> Words:
    names, town = catalogue.city.station, town or case.station
    return Words(names.zh.format(town=town), names.en.format(town=town))


def _clauses(
    case: Case, judgement: ItemJudgement, chosen: Collection[str], catalogue: Catalogue
) -> list[dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    return [
        {
            "rule": one.rule.id,
            "clause": part.clause.id,
            "verdict": part.verdict,
            "text": part.compiled.told["text"],
            "remedy": part.compiled.told["remedy"],
            "basis": [{"law": b.law, "article": b.article, "tag": b.tag} for b in part.clause.basis],
            "facts": [_fact(case, fact, told, catalogue) for fact in part.facts],
        }
        for one in judgement.rules
        if one.rule.id in chosen and not one.is_advice
        for part in one.clauses
    ]


def _fact(case: Case, fact: Fact, told: dict[str, dict[str, Any]], catalogue: Catalogue) -> dict[str, Any]:
    """Gives a fact as a decision tells it; clauses that read the same fact tell the same."""
    if fact.id not in told:
        spec = spec_in(catalogue, fact.id)
        hidden = "sealed" in case.facts.get(fact.id, {}) or bool(spec and spec.sensitive)
        told[fact.id] = {
            "id": fact.id,
            "label": _words(spec.label) if spec else None,
            "value": None if hidden or fact.value is None else str(fact.value),
            "source": _words(fact.source),
            "at": fact.at.isoformat() if fact.at else None,
        }
    return told[fact.id]


def _officers(found: Dossier, item: ItemSpec, step: Step, allowed: Allowed) -> list[dict[str, Any]]:
    titles = {one.id: one.title for one in item.step}
    done = [(one.step, one.officer, one.at) for one in found.passed if one.step in titles]
    return [
        {"step": ident, "title": _words(titles[ident]), "name": name, "at": at.isoformat()}
        for ident, name, at in [*done, (step.id, allowed.actor.name_zh, timezone.now())]
    ]


def _guard(
    case: Case, step: Step, allowed: Allowed, state: str, verdict: str, key: uuid.UUID, note: str,
    checks: Mapping[str, bool], clause: str = "",
) -> Guard:  # fmt: skip
    moved = (state, case.outcome, key, case.pk, case.version, step.id)
    actor = allowed.actor
    noted = (step.id, verdict, actor.pk, actor.name_zh, note, Jsonb(dict(checks)), clause)
    return Guard(DECIDE, (*moved, *noted), 1)


def _jobs(case: Case, verdict: str) -> tuple[acts.Job, ...]:
    item = item_of(case)
    made = [one for one in item.document if one.on in (verdict, "any")]
    own = [one.certificate for one in made if not one.to]
    names: Sequence[str] = [*([DOCUMENTS] if own else []), notices.EFFECT, *item.effects]
    wanted = {"documents": own, "case_number": case.number, "person": case.person}
    jobs = []
    for name in dict.fromkeys(names):
        if name != DOCUMENTS or own:
            jobs.append(effects.job(name, lock=f"case:{case.number}:{name}", **wanted))
    return (*jobs, *(_for_parties(case, made) if item.party else ()))


def _for_parties(case: Case, made: Sequence[Document]) -> Iterator[acts.Job]:
    """Gives the jobs that serve the decision on those who were heard."""
    for party, persons in hearing.decided_for(case).items():
        papers = [one.certificate for one in made if one.to == party]
        for person in persons:
            lock = f"case:{case.number}:{person}"
            told = {"case_number": case.number, "person": person}
            if papers:
                yield effects.job(DOCUMENTS, lock=f"{lock}:{DOCUMENTS}", documents=papers, **told)
            yield effects.job(notices.EFFECT, lock=f"{lock}:{notices.EFFECT}", **told)


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
