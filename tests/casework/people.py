"""People, households and dwellings of the town, written by one act as everything is."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from anjia.kernel import acts
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Moment, Open, Plan
from anjia.registers import people, place
from tests.registers.world import officer

BEGIN = date(2015, 1, 1)
KINDS = ("P", "P", "P", "L", "L", "L", "H", "H", "H", "H")


def number(birth: str, serial: str) -> str:
    """Gives a synthetic citizen number with its check digit."""
    head = f"990199{birth}{serial}"
    return head + citizen_no.check_digit(head)


TENANT_NO = number("19900101", "001")
CHILD_NO = number("20180601", "002")
LESSOR_NO = number("19700202", "002")


def build(east: str, west: str) -> dict[str, Any]:
    """Writes a tenant with a child in the east, a lessor and an empty dwelling in the west."""
    made: dict[str, Any] = {}

    def decide(seen: acts.Seen, moment: Moment) -> Plan:
        tenant, child, lessor, old, home, dwelling, first, second, collective, other = moment.subjects
        made.update(
            tenant=tenant, child=child, lessor=lessor, collective=collective,
            dwelling=place.code_of(west, dwelling), tenant_no=TENANT_NO, lessor_no=LESSOR_NO,
        )  # fmt: skip
        opens = [
            *_person(tenant, "田租客", "1", date(1990, 1, 1), TENANT_NO),
            *_person(child, "田小禾", "2", date(2018, 6, 1), CHILD_NO),
            *_person(lessor, "方东", "2", date(1970, 2, 2), LESSOR_NO),
            _place(old, east, "柳桥路1号"), _place(home, west, "石桥路2号"),
            _place(dwelling, west, "石桥路1号"),
            _household(first, "100000001", "J1", old, east, "柳桥路1号"),
            _household(second, "100000002", "J1", home, west, "石桥路2号"),
            _household(collective, "100000003", "T4", None, west, "石桥社区集体户"),
            _household(other, "100000004", "T4", None, east, "柳桥社区集体户"),
            officer(collective), officer(other),
            _member(tenant, first, "02", east), _member(child, first, "30", east),
            _member(lessor, second, "02", west),
            Open("kinship", child, BEGIN, None, {"kin": tenant, "kind": "father"}),
        ]  # fmt: skip
        return Plan((), tuple(opens))

    acts.commit(
        acts.Draft(
            key=uuid.uuid4(), event="IMPORT", definition="0" * 64, actor=None, subjects=(),
            effective_on=BEGIN, reason="test", evidence={}, decide=decide, new_subjects=KINDS,
        )
    )  # fmt: skip
    return made


def _person(subject: int, name: str, sex: str, birth: date, no: str) -> list[Open]:
    particulars = {
        "name": name, "former_name": "", "sex": sex, "birth_on": birth, "birth_place": "", "ethnicity": "01",
        "native_place": "", "first_county": "990101",
    }  # fmt: skip
    return [
        Open("particulars", subject, BEGIN, None, particulars),
        Open("status", subject, BEGIN, None, {"status": "0", "ground": ""}),
        Open("identity", subject, BEGIN, None, people.sealed("citizen_no", no, uuid.uuid4())),
    ]


def _place(subject: int, division: str, address: str) -> Open:
    values = {
        "division": division, "street": "", "door_plate": "", "compound": "", "building": "", "unit": "",
        "floor": "", "room": "", "printed": address, "usage": "dwelling", "state": "in_use",
    }  # fmt: skip
    return Open("place", subject, BEGIN, None, values)


def _household(subject: int, no: str, kind: str, at: int | None, division: str, address: str) -> Open:
    values = {
        "number": no, "kind": kind, "place": at, "address": address, "division": division,
        "station": f"{division[:9]}000", "name": "",
    }  # fmt: skip
    return Open("household", subject, BEGIN, None, values)


def _member(subject: int, household: int, relation: str, division: str) -> Open:
    values = {
        "household": household, "relation": relation, "ground": "", "from_place": "", "division": division,
        "close_ground": "",
    }  # fmt: skip
    return Open("membership", subject, BEGIN, None, values)
