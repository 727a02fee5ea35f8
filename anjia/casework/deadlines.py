"""Promised terms: counted in working days, and what a missed one means."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone

from anjia.casework import notices, writing
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.casework.models import Step as StepDone
from anjia.kernel import workdays
from anjia.kernel.specs.item import Step
from anjia.kernel.specs.text import Words

SYSTEM_NOTE = "期满未办，按规定视为通过 / The term passed without a step; it counts as passed"
LATE_NOTE = "超过承诺时限，已报上级 / The promised term is over; reported to the level above"


def due_of(step: Step, on: date) -> date | None:
    """Gives the last day of a step's term, counted in working days from a day (that day not included).

    A step that waits for the person's visit has no term: the office does not promise for others.
    """
    return None if step.visit else workdays.add_working_days(on, step.term_working_days)


def days_left(due_on: date | None) -> int | None:
    """Gives the working days left until a day, negative when it is past; None without a term."""
    if due_on is None:
        return None
    today = timezone.localdate()
    if today <= due_on:
        return workdays.working_days_between(today, due_on)
    return -workdays.working_days_between(due_on, today)


def step_after(case: Case, ident: str) -> Step | None:
    """Gives the step after the named one (the first for an empty name) that the outcome has, None after the last."""
    steps = [
        step for step in item_of(case).step
        if not step.outcomes or case.outcome in step.outcomes or step.id == ident
    ]  # fmt: skip
    places = {step.id: place for place, step in enumerate(steps)}
    place = places[ident] + 1 if ident else 0
    return steps[place] if place < len(steps) else None


def step_of(case: Case) -> Step | None:
    """Gives the declaration of the case's next step, None when there is none."""
    return next((step for step in item_of(case).step if step.id == case.next_step), None)


def lapse(on: date | None = None, *, limit: int = 500) -> int:
    """Does what missed terms mean and gives how many cases were touched; a periodic job calls it.

    A term that `passes` lets the case go to the next step, without an officer's name; one that
    `escalates` is noted once for the level above. Safe to run twice and side by side.

    Args:
        on: the day (default today); a term is missed the day after its last day.
    """
    day = on or timezone.localdate()
    told = StepDone.objects.filter(
        case=OuterRef("pk"), step=OuterRef("next_step"), verdict="escalate", at__date__gt=OuterRef("due_on")
    )
    late = Case.objects.filter(~Exists(told), state="open", due_on__lt=day).order_by("due_on", "id")[:limit]
    return sum(_lapse(case, day) for case in late)


def _lapse(case: Case, day: date) -> bool:
    with writing.locked(case) as row:
        step = step_of(row)
        if row.state != "open" or row.due_on is None or row.due_on >= day or step is None:
            return False
        verdict = "lapse" if step.lapse == "passes" else "escalate"
        key = writing.key_of(row, verdict, step.id, row.due_on)
        if writing.find_step(key) is not None:
            return False
        following = step_after(row, step.id)
        if verdict == "escalate" or following is None:
            writing.note_step(row, step.id, "escalate", actor=None, key=key, note=LATE_NOTE)
            return True
        writing.note_step(row, step.id, "lapse", actor=None, key=key, note=SYSTEM_NOTE)
        writing.save(row, next_step=following.id, due_on=due_of(following, day))
        _tell(row, following)
        return True


def _tell(case: Case, step: Step) -> None:
    notices.send_progress(case, Words(
        f"办件 {case.number} 的上一步期满，视为通过；下一步：{step.title.zh}。",
        f"The last step of case {case.number} counts as passed after its term; next: {step.title.en}.",
    ))  # fmt: skip
