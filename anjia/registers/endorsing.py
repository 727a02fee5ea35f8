"""When a permit is to be endorsed, what it is worth on a day, and the nightly look for missed endorsements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.acts import Draft
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import add_months, months_between
from anjia.kernel.grants import Allowed
from anjia.registers import operations
from anjia.registers.asof import known, predicate, rows
from anjia.registers.permit import SUSPENDED, VALID

YEAR = 12
RULE = "R-07"
KEYS = uuid.UUID("5e1d6a3c-7a0f-5d1f-9b63-0a6c3f1c9b07")
"""Name space of the nightly acts' keys: the same missed endorsement is the same act, done once."""

PERMIT = f"""
SELECT p.subject, p.serial, p.state, p.ground, p.issued_on, p.made_on, p.years_from, p.due_on, p.endorsed_on,
       p.endorsements, p.place, p.division, p.station, p.close_ground, p.valid_from,
       coalesce(l.printed, '') AS address, s.since, s.home_address, s.home_division
  FROM registers_permit p
  LEFT JOIN registers_place l ON l.subject = p.place AND {predicate("l")}
  LEFT JOIN registers_stay s ON s.subject = p.subject AND {predicate("s")}
 WHERE p.subject = %(subject)s::bigint AND {predicate("p")}
"""
# A shortened copy tells of the act that began it, not of the one that shortened it.
ENTRIES = f"""
SELECT p.serial, p.state, p.issued_on, p.years_from, p.due_on, p.endorsed_on, p.close_ground, p.valid_from, p.valid_to,
       p.recorded_from, p.recorded_to,
       (SELECT a.event FROM registers_permit f JOIN kernel_act a ON a.id = f.opened_by
         WHERE f.subject = p.subject AND f.serial = p.serial AND f.state = p.state AND f.valid_from = p.valid_from
         ORDER BY f.id LIMIT 1) AS event
  FROM registers_permit p
 WHERE p.subject = %(subject)s::bigint AND {known("p")}
 ORDER BY p.valid_from DESC, p.id DESC
"""
HOLDER = "SELECT subject FROM registers_permit WHERE serial = %(serial)s::text LIMIT 1"
MISSED = """
SELECT id, subject, serial, due_on FROM registers_permit
 WHERE recorded_to IS NULL AND valid_to IS NULL AND state = 'valid' AND (due_on, id) > (%s, %s) AND due_on < %s
 ORDER BY due_on, id LIMIT %s
"""
DUE = """
SELECT p.subject, p.id, p.serial, p.due_on, p.state, p.division, coalesce(n.name, '') AS name
  FROM registers_permit p
  LEFT JOIN registers_particulars n ON n.subject = p.subject AND n.recorded_to IS NULL AND n.valid_to IS NULL
 WHERE p.recorded_to IS NULL AND p.valid_to IS NULL AND p.state IN ('valid', 'suspended') AND p.due_on <= %s
   AND (p.due_on, p.id) > (%s, %s) AND {narrowed}
 ORDER BY p.due_on, p.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class PermitView:
    """A permit on a day, as known at a moment.

    Attributes:
        state: `valid`, `suspended` (also from the day after a missed term that nobody wrote down yet)
            or `cancelled`.
        years: full years of residence since `years_from`; `years_issued`: since the day of issue.
        opens_on: first day of the next window; `due_on`: its last.
        days_left: days to `due_on`, negative when it is past.
        in_window: it can be endorsed on this day without loss.
    """

    subject: int
    serial: str
    state: str
    ground: str
    issued_on: date
    made_on: date
    years_from: date
    due_on: date
    endorsed_on: date | None
    endorsements: int
    place: int
    division: str
    station: str
    address: str
    since: date | None
    home_address: str
    close_ground: str
    state_since: date
    years: int
    years_issued: int
    opens_on: date
    days_left: int
    in_window: bool


def permit(person: int, on: date, known_at: datetime) -> PermitView | None:
    """Gives a person's permit, None when there is none on that day."""
    found = rows(PERMIT, on, known_at, subject=person)
    if not found:
        return None
    row = found[0]
    late = row["state"] == VALID and on > row["due_on"]
    names = (
        "subject", "serial", "ground", "issued_on", "made_on", "years_from", "due_on", "endorsed_on", "endorsements",
        "place", "division", "station", "address", "since", "close_ground",
    )  # fmt: skip
    return PermitView(
        **{name: row[name] for name in names},
        home_address=row["home_address"] or "",
        state=SUSPENDED if late else row["state"],
        state_since=row["due_on"] + timedelta(days=1) if late else row["valid_from"],
        years=full_years(row["years_from"], on),
        years_issued=full_years(row["issued_on"], on),
        opens_on=opens_on(row["due_on"]),
        days_left=(row["due_on"] - on).days,
        in_window=row["state"] == VALID and opens_on(row["due_on"]) <= on <= row["due_on"],
    )


