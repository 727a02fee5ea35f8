"""Show a household on any date, as the register knew it at any moment.

NUMBER is a household number (9 digits) or the citizen number of one of its members. Both time axes
may be given: --on asks what was true on a day, --known-at what the register knew at a moment."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from typing import Any

from anjia.conf import installation
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia household 030500012
  anjia household 030500012 --on 2006-05-01
  anjia household CITIZEN_NUMBER --on 2026-11-01 --known-at 2026-11-20T09:00 --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("number", metavar="NUMBER", help="household number or citizen number")
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="day in the world, YYYY-MM-DD (today)")
    parser.add_argument(
        "--known-at", type=datetime.fromisoformat, metavar="MOMENT", help="moment of the register, ISO 8601 (now)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the household; 1 when there was none."""
    with installation.connected():
        from django.utils import timezone

        from anjia.kernel import access
        from anjia.registers import history

        known_at = options.known_at or timezone.now()
        if timezone.is_naive(known_at):
            known_at = timezone.make_aware(known_at)
        known_at = timezone.localtime(known_at)
        on = options.on or timezone.localdate()
        view = _find(options.number, on, known_at)
        access.record(
            actor=None, subject=view.head if view else None, register="household", fields=("members",),
            purpose="household-register", ground="command line", outcome=view.number if view else "none",
        )  # fmt: skip
        if view is None:
            sys.stderr.write(f"这一天没有这一户 / no such household on {on} as known at {known_at:%Y-%m-%d %H:%M}\n")
            return 1
        place = history.place(view.place, on, known_at) if view.place else None
        sys.stdout.write(_json(view, on, known_at) if options.json else _text(view, on, known_at, place))
    return 0


def _find(number: str, on: date, known_at: datetime) -> Any:
    from anjia.registers import history, people

    if len(number) in (15, 18):
        person = people.find_by_number(number)
        return None if person is None else history.household_of(person, on, known_at)
    if len(number) != 9 or not number.isdecimal():
        raise AnjiaError(
            "household-number-malformed", "户号是 9 位数字，公民身份号码是 18 位",
            "A household number has 9 digits, a citizen number 18",
            ("请核对号码", "Check the number"), number=number,
        )  # fmt: skip
    subject = history.household_by_number(number, known_at)
    return None if subject is None else history.find_household(subject, on, known_at)


def _text(view: Any, on: date, known_at: datetime, place: Any) -> str:
    from anjia.kernel import codes
    from anjia.registers import divisions

    relation, sex = codes.table("GB/T 4761"), codes.table("GB/T 2261.1")
    lines = [
        f"户号 {view.number}  户别 {view.kind}  {on} 有效，{known_at:%Y-%m-%d %H:%M} 所知",
        f"住址 {view.address}",
        f"区划 {divisions.name(view.division, on)}（{view.division}）  派出所 {view.station}",
        f"成员 {len(view.members)} 人",
    ]
    for member in view.members:
        lines.append(
            f"  {relation[member.relation].zh:<6} {member.name}  {sex[member.sex].zh}  "
            f"{member.birth_on}  自 {member.since}"
        )
    return "\n".join(lines) + "\n"


def _json(view: Any, on: date, known_at: datetime) -> str:
    content = {
        "number": view.number, "kind": view.kind, "address": view.address, "division": view.division,
        "station": view.station, "on": on.isoformat(), "known_at": known_at.isoformat(),
        "members": [
            {
                "name": member.name, "sex": member.sex, "birth_on": member.birth_on.isoformat(),
                "relation": member.relation, "since": member.since.isoformat(),
            }
            for member in view.members
        ],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
