"""Show a household on any date, as the register knew it at any moment.

NUMBER is a household number (9 digits) or the citizen number of one of its members. Both time axes
may be given: --on asks what was true on a day, --known-at what the register knew at a moment."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from anjia.conf import axes, installation
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia household 030500012
  anjia household 030500012 --on 2006-05-01
  anjia household CITIZEN_NUMBER --on 2026-11-01 --known-at 2026-11-20T09:00 --json
  anjia household 030500012 --on 2006-05-01 --pdf booklet.pdf"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("number", metavar="NUMBER", help="household number or citizen number")
    axes.arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--pdf", type=Path, metavar="FILE", help="write the booklet of that day as a sealed certificate to FILE"
    )


def run(options: argparse.Namespace) -> int:
    """Prints the household; 1 when there was none."""
    with installation.connected():
        from anjia.kernel import access
        from anjia.registers import history

        on, known_at = axes.asked(options)
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
        if options.pdf is not None:
            _seal(view.subject, on, known_at, options.pdf)
    return 0


def _seal(household: int, on: date, known_at: datetime, file: Path) -> None:
    from anjia.credentials import documents, issuing

    document = issuing.issue_booklet(household, on, known_at)
    file.write_bytes(documents.content(document))
    sys.stdout.write(f"居民户口簿电子信息 / booklet {document.number} → {file}\n")


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
    then, now = divisions.name(view.division, on), divisions.name(view.division)
    lines = [
        f"户号 {view.number}  户别 {view.kind}  {on} 有效，{known_at:%Y-%m-%d %H:%M} 所知",
        f"住址 {view.address}",
        f"区划 {then}（{view.division}）  派出所 {view.station}" + ("" if now == then else f"  今称 / today {now}"),
        f"成员 {len(view.members)} 人",
    ]
    for member in view.members:
        lines.append(
            f"  {relation[member.relation].zh:<6} {member.name}  {sex[member.sex].zh}  "
            f"{member.born}  自 {member.came}" + ("" if member.is_certain else "  可能 / possible")
        )
    for spell in _possible(view, on, known_at):
        lines.append(f"  可能 / possible: {spell.name}  {axes.span(spell.possible)}")
    names = {member.subject: member.name for member in view.members}
    for one in _doubts(view, known_at):
        lines.append(f"  核查中 / under enquiry: {names.get(one.subject, view.number)} {axes.doubt(one)}")
    return "\n".join(lines) + "\n"


def _possible(view: Any, on: date, known_at: datetime) -> list[Any]:
    """Gives who may have belonged to the household beside its members, where dates are known in part."""
    from anjia.registers import occupancy

    members = {member.subject for member in view.members}
    found = occupancy.at(view.subject, on, known_at, capacity="member")
    return [spell for spell in found if spell.subject not in members]


def _doubts(view: Any, known_at: datetime) -> list[Any]:
    from anjia.registers import enquiries

    return enquiries.running([view.subject, *(member.subject for member in view.members)], known_at)


def _json(view: Any, on: date, known_at: datetime) -> str:
    content = {
        "number": view.number, "kind": view.kind, "address": view.address, "division": view.division,
        "station": view.station, "on": on.isoformat(), "known_at": known_at.isoformat(),
        "members": [
            {
                "name": member.name, "sex": member.sex, "birth_on": member.born,
                "relation": member.relation, "since": member.came,
                "answer": "yes" if member.is_certain else "possible",
            }
            for member in view.members
        ],
        "enquiries": [axes.doubt(one) for one in _doubts(view, known_at)],
        "possible": [
            {"name": spell.name, "period": axes.span(spell.possible)} for spell in _possible(view, on, known_at)
        ],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
