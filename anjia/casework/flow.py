"""The procedure of a case: submit, withdraw, and the officers' steps to the decision."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone

from anjia.casework import (
    authority,
    basis,
    deadlines,
    decision,
    dossier,
    facts,
    hearing,
    notices,
    operations,
    outcomes,
    requirements,
    waiting,
    writing,
)
from anjia.casework.definition import item_of
from anjia.casework.desk import desk
from anjia.casework.dossier import Dossier
from anjia.casework.models import Case
from anjia.casework.operations import Preview
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor
from anjia.kernel.specs.item import Step
from anjia.kernel.specs.text import Words
from anjia.registers import divisions
from anjia.rules.judgement import ItemJudgement

__all__ = ["actions", "desk", "preview", "submit", "take", "withdraw"]

actions = authority.actions


def submit(actor: Actor, case: Case, *, key: uuid.UUID, version: int) -> Case:
    """Hands in a draft or a supplement; the same key is the same submission.

    Raises:
        AnjiaError: `form-incomplete`, `outcome-closed`, `case-stale`, `case-closed`, `grant-…`.
    """
    if (done := _replayed(case, key)) is not None:
        return done
    authority.require_applicant(actor, case, "submit")
    writing.require_open(case, "draft", "supplement")
    _require_version(case, version)
    fresh = facts.refresh(actor, case)
    with writing.locked(fresh, fresh.version) as row:
        if (done := _replayed(row, key)) is not None:
            return done
        writing.require_open(row, "draft", "supplement")
        requirements.require_complete(row)
        first = deadlines.step_of(row) or deadlines.step_after(row, "")
        division = outcomes.destination(row, facts.plain_values(row)) or row.division
        writing.note_step(row, "submit", "submit", actor=actor, key=key)
        return writing.save(
            row,
            state="open",
            next_step=first.id if first else "",
            due_on=deadlines.due_of(first, timezone.localdate()) if first else None,
            division=division,
            station=divisions.station_of(division),
            submitted_at=row.submitted_at or timezone.now(),
        )


def withdraw(actor: Actor, case: Case, *, key: uuid.UUID, version: int) -> Case:
    """Ends a case that is not decided, by the applicant's own will; the same key does it once."""
    if (done := _replayed(case, key)) is not None:
        return done
    authority.require_applicant(actor, case, "withdraw")
    with writing.locked(case) as row:
        if (done := _replayed(row, key)) is not None:
            return done
        writing.require_open(row)
        if row.version != version:
            raise writing.stale(row)
        writing.note_step(row, row.next_step or "submit", "withdraw", actor=actor, key=key)
        return writing.save(row, state="withdrawn", next_step="", due_on=None)


def take(
    actor: Actor, case: Case, step_id: str, *, version: int, key: uuid.UUID, verdict: str, note: str = "",
    checks: Mapping[str, bool] | None = None, clause: str = "",
) -> Case:  # fmt: skip
    """Takes one step as an officer: pass it, ask for a supplement, or refuse by a clause.

    The judgement is made again on fresh facts. Passing the last step decides the case: one act.

    Args:
        version: what the officer's page showed.
        key: the same key is the same step, taken once.
        checks: fact id → what the officer saw at the window; only facts that the step names.
        clause: `rule.clause` on which a refusal rests; it must be judged `no`.

    Raises:
        AnjiaError: `case-stale`, `case-facts-changed`, `register-moved`, `act-conflict` (409);
            `step-…`, `grant-…`, `check-unknown`, `rule-not-met`, `clause-not-failing`, `note-needed`.
    """
    if (done := _replayed(case, key)) is not None:
        return done
    try:
        return _take(actor, case, step_id, version, key, verdict, note, checks, clause)
    except AnjiaError:
        # The same step, sent twice: its twin may have been done since we looked.
        if (done := _replayed(case, key)) is not None:
            return done
        raise


def _take(
    actor: Actor, case: Case, step_id: str, version: int, key: uuid.UUID, verdict: str, note: str,
    checks: Mapping[str, bool] | None, clause: str,
) -> Case:  # fmt: skip
    found = dossier.read(case.pk)
    row = found.case
    writing.require_open(row, "open")
    _require_version(row, version)
    step, allowed = authority.require_step(actor, row, step_id)
    seen = requirements.known_checks(step, checks or {})
    requirements.require_verdict(verdict, note)
    if verdict == "supplement":
        return _supplement(actor, row, step, key, note)
    if verdict == "pass":
        hearing.require_heard(row, step)
    last = deadlines.step_after(row, step.id) is None
    if last:
        _require_basis(row, found.entries)
    fresh = facts.refresh(actor, row, keep_basis=last and bool(row.basis))
    facts.require_unchanged(row, fresh)
    # The version stands, so the steps that were passed and the station stand too.
    found = replace(found, case=fresh)
    judged = facts.judgement(fresh, seen)
    if verdict == "refuse":
        return _refuse(found, step, allowed, judged, key, note, clause, seen)
    requirements.require_passable(fresh, judged, step, last)
    if not last:
        told = hearing.look(actor, fresh, step, facts.known(fresh))
        return _pass(actor, fresh, step, key, note, seen, told)
    return _approve(found, step, allowed, judged, key, note, seen)


