"""My household on any day: members then, and what the latest change made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from anjia.channels.residents import casefile
from anjia.channels.ui import dates, texts
from anjia.kernel import codes
from anjia.registers import history
from anjia.registers.history import HouseholdView, MemberView

FAMILY = "J1"
MARKS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One member as the list shows them; the change is said by word and colour."""

    relation: str
    name: str
    facts: str
    change: str
    tone: str


def page(person: int, wanted: str) -> dict[str, Any]:
    """Gives the household of a day.

    Args:
        wanted: ISO date; what cannot be read gives today.
    """
    today, now = dates.today(), timezone.now()
    on, wrong = _day(wanted, today)
    marks = changes(person)
    shown = history.household_of(person, on, now)
    last = max((mark for mark in marks if mark <= on), default=None)
    earlier = last - timedelta(days=1) if last else None
    before = history.household_of(person, earlier, now) if earlier else None
    return {
        "on": on,
        "wrong": wrong,
        "marks": sorted({*marks[:MARKS], today}),
        "household": shown,
        "station": station_name(shown) if shown else None,
        "others_hidden": bool(shown and shown.kind != FAMILY),
        "members": lines(shown, before, person) if shown else [],
        "before": before,
        "before_on": earlier,
        "before_members": lines(before, None, person, after=shown) if before else [],
    }


def changes(person: int) -> list[date]:
    """Gives the days on which the person's registration or household changed, the newest first."""
    now = timezone.now()
    mine = [one for one in history.timeline(person, now) if one.register == "membership"]
    days = {one.on for one in mine}
    for stay in (one for one in mine if one.what == "opened"):
        family = history.find_household(stay.values["household"], stay.on, now)
        if family is None or family.kind != FAMILY:
            continue
        end = date.fromisoformat(stay.values["valid_to"]) if stay.values["valid_to"] else date.max
        days |= {
            one.on
            for one in history.timeline(family.subject, now, of="household")
            if one.register == "membership" and stay.on <= one.on <= end
        }
    return sorted((day for day in days if day <= dates.today()), reverse=True)


def lines(
    shown: HouseholdView, before: HouseholdView | None, person: int, after: HouseholdView | None = None
) -> list[Line]:
    """Gives the members of a household, marked by what changed; strangers of a collective one stay hidden.

    Args:
        before: the household before the change, whose absence marks who came.
        after: the household after it, whose absence marks who left.
    """
    visible = [one for one in shown.members if shown.kind == FAMILY or one.subject == person]
    return [_line(one, person, *_change(one, before, after)) for one in visible]


def station_name(shown: HouseholdView) -> Any:
    """Gives the name of the station that keeps a household."""
    return casefile.station_of(shown.station)


def _change(member: MemberView, before: HouseholdView | None, after: HouseholdView | None) -> tuple[str, str]:
    if before is not None:
        relations = {one.subject: one.relation for one in before.members}
        if member.subject not in relations:
            return "came", "green"
        if relations[member.subject] != member.relation:
            return "changed", "blue"
    if after is not None and member.subject not in {one.subject for one in after.members}:
        return "left", "gold"
    return "", ""


def _line(member: MemberView, person: int, change: str, tone: str) -> Line:
    sex = {"1": _t("male"), "2": _t("female")}.get(member.sex, _t("unstated"))
    parts = [sex, _t("born", date=dates.day(member.birth_on)), _t("since", date=dates.day(member.since))]
    name = f"{member.name}（{_t('me')}）" if member.subject == person else member.name
    if texts.is_english() and member.subject == person:
        name = f"{member.name} ({_t('me')})"
    comma = ", " if texts.is_english() else "，"
    return Line(relation(member.relation), name, comma.join(parts), _t(change) if change else "", tone)


def relation(code: str) -> str:
    """Gives a relation to the head in words."""
    words = codes.table("GB/T 4761").get(code)
    return texts.words(words) if words is not None else code


def _day(wanted: str, today: date) -> tuple[date, bool]:
    if not wanted:
        return today, False
    try:
        return min(date.fromisoformat(wanted), today), False
    except ValueError:
        return today, True


def _t(key: str, **values: Any) -> str:
    return texts.text(casefile.CHANNEL, f"household.{key}", **values)
