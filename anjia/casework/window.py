"""A case that one officer opens, hands in and accepts at the window, and decides where its item has a single step."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from anjia.casework import cases, facts, flow, forms, writing
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor

CHANNEL = "counter"


def at_once(
    actor: Actor, item_id: str, *, person: int, answers: Mapping[str, Mapping[str, str]],
    checks: Mapping[str, bool], key: uuid.UUID,
) -> Case:  # fmt: skip
    """Opens, fills in, submits and decides a case of a person who stands at the window; the same key does it once.

    Args:
        answers: topic → field → answer.
        checks: fact id → what the officer saw.

    Raises:
        AnjiaError: `window-steps` (409) for an item with more than one step; `case-open-already` (409)
            with the number of the case to go on with; `form-incomplete`, `rule-not-met`, `grant-…`.
    """
    if (done := writing.find_step(key)) is not None:
        return done.case
    case = facts.refresh(actor, cases.open_case(actor, item_id, person=person, channel=CHANNEL))
    if len(item_of(case).step) != 1:
        raise AnjiaError(
            "window-steps", "这一事项须由多人办理，不能当场一次办结", "This service needs several officers",
            ("请从待办列表逐步办理", "Take its steps from the list of work"), status=409, number=case.number,
        )  # fmt: skip
    return _taken(actor, case, answers, checks, key)


def accept(
    actor: Actor, item_id: str, *, person: int, answers: Mapping[str, Mapping[str, str]],
    checks: Mapping[str, bool], key: uuid.UUID,
) -> Case:  # fmt: skip
    """Takes an application at the window: a case opened, filled in, handed in and its first step taken.

    The first step of an item with several is its acceptance; that of an item with one decides it.
    Arguments and errors are those of `at_once`, but for the number of steps.
    """
    if (done := writing.find_step(key)) is not None:
        return done.case
    case = facts.refresh(actor, cases.open_case(actor, item_id, person=person, channel=CHANNEL))
    return _taken(actor, case, answers, checks, key)


def _taken(
    actor: Actor, case: Case, answers: Mapping[str, Mapping[str, str]], checks: Mapping[str, bool], key: uuid.UUID
) -> Case:
    for topic, data in answers.items():
        errors = forms.answer(actor, case, topic, data, case.version)
        if errors:
            raise next(iter(errors.values()))
        case = Case.objects.get(pk=case.pk)
    case = flow.submit(actor, case, key=uuid.uuid5(key, "submit"), version=case.version)
    step = item_of(case).step[0]
    return flow.take(actor, case, step.id, version=case.version, key=key, verdict="pass", checks=dict(checks))
