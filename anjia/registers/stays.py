"""Where a person lived, as far as it is known: stays that follow one another on partly known days.

All entries of a person's residence are laid out from the declared stays at once, so that a correction
of one day moves the end of the stay before it as well and leaves every other entry as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import columns, dates, divisions
from anjia.registers.dates import When
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of

RESIDENCE, PRECISION = "residence", "precision"
PLACE = (
    "SELECT subject, division FROM registers_place WHERE recorded_to IS NULL AND subject = %s::bigint "
    "ORDER BY valid_from DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Stay:
    """One declared stay.

    Attributes:
        since: when it began, None when nothing is known of that.
        values: the register's own columns; None from when on no place is known.
        after: a day of which it is known that the stay had not begun yet.
    """

    since: When
    values: Mapping[str, Any] | None
    after: date | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Stays as entries: (from, to, values) in order, and the days that are known less than exactly."""

    entries: tuple[tuple[date, date | None, Mapping[str, Any]], ...]
    known: Mapping[date, str]


def starts(stays: Sequence[Stay]) -> list[date]:
    """Gives the day on which each stay began at the earliest: after the one before it had begun.

    Raises:
        AnjiaError: `stay-out-of-order` (422).
    """
    found: list[date] = []
    for position, stay in enumerate(stays):
        before = max((day for day in (stay.after, *found[-1:]) if day is not None), default=None)
        absence = stays[position - 1] if position and stays[position - 1].values is None else None
        # An absence that is known as vaguely as the stay after it may have lasted no day.
        vague = absence is not None and before == found[-1] and _alike(absence, stay)
        found.append(_start(stay, before, at_once=vague))
    return found


def _alike(absence: Stay, stay: Stay) -> bool:
    known = dates.known_of(stay.since)
    return known != dates.DAY and known == dates.known_of(absence.since)


def _start(stay: Stay, before: date | None, *, at_once: bool) -> date:
    day, known = dates.earliest(stay.since), dates.known_of(stay.since)
    if before is None or day > before:
        return day
    least = before if at_once or not known else before + timedelta(days=1)
    if (day < before and not known) or (known and least >= dates.window_end(day, known)):
        raise dates.out_of_order(stay.since, before)
    return least


def laid_out(stays: Sequence[Stay]) -> Layout:
    """Gives the entries of a person's stays; one that was overtaken on its first day leaves none."""
    days = starts(stays)
    entries, known = [], {}
    for position, (stay, day) in enumerate(zip(stays, days, strict=True)):
        until = days[position + 1] if position + 1 < len(days) else None
        if until == day:
            continue
        if dates.known_of(stay.since) != dates.DAY:
            known[day] = dates.known_of(stay.since)
        if stay.values is not None:
            entries.append((day, until, stay.values))
    borne = {day for entry in entries for day in entry[:2]}
    return Layout(tuple(entries), {day: how for day, how in known.items() if day in borne})


def declared(seen: Seen) -> list[Stay]:
    """Gives the stays that a person's entries came from."""
    known = {row["day"]: row["known"] for row in seen["precision"]}
    found: list[Stay] = []
    end: date | None = None
    for row in sorted(seen["residence"], key=lambda row: row["valid_from"]):
        if end is not None and end != row["valid_from"]:
            found.append(Stay(dates.of(end, known.get(end, "")), None))
        start, end = row["valid_from"], row["valid_to"]
        found.append(Stay(dates.of(start, known.get(start, "")), columns.own(RESIDENCE, row)))
    if end is not None:
        found.append(Stay(dates.of(end, known.get(end, "")), None))
    return found


def rewritten(person: int, seen: Seen, stays: Sequence[Stay]) -> Plan:
    """Gives the plan that makes a person's entries those of the declared stays, with as little as needed."""
    layout = laid_out(stays)
    closes, opens = [], []
    wanted = list(layout.entries)
    for row in seen["residence"]:
        has = (row["valid_from"], row["valid_to"], columns.own(RESIDENCE, row))
        if has in wanted:
            wanted.remove(has)
        else:
            closes.append(Close(RESIDENCE, row["id"], person))
    opens += [Open(RESIDENCE, person, start, end, values) for start, end, values in wanted]
    known = dict(layout.known)
    for row in seen["precision"]:
        if known.get(row["day"]) == row["known"]:
            del known[row["day"]]
        else:
            closes.append(Close(PRECISION, row["id"], person))
    opens += [Open(PRECISION, person, day, None, _precision(day, how)) for day, how in known.items()]
    return Plan(tuple(closes), tuple(opens), {"person": person})


