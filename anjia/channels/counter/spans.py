"""The time of somebody at a place in words: since when, until when, and yes, possible or no for a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from anjia.channels.ui import texts
from anjia.registers.dates import FIRST
from anjia.registers.spells import Spell

MARKS = {True: "、", False: ", "}
"""Between words of a list, in Chinese and in English."""


def span(spell: Spell) -> str:
    """Gives the days of a stay in words, as far as they are known."""
    sure, possible = spell.certain, spell.possible
    start = possible.start or FIRST
    if sure is not None and sure.start == start:
        begins = _t("from_day", date=start)
    elif start == FIRST:
        begins = _t("from_unknown")
    else:
        begins = _t("from_between", first=start, last=_last(sure.start if sure else possible.end))
    if possible.end is None and (sure is None or sure.end is None):
        ends = _t("to_open")
    elif sure is not None and sure.end == possible.end:
        ends = _t("to_day", date=sure.end)
    else:
        first = sure.end if sure is not None and sure.end is not None else start
        ends = _t("to_between", first=first, last=_last(possible.end)) if possible.end else _t("to_unknown", date=first)
    return _t("span", begins=begins, ends=ends)


def answer(spell: Spell, on: date) -> SimpleNamespace:
    """Gives yes, possible or no for a day, with the doubt that it rests on."""
    said = {True: "yes", None: "possible", False: "no"}[spell.on(on)]
    return SimpleNamespace(
        word=_t(f"a_{said}"), tone={"yes": "green", "possible": "gold", "no": "plain"}[said],
        disputed=spell.under_enquiry, ground=joined(one.ground for one in spell.enquiries if one.ground),
    )  # fmt: skip


def joined(words: Iterable[str]) -> str:
    """Gives words as a list of the page's language."""
    return MARKS[not texts.is_english()].join(words)


def _last(day: date | None) -> date | str:
    """Gives the last day before one."""
    return day - timedelta(days=1) if day is not None else _t("later")


def _t(key: str, **parts: Any) -> str:
    return texts.text("counter", f"span.{key}", **parts)
