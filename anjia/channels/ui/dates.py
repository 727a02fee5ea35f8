"""Days and moments as people read them, in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from anjia.channels.ui import texts

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def today() -> date:
    """Gives today's date in the city's time zone."""
    return timezone.localdate()


def day(value: date | datetime | None) -> str:
    """Gives `2026-11-23`, "" for None."""
    return _local(value).isoformat() if value else ""


def date_words(value: date | datetime | None) -> str:
    """Gives `2026 年 11 月 23 日` or `23 November 2026`, "" for None."""
    if not value:
        return ""
    on = _local(value)
    if texts.is_english():
        return f"{on.day} {MONTHS[on.month - 1]} {on.year}"
    return f"{on.year} 年 {on.month} 月 {on.day} 日"


def month(value: date | datetime) -> str:
    """Gives `11 月 26 日` or `26 November` for a day that is near."""
    on = _local(value)
    return f"{on.day} {MONTHS[on.month - 1]}" if texts.is_english() else f"{on.month} 月 {on.day} 日"


def moment(value: datetime | None) -> str:
    """Gives `今日 09:12` or `2026-11-23 09:12`, "" for None."""
    if not value:
        return ""
    local = timezone.localtime(value)
    clock = f"{local:%H:%M}"
    if local.date() == today():
        return texts.text(texts.SHARED, "date.today_at", clock=clock)
    return f"{local:%Y-%m-%d} {clock}"


def _local(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
