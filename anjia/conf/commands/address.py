"""Show who lived at an address and who was registered there, on a day or over a period.

CODE is a standard address code (20 digits). The answer to each person is yes or possible: possible
where the register knows a date to its month or year only, or where an enquiry left doubt. A person
whose stay is under enquiry is marked. Both time axes may be given: --on and --to ask what was true
in the world, --known-at what the register knew at a moment. Days are half open: --to itself is not
asked about."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime, timedelta
from typing import Any

from anjia.conf import axes, installation

EXAMPLES = """examples:
  anjia address 37030300100100000123
  anjia address 37030300100100000123 --on 2010-08-01
  anjia address 37030300100100000123 --on 2010-01-01 --to 2016-01-01 --known-at 2026-11-20T09:00 --json"""

CAPACITIES = (("resident", "居住", "lived there"), ("registered", "户口", "registered there"))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("code", metavar="CODE", help="standard address code, 20 digits")
    axes.arguments(parser)
    parser.add_argument(
        "--to", type=date.fromisoformat, metavar="DATE", help="first day no longer asked about (the day after --on)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the people from change to change; 1 when the address is unknown."""
    with installation.connected():
        from anjia.kernel import access
        from anjia.kernel.periods import Period
        from anjia.registers import history, occupancy
        from anjia.registers.place import subject_of

        on, known_at = axes.asked(options)
        asked = Period(on, options.to or on + timedelta(days=1))
        place = subject_of(options.code)
        access.record(
            actor=None, subject=None, register="residence", fields=("name", "valid"), purpose="household-register",
            ground="command line", outcome=options.code,
        )  # fmt: skip
        address = history.place(place, asked.end - timedelta(days=1), known_at)
        if address is None:
            sys.stderr.write(f"这一天没有这处地址 / no such address on {on} as known at {known_at:%Y-%m-%d %H:%M}\n")
            return 1
        answers = {
            capacity: occupancy.periods(occupancy.at(place, on, known_at, until=asked.end, capacity=capacity), asked)
            for capacity, _, _ in CAPACITIES
        }
        printed = _json if options.json else _text
        sys.stdout.write(printed(options.code, address["printed"], asked, known_at, answers))
    return 0


def _text(code: str, printed: str, asked: Any, known_at: datetime, answers: dict[str, Any]) -> str:
    lines = [f"{printed}（{code}）  {axes.span(asked)}，{known_at:%Y-%m-%d %H:%M} 所知"]
    for capacity, zh, en in CAPACITIES:
        lines.append(f"{zh} / {en}" + ("" if answers[capacity] else "：无 / nobody"))
        for one in answers[capacity]:
            lines.append(f"  {axes.span(one.period)}")
            lines += [f"    是   / yes       {_named(spell)}" for spell in one.certain]
            lines += [f"    可能 / possible  {_named(spell)}" for spell in one.possible]
    return "\n".join(lines) + "\n"


def _named(spell: Any) -> str:
    doubt = "  核查中 / under enquiry" if spell.under_enquiry else ""
    return f"{spell.name}  {axes.span(spell.possible)}{doubt}"


def _json(code: str, printed: str, asked: Any, known_at: datetime, answers: dict[str, Any]) -> str:
    content = {
        "code": code, "address": printed, "from": str(asked.start), "to": str(asked.end),
        "known_at": known_at.isoformat(),
        **{
            capacity: [
                {
                    "from": str(one.period.start), "to": str(one.period.end),
                    "yes": [_person(spell) for spell in one.certain],
                    "possible": [_person(spell) for spell in one.possible],
                }
                for one in found
            ]
            for capacity, found in answers.items()
        },
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _person(spell: Any) -> dict[str, Any]:
    return {
        "name": spell.name, "possible": axes.span(spell.possible), "certain": axes.span(spell.certain),
        "under_enquiry": spell.under_enquiry,
    }  # fmt: skip
