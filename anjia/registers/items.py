"""The other items of a person's card, and the phone: told by the base that owns them (rule N-30)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.codes import table
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import numbering, people, standing
from anjia.registers.family import OPEN, Changes, add
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import refusal, turn

PLACES = ("native_place", "birth_place")
TABLES: Mapping[str, str] = {"blood": "blood", "military": "military_status", "education": "education"}
"""Item → its code table."""

HEIGHT_CM = range(30, 260)
PHONE = (
    f"SELECT {numbering.COLUMNS} FROM registers_identity WHERE {OPEN} AND kind = 'phone' AND subject = %s::bigint"
)


@operation(
    "amend",
    needs="person",
    takes="education employer occupation military height_cm blood native_place birth_place",
)
def amend(*, on: date, person: int, **values: Any) -> Prepared:
    """Registers what changed of the other items (AMEND_OTHER); religion is no item of this register.

    Raises:
        AnjiaError: `value-unknown`, `nothing-to-change` (422).
    """
    _check(values)
    parts = {
        "condition": {key: value for key, value in values.items() if key not in PLACES},
        "particulars": {key: value for key, value in values.items() if key in PLACES},
    }

    def decide(seen: Seen, moment: Moment) -> Plan:
        standing.alive(seen, person)
        changes: Changes = ([], [])
        for register, new in parts.items():
            row = standing.entry(seen, register, person)
            if any(row[key] != value for key, value in new.items()):
                add(changes, turn(register, row, on, **new))
        if not changes[1]:
            raise _nothing()
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "items": sorted(values)})

    reads = tuple(standing.read(register, [person]) for register in ("status", *parts))
    return Prepared("amend", (person,), (), reads, decide, on)


@operation("change-phone", needs="person phone")
def change_phone(*, on: date, person: int, phone: str) -> Prepared:
    """Registers a person's phone in place of the one before."""
    sealed = people.sealed("phone", phone, uuid.uuid4())

    def decide(seen: Seen, moment: Moment) -> Plan:
        changes: Changes = ([], [])
        for row in seen["phone"]:
            if bytes(row["blind"]) == sealed["blind"]:
                raise _nothing()
            add(changes, truncate("identity", row, on))
        changes[1].append(Open("identity", person, on, None, sealed))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    return Prepared("change-phone", (person,), (), (Read("phone", PHONE, [person]),), decide, on)


def _check(values: Mapping[str, Any]) -> None:
    if not values:
        raise _nothing()
    wrong = [name for name, codes in TABLES.items() if name in values and values[name] not in table(codes)]
    if "height_cm" in values and values["height_cm"] not in HEIGHT_CM:
        wrong.append("height_cm")
    if wrong:
        raise refusal(
            "value-unknown", f"这些内容不在代码表内：{', '.join(wrong)}", f"Not one of its codes: {', '.join(wrong)}",
            ("请重新选择", "Choose again"),
        )  # fmt: skip


def _nothing() -> Any:
    return refusal(
        "nothing-to-change", "内容和登记簿上的一样", "The register says this already",
        ("不需要再办", "Nothing is left to do"),
    )  # fmt: skip
