"""What the desk shows of residence permits: those that are due, and one of them on both time axes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from anjia.channels.ui import texts
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import divisions, endorsing, people, residing
from anjia.registers.endorsing import PermitView

PAGE = 50
AHEAD = timedelta(days=31)
TONES = {"valid": "green", "suspended": "red", "cancelled": "plain"}


def due(allowed: Allowed, *, late: bool, after: str) -> dict[str, Any]:
    """Gives the permits of the area that are to be endorsed, those waiting longest first.

    Args:
        late: only those whose term has passed; else all that are due within a month.
        after: `due_on_id` of the last row of the page before.
    """
    today = timezone.localdate()
    until = today - timedelta(days=1) if late else today + AHEAD
    found = endorsing.due(allowed, until, after=_after(after), limit=PAGE)
    access.look(
        allowed, None, register="permit", fields=("name", "serial", "due_on"),
        ground="待签注列表 / list of endorsements", outcome=f"{len(found)} rows",
    )  # fmt: skip
    last = found[-1] if len(found) == PAGE else None
    rows = [
        SimpleNamespace(
            **row, days=(row["due_on"] - today).days, state_now=_state(row, today),
            tone=TONES[_state(row, today)], station=divisions.name(f"{row['division'][:9]}000", today),
        )
        for row in found
    ]  # fmt: skip
    return {"rows": rows, "late": late, "next": f"{last['due_on']}_{last['id']}" if last else ""}


def permit(allowed: Allowed, serial: str, on: date, known_at: datetime | None) -> dict[str, Any]:
    """Gives one permit on a day as known at a moment, with its entries on both axes; the look is recorded.

    Raises:
        AnjiaError: `permit-unknown` (404) for a serial that the area does not hold.
    """
    person, now = require(allowed, serial), timezone.now()
    entries = endorsing.entries(person, known_at or now)
    held = endorsing.permit(person, on, known_at or now)
    stay = residing.stay_of(person, on, known_at or now)
    days = {row["valid_from"] for row in entries if row["valid_from"] <= timezone.localdate()}
    return {
        "person": person,
        "name": people.name_of(person),
        "held": held,
        "tone": TONES[held.state] if held else "plain",
        "stay": stay,
        "marks": sorted(days | {timezone.localdate()})[-8:],
        "entries": [_entry(row) for row in entries],
        "endorse": on == timezone.localdate() and known_at is None and _endorsable(held),
    }


def require(allowed: Allowed, serial: str) -> int:
    """Gives the holder of a permit of the grant's area and records the look.

    Raises:
        AnjiaError: `permit-unknown` (404).
    """
    person = endorsing.holder(serial)
    held = endorsing.permit(person, timezone.localdate(), timezone.now()) if person is not None else None
    if person is None or held is None or not allowed.covers(division=held.division, subject=person):
        raise AnjiaError(
            "permit-unknown", f"辖区内没有居住证 {serial}", f"There is no permit {serial} in your area",
            ("请核对编号；其他辖区请由管辖派出所查", "Check the number; other areas are for their own station"),
            status=404,
        )  # fmt: skip
    access.look(
        allowed, person, register="permit", fields=("state", "address", "due_on"),
        ground="居住证登记簿 / register of permits",
    )  # fmt: skip
    return person


def _endorsable(held: PermitView | None) -> bool:
    return held is not None and (held.in_window or held.state == "suspended")


def _state(row: Mapping[str, Any], today: date) -> str:
    return "suspended" if row["due_on"] < today else str(row["state"])


def _entry(row: Mapping[str, Any]) -> dict[str, str]:
    """Gives one entry as the timeline shows it: what it says, its days in the world, when it was written down."""
    title = texts.text("counter", f"permit.s_{row['state']}")
    key = f"permit.e_{row['event']}"
    event = texts.text("counter", key) if texts.find("counter", key) else row["event"] or ""
    end = row["valid_to"].isoformat() if row["valid_to"] else texts.text("counter", "permit.open")
    written = f"{timezone.localtime(row['recorded_from']):%Y-%m-%d %H:%M}"
    return {
        "title": f"{title} · {event}",
        "text": texts.text("counter", "permit.entry", serial=row["serial"], due=row["due_on"], years=row["years_from"]),
        "on": texts.text("counter", "permit.days", start=row["valid_from"], end=end, at=written),
        "tone": {"valid": "blue", "suspended": "red"}.get(row["state"], "plain"),
    }


def _after(text: str) -> tuple[date, int] | None:
    day, _, number = text.partition("_")
    try:
        return (date.fromisoformat(day), int(number)) if text else None
    except ValueError:
        return None


