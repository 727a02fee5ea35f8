"""The two time axes on the command line: `--on` a day of the world, `--known-at` a moment of the register."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anjia.kernel.periods import Period
    from anjia.registers.enquiries import EnquiryView


def arguments(parser: argparse.ArgumentParser, *, on: bool = True) -> None:
    """Declares the options of both axes.

    Args:
        on: False for a command that names its days otherwise.
    """
    if on:
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="DATE", help="day in the world, YYYY-MM-DD (today)"
        )
    parser.add_argument(
        "--known-at", type=datetime.fromisoformat, metavar="MOMENT", help="moment of the register, ISO 8601 (now)"
    )


def asked(options: argparse.Namespace) -> tuple[date, datetime]:
    """Gives the day and the moment asked about, both in the city's time zone; today and now by default."""
    from django.utils import timezone

    known_at = options.known_at or timezone.now()
    if timezone.is_naive(known_at):
        known_at = timezone.make_aware(known_at)
    return getattr(options, "on", None) or timezone.localdate(), timezone.localtime(known_at)


def span(period: Period | None) -> str:
    """Gives a period as its first day and the first day after it; an unknown begin or no end is left open."""
    if period is None:
        return "—"
    start = "…" if period.start in (None, date.min) else str(period.start)
    return f"{start} – {period.end or '…'}"


def doubt(one: EnquiryView) -> str:
    """Gives what is under enquiry, since when and why, on one line."""
    return f"{one.register} {one.field or '全部 / all'} 自 {one.since}  {one.ground}".rstrip()
