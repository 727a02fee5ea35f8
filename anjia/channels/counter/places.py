"""What the page of an address shows: where it lies, who was registered and who lived there, and its households."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.urls import reverse
from django.utils import timezone

from anjia.channels.counter import desk, reach, spans
from anjia.channels.counter.times import Times
from anjia.channels.ui import dates, masking, texts
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import divisions, occupancy, premises
from anjia.registers.dates import FIRST, NEVER
from anjia.registers.place import code_of
from anjia.registers.premises import PlaceChange, PlaceView
from anjia.registers.spells import Capacity, Spell

PEOPLE: tuple[Capacity, ...] = ("registered", "resident")
NAMED = 100
"""Most people of one day whom the page names; more are only counted."""

OTHERS = 30
"""Most people of other days, those of the last days first."""

TONES = {"opened": "blue", "renamed": "blue", "redrawn": "blue", "state": "plain"}


def page(allowed: Allowed, place: int, times: Times) -> dict[str, Any]:
    """Gives an address on a day as known at a moment, with everybody who was there; the look is recorded.

    Raises:
        AnjiaError: `place-unknown` (404) for an address outside the area, or not known then.
    """
    shown, last = premises.find(place, times.on, times.moment), premises.division_of(place, timezone.now())
    if last is None or not reach.covers(allowed, (shown.division if shown else None, last)):
        raise _unknown()
    story = premises.story(place, times.moment)
    found = {one: _spells(place, times.moment, one) for one in (*PEOPLE, "household")}
    columns = [_people(one, found[one], times) for one in PEOPLE]
    _record(allowed, place, shown.printed if shown else story[0].printed if story else "", columns)
    return {
        "section": "register", "subject": place, "times": times, "shown": shown, "marks": _marks(story, found),
        "title": shown.printed if shown else story[0].printed if story else _t("one"),
        "facts": _facts(shown, last, times.on) if shown else [],
        "enquiries": [one.ground for one in shown.enquiries] if shown else [],
        "columns": columns, "households": _households(found["household"], times),
        "timeline": [_change(one) for one in story],
        "successions": [_succession(one) for one in divisions.chain(last)],
    }  # fmt: skip


def division_words(code: str, on: date, last: str) -> list[tuple[str, str]]:
    """Gives the division of a day and, where it is another one, that of today, as label and words.

    Args:
        code: the division under which it was on the day.
        last: that under which it is registered now.
    """
    said = [(_t("division_then"), divisions.name(code, on))]
    today = timezone.localdate()
    following = divisions.successors(last, today)
    now = spans.joined(divisions.name(one, today) for one in following or [last])
    if now != said[0][1]:
        said.append((_t("division_now"), now if following == [last] else _t("taken_over", names=now)))
    return said


def link(place: int | None, times: Times) -> str:
    """Gives the page of an address at the same two moments, empty without one."""
    if place is None:
        return ""
    return f"{reverse('counter:place', args=[place])}{times.query}"


def _spells(place: int, known_at: datetime, capacity: Capacity) -> list[Spell]:
    # The area was asked for the place itself; whoever was there before it was redrawn belongs to it.
    return occupancy.at(place, FIRST, known_at, until=NEVER, capacity=capacity)


def _people(capacity: Capacity, spells: Sequence[Spell], times: Times) -> SimpleNamespace:
    there = [one for one in spells if one.on(times.on) is not False]
    others = sorted((one for one in spells if one.on(times.on) is False), key=lambda one: one.possible.start or FIRST)
    certain = len({one.subject for one in there if one.on(times.on)})
    possible = len({one.subject for one in there} - {one.subject for one in there if one.on(times.on)})
    return SimpleNamespace(
        id=capacity, title=_t(f"h_{capacity}"), nobody=_t(f"nobody_{capacity}"), certain=certain, possible=possible,
        crowded=len(there) > NAMED, others_count=len(others),
        rows=[_person(one, times) for one in there] if len(there) <= NAMED else [],
        others=[_person(one, times) for one in others[::-1][:OTHERS]],
    )  # fmt: skip


def _person(spell: Spell, times: Times) -> SimpleNamespace:
    return SimpleNamespace(
        subject=spell.subject, name=masking.name(spell.name), span=spans.span(spell),
        answer=spans.answer(spell, times.on),
        href=f"{reverse('counter:person', args=[spell.subject])}{_when(spell, times).query}",
    )  # fmt: skip


def _when(spell: Spell, times: Times) -> Times:
    """Gives a day of the stay: the one that is shown, else the first on which it is certain."""
    day = (spell.certain or spell.possible).start
    return times if spell.on(times.on) is not False or day in (None, FIRST) else replace(times, on=day)


def _households(spells: Sequence[Spell], times: Times) -> list[SimpleNamespace]:
    named = premises.households((one.subject for one in spells), times.moment)
    rows = [
        SimpleNamespace(
            number=named[one.subject].number, kind=desk.kind_words(named[one.subject].kind), span=spans.span(one),
            answer=spans.answer(one, times.on), there=one.on(times.on) is not False,
            href=f"{reverse('counter:household', args=[named[one.subject].number])}{_when(one, times).query}",
        )
        for one in reversed(spells) if one.subject in named
    ]  # fmt: skip
    return sorted(rows, key=lambda one: not one.there)


def _facts(shown: PlaceView, last: str, on: date) -> list[tuple[str, str]]:
    return [
        (_t("printed"), shown.printed),
        *division_words(shown.division, on, last),
        (_t("usage"), _t(f"u_{shown.usage}")),
        (_t("state"), _t(f"s_{shown.state}")),
        (_t("since"), _t("from_unknown") if shown.since_known == "nothing" else shown.began),
        (_t("code"), code_of(shown.division, shown.subject)),
    ]


def _change(one: PlaceChange) -> dict[str, str]:
    what = f"s_{one.state}" if one.what == "state" else f"c_{one.what}"
    lies = divisions.name(one.division, one.day)
    written = _t("written", at=dates.moment(one.at)) if one.at else ""
    return {"title": _t(what), "text": f"{one.printed} · {lies}", "on": f"{one.on}{written}", "tone": TONES[one.what]}


def _succession(step: Any) -> dict[str, str]:
    before = divisions.name(step.old, step.on - timedelta(days=1))
    now = divisions.name(step.new, step.on)
    title = _t("step", old=before, new=now)
    return {"title": title, "text": _t(f"k_{step.kind}"), "on": step.on.isoformat(), "tone": "plain"}


def _marks(story: Iterable[PlaceChange], found: dict[Any, list[Spell]]) -> list[date]:
    days = {one.day for one in story}
    for spell in (one for spells in found.values() for one in spells):
        days |= {day for period in (spell.possible, spell.certain) if period for day in (period.start, period.end)
                 if day is not None}  # fmt: skip
    return desk.days(day for day in days if FIRST < day < NEVER)


def _record(allowed: Allowed, place: int, printed: str, columns: Sequence[Any]) -> None:
    ground = f"住址查询 / address {place} {printed}"[:200]
    named = [one.subject for column in columns for one in (*column.rows, *column.others)]
    count = sum(column.certain + column.possible + column.others_count for column in columns)
    access.look(
        allowed, None, register="place", fields=("printed", "division", "households"), ground=ground,
        outcome=f"{count} rows",
    )  # fmt: skip
    for person in sorted(set(named)):
        access.look(allowed, person, register="place", fields=("name", *PEOPLE), ground=ground)


def _t(key: str, **parts: Any) -> str:
    return texts.text("counter", f"place.{key}", **parts)


def _unknown() -> AnjiaError:
    return AnjiaError(
        "place-unknown", "辖区内没有这个地址", "There is no such address in your area",
        ("请从查找结果、人员或户的页面进入；其他辖区请由管辖派出所查",
         "Start from a search, a person or a household; other areas are for their own station"),
        status=404,
    )  # fmt: skip
