"""Cases that wait for somebody's answer: asked again by the worker, they go on by themselves."""

from __future__ import annotations

from typing import Any

from anjia.casework import facts, notices
from anjia.casework.definition import item_of
from anjia.casework.models import OPEN_STATES, Case
from anjia.kernel import acts, effects
from anjia.kernel.effects import effect
from anjia.kernel.models import Actor
from anjia.kernel.specs.text import Words

ASK, ARRIVED = "ask-facts", "answer-arrived"

WORDS = {
    "confirmed": Words(
        "迁出地已同意迁出，请按通知到派出所办理", "The place left lets you go; please come to the station"
    ),
    "objected": Words("迁出地没有同意迁出，派出所会与您联系", "The place left objected; the station will contact you"),
    "expired": Words("迁出地的同意已过期，已重新发函", "The word of the place left expired; it is asked again"),
}


def ask_soon(case: Case) -> None:
    """Has the worker ask for the facts of a case, in the caller's transaction."""
    acts.defer(effects.job(ASK, lock=f"case:{case.number}:{ASK}", case_number=case.number))


def refresh(number: str) -> Case | None:
    """Asks what is due of an open case, in nobody's name; None when it is open no more."""
    case = Case.objects.filter(number=number, state__in=OPEN_STATES).first()
    return facts.refresh(Actor(), case) if case is not None else None


def awaited(case: Case) -> Words | None:
    """Gives why a case waits for another office, None when it does not."""
    steps = item_of(case).step
    at = next((place for place, step in enumerate(steps) if step.id == case.next_step), 0)
    names = [name for step in steps[:at] for name in step.awaits]
    known = facts.known(case) if names else {}
    waiting = [known[name] for name in names if name in known and known[name].value is None]
    return next((fact.detail for fact in waiting if fact.detail is not None), None)


def is_over(number: str) -> bool:
    """Says whether a case was closed without a registration, so that nothing is waited for any more."""
    return Case.objects.filter(number=number, state__in=("refused", "withdrawn")).exists()


def declare() -> None:
    """Registers the effects of answers that come later."""
    effect(ASK)(_ask)
    effect(ARRIVED)(_arrived)


def _ask(*, case_number: str, **_: Any) -> None:
    refresh(case_number)


def _arrived(*, case_number: str, state: str, **_: Any) -> None:
    case = refresh(case_number)
    if case is not None and state in WORDS:
        notices.send_progress(case, WORDS[state])
