"""Show a person on any date, as the register knew it at any moment.

NUMBER is a citizen number (18 characters, or 15 of an old one). Shown are the particulars, the
registration and where the person lived; a date that is known in part is printed as it is known, and
what is under enquiry is named. Both time axes may be given: --on asks what was true on a day,
--known-at what the register knew at a moment."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from typing import Any

from anjia.conf import axes, installation
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia person CITIZEN_NUMBER
  anjia person CITIZEN_NUMBER --on 2006-05-01
  anjia person CITIZEN_NUMBER --on 2026-11-01 --known-at 2026-11-20T09:00 --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("number", metavar="NUMBER", help="citizen number")
    axes.arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the person; 1 when the register did not know the person then."""
    with installation.connected():
        from anjia.kernel import access
        from anjia.registers import people

        on, known_at = axes.asked(options)
        subject = people.find_by_number(options.number)
        content = None if subject is None else _content(subject, on, known_at)
        access.record(
            actor=None, subject=subject, register="person", fields=("particulars", "membership", "residence"),
            purpose="household-register", ground="command line", outcome="found" if content else "none",
        )  # fmt: skip
        if content is None:
            sys.stderr.write(f"当时没有此人的登记 / nobody known on {on} as known at {known_at:%Y-%m-%d %H:%M}\n")
            return 1
        sys.stdout.write(
            json.dumps(content, ensure_ascii=False, indent=2) + "\n" if options.json else _text(content, known_at)
        )
    return 0


def _content(subject: int, on: date, known_at: datetime) -> dict[str, Any] | None:
    from anjia.registers import enquiries, history, occupancy

    try:
        view = history.person(subject, on, known_at)
    except AnjiaError as error:
        if error.code != "person-unknown":
            raise
        return None
    home = history.household_of(subject, on, known_at)
    lived = [(spell, history.place(spell.place, on, known_at)) for spell in occupancy.of(subject, on, known_at)]
    return {
        "on": on.isoformat(), "known_at": known_at.isoformat(), "name": view.name,
        "former_name": view.former_name, "sex": view.sex, "birth_on": view.born, "birth_place": view.birth_place,
        "ethnicity": view.ethnicity, "native_place": view.native_place, "status": view.status,
        "marital": view.marital, "education": view.education,
        "household": None if home is None else {
            "number": home.number, "address": home.address, "division": home.division,
            "members": len(home.members),
        },
        "residence": [
            {
                "address": place["printed"] if place else "", "answer": "yes" if spell.on(on) else "possible",
                "possible": axes.span(spell.possible), "certain": axes.span(spell.certain),
                "under_enquiry": spell.under_enquiry,
            }
            for spell, place in lived
        ],
        "enquiries": [axes.doubt(one) for one in enquiries.running([subject], known_at)],
    }  # fmt: skip


def _text(content: dict[str, Any], known_at: datetime) -> str:
    from anjia.kernel import codes

    sex = codes.table("GB/T 2261.1")
    home = content["household"]
    lines = [
        f"{content['name']}  {sex[content['sex']].zh}  {content['birth_on']}  户口状态 {content['status']}  "
        f"{content['on']} 有效，{known_at:%Y-%m-%d %H:%M} 所知",
        f"户口 户号 {home['number']}  {home['address']}" if home else "户口 无 / no registration",
    ]
    for one in content["residence"]:
        answer = "是 / yes" if one["answer"] == "yes" else "可能 / possible"
        doubt = "  核查中 / under enquiry" if one["under_enquiry"] else ""
        lines.append(f"居住 {one['address']}  {answer}  {one['possible']}{doubt}")
    lines += [f"核查中 / under enquiry: {one}" for one in content["enquiries"]]
    return "\n".join(lines) + "\n"
