"""The two moments of a register page: the day in the world, and what was known when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Times:
    """The day that is shown; the moment of knowledge with its text as typed, None for now."""

    on: date
    known_at: datetime | None
    typed: str

    @property
    def moment(self) -> datetime:
        """Gives the moment of knowledge."""
        return self.known_at or timezone.now()

    @property
    def query(self) -> str:
        """Gives the two moments as another page takes them, empty for today and now."""
        today = {} if self.on == timezone.localdate() else {"on": self.on.isoformat()}
        given = {**today, "known_at": self.typed} if self.known_at else today
        return f"?{urlencode(given)}" if given else ""


def of(request: HttpRequest) -> Times:
    """Gives the moments that a page asks for; what cannot be read is today and now."""
    typed = request.GET.get("known_at", "")
    return Times(_day(request.GET.get("mark") or request.GET.get("on") or ""), _moment(typed), typed)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found