def preview(case: Case) -> Preview:
    """Gives the households before and after the decision, without writing.

    Raises:
        AnjiaError: what the operation would refuse, such as `head-needed`.
    """
    return operations.preview(case, facts.plain_values(case))


def _pass(
    actor: Actor, case: Case, step: Step, key: uuid.UUID, note: str, seen: Mapping[str, bool],
    told: Sequence[hearing.Found],
) -> Case:  # fmt: skip
    following = deadlines.step_after(case, step.id)
    assert following is not None
    with writing.locked(case) as row:
        if (done := _replayed(row, key)) is not None:
            return done
        _require_version(row, case.version)
        writing.note_step(row, step.id, "pass", actor=actor, key=key, note=note, checks=seen)
        writing.save(row, next_step=following.id, due_on=deadlines.due_of(following, timezone.localdate()))
        if step.tells:
            hearing.tell(row, step, told, seen)
        _tell_progress(row, step, following)
        if step.awaits:
            waiting.ask_soon(row)
        return row


def _supplement(actor: Actor, case: Case, step: Step, key: uuid.UUID, note: str) -> Case:
    with writing.locked(case) as row:
        if (done := _replayed(row, key)) is not None:
            return done
        _require_version(row, case.version)
        taken = writing.note_step(row, step.id, "supplement", actor=actor, key=key, note=note)
        writing.save(row, state="supplement", due_on=None)
        notices.send(
            f"step:{taken.pk}", person=row.person, case=row, kind="supplement", title=item_of(row).title,
            body=Words(
                f"办件 {row.number} 需要补正：{note}。补正后请重新提交，已填的内容都在。",
                f"Case {row.number} needs a supplement: {note}. Complete and submit it again.",
            ),
        )  # fmt: skip
        return row


def _refuse(
    found: Dossier, step: Step, allowed: Allowed, judged: ItemJudgement, key: uuid.UUID, note: str, clause: str,
    seen: Mapping[str, bool],
) -> Case:  # fmt: skip
    requirements.require_failing(found.case, judged, clause)
    return _commit(
        found.case, key,
        lambda: decision.refuse(found, step, allowed, judged, key=key, note=note, clause=clause, checks=seen),
    )  # fmt: skip


def _approve(
    found: Dossier,
    step: Step,
    allowed: Allowed,
    judged: ItemJudgement,
    key: uuid.UUID,
    note: str,
    seen: Mapping[str, bool],
) -> Case:
    plain = facts.plain_values(found.case, seen)
    return _commit(
        found.case, key,
        lambda: decision.approve(found, step, allowed, judged, plain, key=key, note=note, checks=seen),
    )  # fmt: skip


def _commit(case: Case, key: uuid.UUID, act: Any) -> Case:
    try:
        act()
    except AnjiaError as error:
        now = Case.objects.get(pk=case.pk)
        if (done := _replayed(now, key)) is not None:
            return done
        if now.version != case.version:
            raise writing.stale(now) from error
        _require_basis(now, basis.entries(now.person), error)
        raise
    return Case.objects.get(pk=case.pk)


def _require_basis(case: Case, entries: list[int], cause: AnjiaError | None = None) -> None:
    """Sends a case back whose register moved after the last judged step.

    Args:
        entries: what the register has now.

    Raises:
        AnjiaError: `register-moved` (409).
    """
    if case.basis and entries != case.basis:
        _back(case)
        raise basis.moved(number=case.number, cause=cause.code if cause else "") from cause


def _back(case: Case) -> None:
    """Puts a case whose register moved back to the step before, with the entries as they are now."""
    steps = [one.id for one in item_of(case).step]
    before = steps[max(steps.index(case.next_step) - 1, 0)]
    with writing.locked(case) as row:
        if row.version != case.version:
            return
        key = writing.key_of(row, "return", row.version)
        writing.note_step(row, row.next_step, "return", actor=None, key=key, note="登记已变动 / register moved")
        writing.save(row, next_step=before, basis=basis.entries(row.person))


def _replayed(case: Case, key: uuid.UUID) -> Case | None:
    step = writing.find_step(key)
    if step is None:
        return None
    if step.case_id != case.pk:
        raise AnjiaError(
            "key-reused",
            "这次提交的编号已用于另一件业务",
            "The key of this submission belongs to another case",
            ("请刷新页面后再办", "Reload the page and try again"),
            status=409,
        )
    return step.case


def _require_version(row: Case, version: int) -> None:
    if row.version != version:
        raise writing.stale(row)


def _tell_progress(row: Case, step: Step, following: Step) -> None:
    visit = ("，请带原件到派出所", "; please bring the originals to the station") if following.visit else ("", "")
    if step.awaits:
        visit = ("；先等另一单位答复，答复后再通知您", "; another office is asked first, and you will be told")
    notices.send_progress(row, Words(
        f"办件 {row.number}：{step.title.zh}已通过，下一步：{following.title.zh}{visit[0]}。",
        f"Case {row.number}: {step.title.en} passed; next: {following.title.en}{visit[1]}.",
    ))  # fmt: skip
