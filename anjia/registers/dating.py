"""Saying that a date of the register is known in part only, and settling it when it becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Close, Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import columns, dates
from anjia.registers.operations import Prepared, operation

DATED = ("particulars", "status", "membership", "household", "residence", "place")
"""Registers whose subject has one entry at a time, so that a day names one date."""

VALID, BIRTH = "valid", "birth_on"
PRECISION = "precision"


@operation("doubt-date", needs="register subject day known", takes="field")
def doubt_date(*, on: date, register: str, subject: int, day: date, known: str, field: str = VALID) -> Prepared:
    """Says that a date is known to its month or year only, or not at all (AMEND_DATE).

    Args:
        register: one of `DATED`.
        day: the day that the register holds: the earliest that the date can be.
        known: `month`, `year` or `nothing`.
        field: `valid` for the begin or end of an entry, `birth_on` for a date of birth.

    Raises:
        AnjiaError: `date-not-datable` (422); when done `date-absent` (409) when no entry bears that day.
    """
    _datable(register, field, known)

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not any(day in _days(row, field) for row in seen["entries"]):
            raise _absent(day)
        closes = tuple(Close(PRECISION, row["id"], subject) for row in seen["precision"])
        values = {"register": register, "field": field, "day": day, "known": known}
        return Plan(closes, (Open(PRECISION, subject, day, None, values),), {"subject": subject})

    return Prepared("doubt-date", (subject,), (), _reads(register, subject, field, day), decide, on)


@operation("settle-date", needs="register subject day settled", takes="field")
def settle_date(*, on: date, register: str, subject: int, day: date, settled: Any, field: str = VALID) -> Prepared:
    """Corrects a date everywhere it stands: what ended on the wrong day and what began on it (CORRECT).

    Args:
        day: the day that the register holds now.
        settled: the right date, in full or in part.

    Raises:
        AnjiaError: `date-not-datable` (422); when done `date-absent` (409).
    """
    when = dates.parse(settled)
    known, right = dates.known_of(when), dates.earliest(when)
    _datable(register, field, known)

    def decide(seen: Seen, moment: Moment) -> Plan:
        touched = [row for row in seen["entries"] if day in _days(row, field)]
        if not touched:
            raise _absent(day)
        closes = [Close(PRECISION, row["id"], subject) for row in seen["precision"]]
        opens = []
        if right != day:
            closes += [Close(register, row["id"], subject) for row in touched]
            opens += [_moved(register, row, field, day, right) for row in touched]
        if known:
            values = {"register": register, "field": field, "day": right, "known": known}
            opens.append(Open(PRECISION, subject, right, None, values))
        return Plan(tuple(closes), tuple(opens), {"subject": subject})

    reads = _reads(register, subject, field, day)
    homes = Read("homes", "SELECT household FROM registers_membership WHERE subject = %s::bigint", [subject])
    return Prepared("settle-date", (subject, *_homes(register, homes)), (), reads, decide, on)


def _homes(register: str, read: Read) -> list[int]:
    """Gives the households that a person's registrations name: a copy of one touches its household."""
    if register != "membership":
        return []
    from_rows = columns.rows_now(read.sql, read.params)
    return sorted({row["household"] for row in from_rows})


def _moved(register: str, row: Mapping[str, Any], field: str, day: date, right: date) -> Open:
    own = columns.own(register, row)
    start, end = row["valid_from"], row["valid_to"]
    if field == BIRTH:
        # A person's first entries begin on the day of birth; their days are not the date of birth.
        return Open(register, row["subject"], start, end, {**own, BIRTH: right})
    return Open(
        register, row["subject"], right if start == day else start, right if end == day else end, own
    )


def _days(row: Mapping[str, Any], field: str) -> tuple[Any, ...]:
    return (row[BIRTH],) if field == BIRTH else (row["valid_from"], row["valid_to"])


def _reads(register: str, subject: int, field: str, day: date) -> tuple[Read, ...]:
    precision = columns.select(PRECISION)
    return (
        Read("entries", columns.select(register) + " AND subject = %s::bigint ORDER BY valid_from", [subject]),
        Read(
            "precision",
            precision + " AND subject = %s::bigint AND register = %s AND field = %s AND day = %s::date",
            [subject, register, field, day],
        ),
    )


def _datable(register: str, field: str, known: str) -> None:
    fits = field == VALID or (register, field) == ("particulars", BIRTH)
    if register not in DATED or not fits or known not in (dates.DAY, dates.MONTH, dates.YEAR, dates.NOTHING):
        raise AnjiaError(
            "date-not-datable",
            f"登记簿 {register} 的 {field} 不能这样登记为部分已知",
            f"The date {field} of {register} cannot be kept as partly known",
            ("可用于起止日期和出生日期，程度为 month、year 或 nothing",
             "Use it for begin, end and birth, known to the month, the year or nothing"),
            status=422,
        )  # fmt: skip


def _absent(day: date) -> AnjiaError:
    return AnjiaError(
        "date-absent", f"登记簿中没有 {day} 这个日期", f"No entry bears the date {day}",
        ("请核对登记簿现有的日期", "Check the date that the register holds"), status=409,
    )  # fmt: skip