def entries(person: int, known_at: datetime) -> list[dict[str, Any]]:
    """Gives the entries of a person's permits as they were known at a moment, the newest first."""
    return rows(ENTRIES, date.max, known_at, subject=person)


def holder(serial: str) -> int | None:
    """Gives whose permit a serial was ever, None when it was never given out."""
    found = rows(HOLDER, date.max, timezone.now(), serial=serial)
    return int(found[0]["subject"]) if found else None


def full_years(start: date, on: date) -> int:
    """Gives the full years of a period; one that began on 29 February is full on 28 February of common years."""
    return max(months_between(start, on), 0) // YEAR


def full_year(start: date, number: int) -> date:
    """Gives the day on which the n-th year of a period is full, counted from its start each time."""
    day = add_months(start, number * YEAR)
    assert day is not None
    return day


def next_due(row: Mapping[str, Any]) -> date:
    """Gives the full year after the one that an endorsement in time covers."""
    return full_year(row["years_from"], full_years(row["years_from"], row["due_on"]) + 1)


def opens_on(due_on: date) -> date:
    """Gives the first day of the window: the month before the year is full (rule R-06)."""
    day = add_months(due_on, -1)
    assert day is not None
    return day


def due(
    allowed: Allowed, until: date, *, after: tuple[date, int] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Gives the permits of the grant's area whose endorsement is due by a day, the longest due first.

    Args:
        after: `(due_on, id)` of the last row of the page before.
    """
    narrowed, parameters = allowed.where(division="p.division", subject="p.subject")
    start = after or (date.min, 0)
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(narrowed=narrowed), [until, *start, *parameters, limit])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def suspend_missed(on: date | None = None, *, page: int = 500) -> int:
    """Suspends every permit whose endorsement was missed (rule R-07) and gives how many; safe to repeat.

    Each is an act of its own that takes effect on the day after the missed term, whenever it is run.
    A permit that is endorsed meanwhile is left alone.
    """
    today = on or timezone.localdate()
    rule = publishing.in_force().find("rule", RULE, today)
    digest = rule.digest if rule is not None else "0" * 64
    done, start = 0, (date.min, 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(MISSED, [*start, today, page])
            found = cursor.fetchall()
        for ident, subject, serial, due_on in found:
            done += _suspend(subject, serial, due_on, digest)
            start = (due_on, ident)
        if len(found) < page:
            return done


def _suspend(subject: int, serial: str, due_on: date, digest: str) -> bool:
    day = due_on + timedelta(days=1)
    ready = operations.prepare("suspend-permit", {"person": subject, "due_on": due_on}, on=day)
    draft = Draft(
        key=uuid.uuid5(KEYS, f"{serial}:{due_on}"), event="PERMIT_SUSPEND", definition=digest, actor=None,
        subjects=ready.subjects, effective_on=day, reason="逾期未签注 / endorsement missed",
        evidence={"serial": serial, "due_on": due_on.isoformat()}, decide=ready.decide, reads=ready.reads,
    )  # fmt: skip
    try:
        return not acts.commit(draft).replayed
    except AnjiaError as error:
        # Endorsed, cancelled or suspended by somebody else since it was listed.
        if error.code not in ("permit-not-due", "permit-missing", "act-conflict"):
            raise
        return False
