"""Who may take which step of a case, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from anjia.casework import cases, concerned, deadlines, facts, hearing
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel import grants
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor
from anjia.kernel.specs.item import Step

LEVELS = {"station": 12, "county": 6, "city": 4}
"""Level → most digits that the area of an officer of this level has."""

TITLES = {
    "station": ("派出所", "a station"),
    "county": ("区县公安机关", "the county"),
    "city": ("市公安局", "the city"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """One step as seen by an actor: may it be taken now, and if not, why."""

    step: Step
    allowed: bool
    refusal: AnjiaError | None


def actions(actor: Actor, case: Case) -> list[Action]:
    """Gives every step of the case with whether this actor may take it now and why not."""
    found = []
    for step in item_of(case).step:
        try:
            require_step(actor, case, step.id)
            hearing.require_heard(case, step)
        except AnjiaError as error:
            found.append(Action(step, False, error))
        else:
            found.append(Action(step, True, None))
    return found


def require_step(actor: Actor, case: Case, step_id: str) -> tuple[Step, Allowed]:
    """Gives the step and the grant under which the actor takes it.

    Raises:
        AnjiaError: `step-not-next` (409), `step-same-person`, `step-level`, `grant-missing`,
            `grant-area` (403).
    """
    item = item_of(case)
    step = next((one for one in item.step if one.id == step_id), None)
    if step is None or case.state != "open" or case.next_step != step_id:
        raise _not_next(case)
    allowed = grants.require(actor, "case", step.action, item.data_purpose)
    if not allowed.covers(division=case.division, subject=case.person):
        raise cases.out_of_reach()
    if actor.person is not None and actor.person in _persons(case):
        raise _own_case()
    if not _of_level(allowed, step, case.division):
        zh, en = TITLES[step.level]
        raise AnjiaError(
            "step-level", f"“{step.title.zh}”由{zh}办理", f"“{step.title.en}” is taken by {en}",
            ("请转交有权限的同事", "Hand the case to a colleague of that level"), status=403, step=step.id,
        )  # fmt: skip
    _require_other_person(actor, case, step)
    return step, allowed


def require_applicant(actor: Actor, case: Case, action: str) -> None:
    """Refuses anyone but the person, and staff who may do this for persons of the area.

    Args:
        action: `answer`, `submit` or `withdraw`.

    Raises:
        AnjiaError: `grant-missing`, `grant-area` (403).
    """
    allowed = grants.require(actor, "case", action, item_of(case).data_purpose)
    if not allowed.covers(division=case.division, subject=case.person):
        raise cases.out_of_reach()


def _persons(case: Case) -> tuple[int | None, ...]:
    """Gives whose case it is: who applied, and the person whom the item's declaration names, if it names one."""
    about = concerned.person(case, facts.plain_values(case)) if item_of(case).about else None
    return case.person, about


def _of_level(allowed: Allowed, step: Step, division: str) -> bool:
    if allowed.scope == "all":
        return True
    areas = [code.rstrip("0") if len(code) == 12 else code for code in allowed.divisions]
    return any(division.startswith(code) and len(code) <= LEVELS[step.level] for code in areas)


def _require_other_person(actor: Actor, case: Case, step: Step) -> None:
    taken = case.steps.filter(step__in=step.not_same_as, verdict="pass", actor_id=actor.pk)
    done = taken.order_by("-id").first()
    if done is None:
        return
    title = next(one.title for one in item_of(case).step if one.id == done.step)
    raise AnjiaError(
        "step-same-person",
        f"这件的“{title.zh}”是您办的，“{step.title.zh}”须由另一人办理",
        f"You took “{title.en}” of this case; “{step.title.en}” needs another person",
        ("请转交同事办理", "Hand the case to a colleague"),
        status=403,
        step=step.id,
        taken=done.step,
    )


def _own_case() -> AnjiaError:
    return AnjiaError(
        "step-own-case", "不能办理本人的业务", "Nobody decides a case of their own",
        ("请转交同事办理", "Hand the case to a colleague"), status=403,
    )  # fmt: skip


def _not_next(case: Case) -> AnjiaError:
    following = deadlines.step_of(case)
    zh, en = (following.title.zh, following.title.en) if following else ("无", "none")
    return AnjiaError(
        "step-not-next", f"现在不能办这一步，下一步是：{zh}", f"This step is not due; the next one is: {en}",
        ("请刷新办件", "Reload the case"), status=409, number=case.number, step=case.next_step,
    )  # fmt: skip
