"""What a submission or a step must fulfil, each refused with what is missing and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from anjia.casework import decision, forms, hearing, outcomes
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.item import Step
from anjia.rules.judgement import ItemJudgement

VERDICTS = ("pass", "supplement", "refuse")


def require_complete(row: Case) -> None:
    missing = forms.incomplete(row)
    if missing:
        raise AnjiaError(
            "form-incomplete",
            f"还有 {len(missing)} 项没有填好：{'、'.join(field.label.zh for _, field in missing)}",
            f"{len(missing)} questions are left: {', '.join(field.label.en for _, field in missing)}",
            ("请填好后再提交，已填的内容都在", "Fill them in and submit; all answers are kept"),
            status=422,
            topics=", ".join(dict.fromkeys(topic.id for topic, _ in missing)),
            fields=", ".join(field.id for _, field in missing),
        )


def known_checks(step: Step, checks: Mapping[str, bool]) -> dict[str, bool]:
    strangers = sorted(set(checks) - set(step.checks))
    if strangers:
        raise AnjiaError(
            "check-unknown",
            f"这一步不核验：{'、'.join(strangers)}",
            f"This step does not check {', '.join(strangers)}",
            ("请只填写页面上列出的核验项", "Fill in only the checks that the page lists"),
            checks=", ".join(strangers),
        )
    return dict(checks)


def require_verdict(verdict: str, note: str) -> None:
    if verdict not in VERDICTS:
        raise AnjiaError(
            "verdict-unknown", f"没有“{verdict}”这种办理意见", f"There is no verdict “{verdict}”",
            ("请选通过、补正或不予办理", "Choose pass, supplement or refuse"),
        )  # fmt: skip
    if verdict != "pass" and not note.strip():
        raise AnjiaError(
            "note-needed", "补正或不予办理须写明理由", "A supplement or refusal needs its reason in words",
            ("请写明缺什么、依据什么", "Write what is missing and on what ground"), status=422,
        )  # fmt: skip


def require_passable(case: Case, judged: ItemJudgement, step: Step, last: bool) -> None:
    """Lets a step pass when the chosen outcome is not refused; after the window it must hold."""
    verdict = judged.outcomes.get(case.outcome, "unknown")
    # Before the visit unknown facts may stay open; the step of the visit settles them.
    if verdict == "yes" or (verdict == "unknown" and step.action == "prereview" and not last):
        return
    if verdict == "unknown" and _settled_later(case, judged, step):
        return
    parts = [one for one in decision.clauses(case, judged) if one["verdict"] in ("no", "unknown")]
    zh = "；".join(f"{one['text']['zh']}（{'不满足' if one['verdict'] == 'no' else '不明'}）" for one in parts)
    en = "; ".join(f"{one['text']['en']} ({one['verdict']})" for one in parts)
    raise AnjiaError(
        "rule-not-met",
        f"还不能通过：{zh}",
        f"This cannot pass yet: {en}",
        ("请核实不明的事实、要求补正，或按不满足的条件不予办理",
         "Settle what is unknown, ask for a supplement, or refuse by a clause that is not met"),
        status=422,
        clauses=", ".join(f"{one['rule']}.{one['clause']}={one['verdict']}" for one in parts),
        outcome=case.outcome,
    )  # fmt: skip


def _settled_later(case: Case, judged: ItemJudgement, step: Step) -> bool:
    """Says whether every clause that is unknown waits for something that a later step settles."""
    item = item_of(case)
    steps = list(item.step)
    following = steps[[one.id for one in steps].index(step.id) + 1 :]
    later = {name for one in following for name in (*one.checks, *hearing.settles(one))} | set(step.awaits)
    if step.tells:
        later |= set(hearing.settles(step))
    chosen = {*item.rules, *outcomes.outcome_of(case).rules}
    waiting = [
        {fact.id for fact in part.facts if fact.value is None}
        for one in judged.rules
        if one.rule.id in chosen and not one.is_advice
        for part in one.clauses
        if part.verdict == "unknown"
    ]
    return bool(waiting) and all(names & later for names in waiting)


def require_failing(case: Case, judged: ItemJudgement, clause: str) -> None:
    """Refuses a refusal that does not rest on a clause judged `no`.

    Raises:
        AnjiaError: `clause-not-failing` (422).
    """
    parts = decision.clauses(case, judged)
    failing = [f"{one['rule']}.{one['clause']}" for one in parts if one["verdict"] == "no"]
    if clause not in failing:
        raise AnjiaError(
            "clause-not-failing",
            "不予办理必须指明一条确定不满足的条件；不明的事实只能补查，不能据以拒绝",
            "A refusal names a clause that is clearly not met; what is unknown is asked, never refused",
            (
                "请在规则中选一条不满足的条件，或要求补正",
                "Choose a clause that is not met, or ask for a supplement",
            ),
            status=422,
            failing=", ".join(failing),
        )
