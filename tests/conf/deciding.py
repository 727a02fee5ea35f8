"""Fills a running city with cases that wait for approval; run as a process with the city's environment.

Usage: python -m tests.conf.deciding COUNT PASSWORD → JSON list of {number, id, version, person} on standard output.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import date
from typing import Any

from anjia.conf import installation

BEGIN = date(2015, 1, 1)
EAST, WEST = "990101001001", "990102001001"


def main() -> int:
    """Writes the people by one act, the cases by the service."""
    count, password = int(sys.argv[1]), sys.argv[2]
    with installation.connected():
        persons = found(count)
        staff = {
            name: sign_up(name, "staff", role, password, areas=["9901"])
            for name, role in (("officer", "officer"), ("chief", "chief"))
        }
        ready = [examined(person, staff["officer"]) for person in persons]
    sys.stdout.write(json.dumps(ready))
    return 0


def found(count: int) -> list[int]:
    """Gives new persons, each alone in a household of the west; the east has a community household."""
    from anjia.kernel import acts
    from anjia.kernel.entries import Moment, Plan
    from tests.casework import people
    from tests.registers.world import officer

    persons: list[int] = []

    def decide(seen: acts.Seen, moment: Moment) -> Plan:
        community, *rest = moment.subjects
        opens = [people._household(community, "200000000", "T4", None, EAST, "柳桥社区集体户"), officer(community)]
        for turn in range(count):
            person, household, home = rest[3 * turn : 3 * turn + 3]
            persons.append(person)
            no = people.number("19800101", f"{2 * turn + 1:03d}")
            opens += people._person(person, f"申请{turn}", "1", date(1980, 1, 1), no)
            opens.append(people._place(home, WEST, f"石桥路{turn}号"))
            opens.append(people._household(household, f"1{turn:08d}", "J1", home, WEST, f"石桥路{turn}号"))
            opens.append(people._member(person, household, "02", WEST))
        return Plan((), tuple(opens))

    acts.commit(
        acts.Draft(
            key=uuid.uuid4(), event="IMPORT", definition="0" * 64, actor=None, subjects=(), effective_on=BEGIN,
            reason="test", evidence={}, decide=decide, new_subjects=("H", *("P", "H", "L") * count),
        )
    )  # fmt: skip
    return persons


def sign_up(
    name: str, kind: str, role: str, password: str | None, *, person: int | None = None, areas: list[str]
) -> Any:
    """Makes an actor with one role."""
    from anjia.kernel.models import Actor, Grant

    made = Actor.objects.create_actor(
        name, password, kind=kind, person=person, name_zh=name, station="990102001000" if kind == "staff" else ""
    )
    Grant.objects.create(actor=made, role=role, divisions=areas, valid_from=BEGIN, given_by="test")
    return made


def examined(person: int, officer: Any) -> dict[str, Any]:
    """Gives a person's case, handed in and examined."""
    from anjia.casework import cases, flow, forms
    from anjia.casework.models import Case

    who = sign_up(f"resident{person}", "resident", "resident", None, person=person, areas=[])
    case = cases.open_case(who, "settle-collective", channel="residents")
    assert forms.answer(who, case, "where", {"division": EAST}, case.version) == {}
    case = Case.objects.get(pk=case.pk)
    case = flow.submit(who, case, key=uuid.uuid4(), version=case.version)
    case = flow.take(officer, case, "examine", version=case.version, key=uuid.uuid4(), verdict="pass")
    return {"number": case.number, "id": case.pk, "version": case.version, "person": person}


if __name__ == "__main__":
    raise SystemExit(main())
