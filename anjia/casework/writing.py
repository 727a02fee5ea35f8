"""Writing a case: under its row's lock, on the version that the page showed, one step more."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from anjia.casework.models import OPEN_STATES, Case, Step
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor

STATE_WORDS = {
    "draft": ("填写中", "being filled in"),
    "open": ("办理中", "in progress"),
    "supplement": ("待补正", "waiting for a supplement"),
    "decided": ("已办结", "decided"),
    "refused": ("不予办理", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}


@contextmanager
def locked(case: Case, version: int | None = None) -> Iterator[Case]:
    """Gives the case as it is now, locked until the block ends, and saves nothing by itself.

    Args:
        version: the version that the page showed; None for the system's own writes.

    Raises:
        AnjiaError: `case-stale` (409) when the case has moved on since.
    """
    with transaction.atomic():
        row = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if version is not None and row.version != version:
            raise stale(row)
        yield row


def save(row: Case, **changed: Any) -> Case:
    """Writes the named fields and raises the version."""
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*changed, "version"])
    return row


def require_open(row: Case, *states: str) -> None:
    """Refuses a case that is not in one of the states (default: any open one).

    Raises:
        AnjiaError: `case-closed` (409).
    """
    if row.state not in (states or OPEN_STATES):
        zh, en = STATE_WORDS[row.state]
        raise AnjiaError(
            "case-closed",
            f"办件 {row.number} 现在是“{zh}”，不能再这样办",
            f"Case {row.number} is {en}; this can no longer be done",
            ("请打开办件查看结果", "Open the case to see its result"),
            status=409,
            number=row.number,
            state=row.state,
        )


def stale(row: Case) -> AnjiaError:
    """Gives the error for a page that shows an older version, with what happened since."""
    last = row.steps.order_by("-id").first()
    zh, en = STATE_WORDS[row.state]
    who = f"{last.actor_name or '系统'} {timezone.localtime(last.at):%m-%d %H:%M}" if last else ""
    return AnjiaError(
        "case-stale",
        f"办件 {row.number} 已有变化（现在：{zh}{'；最近办理：' + who if who else ''}），"
        "您看到的页面已过时，这次没有写入",
        f"Case {row.number} has changed (now {en}{'; last step: ' + who if who else ''}); "
        "your page is out of date and nothing was written",
        (
            "您填的内容还在，请核对最新情况后再提交",
            "What you typed is kept; check the case as it is now and submit again",
        ),
        status=409,
        number=row.number,
        version=row.version,
        state=row.state,
        step=row.next_step,
        last_step=last.step if last else "",
        last_verdict=last.verdict if last else "",
    )


def find_step(key: uuid.UUID) -> Step | None:
    """Gives the step that was taken under a key, None when the key is new."""
    return Step.objects.select_related("case").filter(key=key).first()


def key_of(case: Case, *parts: object) -> uuid.UUID:
    """Gives the key of something that the system does once to a case."""
    return uuid.uuid5(case.uid, "/".join(str(part) for part in parts))


def note_step(
    case: Case,
    step: str,
    verdict: str,
    *,
    actor: Actor | None,
    key: uuid.UUID,
    note: str = "",
    checks: Mapping[str, bool] | None = None,
) -> Step:
    """Writes what was done with the case."""
    return Step.objects.create(
        case=case,
        step=step,
        verdict=verdict,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name_zh if actor else "",
        at=timezone.now(),
        key=key,
        note=note,
        checks=dict(checks or {}),
    )