@operation("record-stay", needs="person place since", takes="ground after")
def record_stay(
    *, on: date, person: int, place: str, since: Any, ground: str = "home", after: date | None = None
) -> Prepared:
    """Records where a person lives from a day on that may be known in part only (RESREG).

    Args:
        place: standard address code, 20 digits; a dwelling of the past will do.
        since: `1998`, `1998-05`, `1998-05-07` or `unknown`; the stay before it ends then.
        ground: in what capacity, as the register of residences has it.
        after: a day on which the person is known not to have lived there yet (a stay abroad, say).
    """
    when, spot = dates.parse(since), subject_of(place)

    def decide(seen: Seen, moment: Moment) -> Plan:
        values = _values(seen, place, spot, ground)
        return rewritten(person, seen, [*declared(seen), Stay(when, values, after)])

    return Prepared("record-stay", (person, spot), (), (*_reads(person), Read("place", PLACE, [spot])), decide, on)


@operation("end-stay", needs="person since")
def end_stay(*, on: date, person: int, since: Any) -> Prepared:
    """Records that a person no longer lives where the register says, from a day that may be known in part.

    Raises:
        AnjiaError: when done `stay-unknown` (409) when the person lives nowhere already.
    """
    when = dates.parse(since)

    def decide(seen: Seen, moment: Moment) -> Plan:
        stays = declared(seen)
        if not stays or stays[-1].values is None:
            raise _no_stay()
        return rewritten(person, seen, [*stays, Stay(when, None)])

    return Prepared("end-stay", (person,), (), _reads(person), decide, on)


@operation("correct-stay", needs="person day", takes="since place ground strike")
def correct_stay(
    *, on: date, person: int, day: date, since: Any = None, place: str = "", ground: str = "", strike: bool = False
) -> Prepared:
    """Says that a stay was recorded wrongly; as of any earlier moment the register answers as before (CORRECT).

    Args:
        day: the day on which the stay, or the end of the last one, begins in the register now.
        since: when it really began; the stay before it ends then. None leaves the day.
        place: where it really was. Empty leaves the place.
        strike: True when there was no such stay: the one before it lasted on.
    """
    spot = subject_of(place) if place else None
    when = dates.parse(since) if since is not None else None

    def decide(seen: Seen, moment: Moment) -> Plan:
        stays = declared(seen)
        at = next((n for n, start in enumerate(starts(stays)) if start == day), None)
        if at is None:
            raise _no_stay()
        if strike:
            return rewritten(person, seen, stays[:at] + stays[at + 1 :])
        right = stays[at]
        if since is not None:
            right = replace(right, since=when)
        if spot is not None and right.values is not None:
            own_ground = ground or right.values["ground"]
            right = replace(right, values={**right.values, **_values(seen, place, spot, own_ground)})
        elif ground and right.values is not None:
            right = replace(right, values={**right.values, "ground": ground})
        return rewritten(person, seen, [*stays[:at], right, *stays[at + 1 :]])

    reads = _reads(person)
    if spot is not None:
        reads = (*reads, Read("place", PLACE, [spot]))
    subjects = (person,) if spot is None else (person, spot)
    return Prepared("correct-stay", subjects, (), reads, decide, on)


def _reads(person: int) -> tuple[Read, ...]:
    return (
        Read("residence", columns.select(RESIDENCE) + " AND subject = %s::bigint ORDER BY valid_from", [person]),
        Read(
            "precision",
            columns.select(PRECISION) + " AND subject = %s::bigint AND register = 'residence' AND field = 'valid'",
            [person],
        ),
    )


def _values(seen: Seen, code: str, spot: int, ground: str) -> dict[str, Any]:
    if not seen["place"] or seen["place"][0]["division"] != code[:12]:
        raise AnjiaError(
            "place-unknown", "地址库中没有这处房屋地址", "The register of addresses has no such dwelling",
            ("请先由派出所核对门牌地址", "Have the station check the address"), status=409,
        )  # fmt: skip
    division = seen["place"][0]["division"]
    return {"place": spot, "division": division, "station": divisions.station_of(division), "ground": ground}


def _precision(day: date, known: str) -> dict[str, Any]:
    return {"register": RESIDENCE, "field": "valid", "day": day, "known": known}


def _no_stay() -> AnjiaError:
    error = conflict()
    return AnjiaError(
        "stay-unknown", "登记簿中没有这一段居住", "The register has no such stay",
        (error.remedy.zh, error.remedy.en), status=409,
    )  # fmt: skip
