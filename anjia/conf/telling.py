"""Tells persons of the day on which time alone opens a rule to them, or closes it: the calendar as notices."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from anjia.casework import notices
from anjia.kernel.definitions import publishing
from anjia.kernel.specs.text import Words
from anjia.population import eligibility, records
from anjia.population.eligibility import Turn

KIND = "eligibility"
AHEAD_DAYS = 30


def tell_turns(on: date | None = None, within: int = AHEAD_DAYS) -> int:
    """Writes the notices of the coming days for rules that say `notify`, and gives how many are new.

    Args:
        on: the day before the first; by default today.
    """
    day = on or timezone.localdate()
    snapshot, catalogue = records.current(), publishing.in_force()
    rules = [one for one in eligibility.timed(catalogue, day) if one.notify]
    told = 0
    for turns in eligibility.calendar(rules, snapshot, day, day + timedelta(days=within), catalogue):
        told += sum(_tell(turn) for turn in eligibility.to_notify(turns, snapshot))
    return told


def _tell(turn: Turn) -> bool:
    rule, day = turn.rule, turn.day
    title = Words(f"{rule.title.zh}：{day} 起有变化", f"{rule.title.en}: a change from {day}")
    if turn.after == "yes":
        body = Words(
            f"按现在登记的情况，您从 {day} 起符合“{rule.title.zh}”。{rule.plain.zh}",
            f"On what is registered now, you meet “{rule.title.en}” from {day}. {rule.plain.en}",
        )
    else:
        body = Words(
            f"按现在登记的情况，您从 {day} 起不再符合“{rule.title.zh}”。情况有变化的，请带材料到窗口核对。",
            f"On what is registered now, you no longer meet “{rule.title.en}” from {day}. "
            "If anything has changed, bring your papers to the counter.",
        )
    key = f"{KIND}:{rule.id}:{turn.subject}:{day}"
    return notices.tell(key, person=turn.subject, kind=KIND, title=title, body=body)
