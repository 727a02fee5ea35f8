"""Change and correction: the world moved on, or the register was wrong (register notes, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers.operations import Prepared, operation

AMENDABLE: Mapping[str, tuple[str, ...]] = {
    "particulars": (
        "name", "former_name", "sex", "birth_on", "birth_place", "ethnicity", "native_place", "first_county",
    ),
    "condition": ("marital", "education", "military", "employer", "occupation", "height_cm", "blood"),
    "status": ("status", "ground"),
}  # fmt: skip
"""Registers that hold one entry a person at a time, with their own columns."""

DAYS = ("valid_from", "valid_to")


@operation("change", needs="register subject values")
def change(*, on: date, register: str, subject: int, values: Mapping[str, Any]) -> Prepared:
    """Says that the world changed: the old entry ends on the day, a new one begins.

    Args:
        register: one of `AMENDABLE`.
        values: column → new content; other columns stay.

    Raises:
        AnjiaError: `field-not-amendable`; when done `change-too-early` (422) for a day before the
            entry that it ends.
    """
    columns = _columns(register, values)

    def decide(seen: Seen, moment: Moment) -> Plan:
        rows = seen["entry"]
        if not rows:
            raise conflict()
        if rows[0]["valid_from"] > on:
            raise too_early(rows[0]["valid_from"])
        closes, opens = truncate(register, rows[0], on)
        own = {name: rows[0][name] for name in columns}
        return Plan(tuple(closes), (*opens, Open(register, subject, on, None, {**own, **values})), {"subject": subject})

    sql = _select(register, columns) + " AND subject = %s::bigint AND valid_to IS NULL"
    return Prepared("change", (subject,), (), (Read("entry", sql, [subject]),), decide, on)


@operation("correct", needs="register subject entry values")
def correct(*, on: date, register: str, subject: int, entry: int, values: Mapping[str, Any]) -> Prepared:
    """Says that the register was wrong: the entry is taken back and the right one takes its days.

    What was known before stays readable as of any earlier moment.

    Args:
        entry: id of the wrong entry; it must still count.
        values: column → right content; `valid_from` and `valid_to` may be corrected as well.
    """
    columns = _columns(register, {key: value for key, value in values.items() if key not in DAYS})

    def decide(seen: Seen, moment: Moment) -> Plan:
        rows = seen["entry"]
        if not rows or rows[0]["subject"] != subject:
            raise conflict()
        row = {**rows[0], **values}
        own = {name: row[name] for name in columns}
        return Plan(
            (Close(register, entry, subject),),
            (Open(register, subject, row["valid_from"], row["valid_to"], own),),
            {"subject": subject, "corrected": entry},
        )

    sql = _select(register, columns) + " AND id = %s::bigint"
    return Prepared("correct", (subject,), (), (Read("entry", sql, [entry]),), decide, on)


def too_early(since: date) -> AnjiaError:
    """Gives the error for a change on a day before what it ends."""
    return AnjiaError(
        "change-too-early",
        f"现有内容自 {since} 起有效，变更日期不能更早",
        f"The present content holds since {since}; it cannot change before",
        ("如果原来登记错了，请办更正", "If the register was wrong, make a correction"),
        status=422,
        since=since,
    )


def _select(register: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(("id", "subject", "valid_from", "valid_to", *columns))
    return f"SELECT {names} FROM registers_{register} WHERE recorded_to IS NULL"


def _columns(register: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    columns = AMENDABLE.get(register, ())
    strangers = sorted(set(values) - set(columns))
    if not columns or strangers:
        raise AnjiaError(
            "field-not-amendable",
            f"登记簿 {register} 的这些内容不能这样变更或更正：{', '.join(strangers) or register}",
            f"These fields of {register} cannot be changed or corrected this way: {', '.join(strangers) or register}",
            ("请用对应的登记业务办理", "Use the service that is meant for it"),
        )
    return columns
