"""Facts under enquiry: opened, closed, and shown to whoever rests an answer on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import columns
from anjia.registers.asof import known, rows
from anjia.registers.operations import Prepared, operation

ENQUIRY = "enquiry"
OPEN, AWAY = "open", "away"
HIDDEN = ("identity", "precision", "enquiry")
RUNNING = f"""
SELECT e.subject, e.register, e.field, e.day, e.ground, e.state, e.valid_from AS since
  FROM registers_enquiry e
 WHERE e.subject = ANY(%(subjects)s::bigint[]) AND {known("e")} AND e.valid_from <= %(on)s::date
   AND (e.valid_to IS NULL OR e.valid_to > %(on)s::date)
 ORDER BY e.subject, e.valid_from, e.id
"""


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """A fact that was under enquiry at the moment for which an answer is given.

    Attributes:
        field: column in doubt, `valid` for the dates, empty for the whole entry.
        day: first day of the entry in doubt, None for every entry of the subject.
        since: day on which the enquiry began.
    """

    subject: int
    register: str
    field: str
    day: date | None
    ground: str
    state: str
    since: date

    def concerns(self, register: str, days: Iterable[date]) -> bool:
        """Says whether it is about an entry of a register that began on one of these days."""
        return self.register == register and (self.day is None or self.day in set(days))


def running(subjects: Iterable[int], known_at: datetime) -> list[EnquiryView]:
    """Gives the enquiries about some subjects that ran at the moment for which an answer is given.

    An answer given while a fact is in doubt says so whatever day it is about; once the enquiry is
    closed the fact counts as it then stands.
    """
    asked = sorted(set(subjects))
    found = rows(RUNNING, timezone.localdate(known_at), known_at, subjects=asked) if asked else []
    return [EnquiryView(**row) for row in found]


@operation("open-enquiry", needs="subject register", takes="field day ground state")
def open_enquiry(
    *, on: date, subject: int, register: str, field: str = "", day: date | None = None, ground: str = "",
    state: str = OPEN,
) -> Prepared:  # fmt: skip
    """Puts a fact of the register under enquiry from a day on (ENQUIRY).

    Args:
        field: column in doubt, `valid` for the dates; empty for the whole entry.
        day: first day of the entry in doubt; None for every entry of the subject.
        state: `away` when it is established that the person does not live at the residence.

    Raises:
        AnjiaError: `register-unknown`, `field-unknown` (422).
    """
    _known_fact(register, field)
    values = {"register": register, "field": field, "day": day, "ground": ground, "state": state}

    def decide(seen: Seen, moment: Moment) -> Plan:
        return Plan((), (Open(ENQUIRY, subject, on, None, values),), {"subject": subject})

    return Prepared("open-enquiry", (subject,), (), (), decide, on)


@operation("close-enquiry", needs="subject register", takes="field day")
def close_enquiry(
    *, on: date, subject: int, register: str, field: str = "", day: date | None = None
) -> Prepared:
    """Ends an enquiry; what it found wrong is corrected by an act of its own (ENQUIRY).

    Raises:
        AnjiaError: when done `enquiry-missing` (409).
    """
    sql = (
        columns.select(ENQUIRY) + " AND valid_to IS NULL AND subject = %s::bigint AND register = %s "
        "AND field = %s AND day IS NOT DISTINCT FROM %s::date"
    )

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not seen["enquiry"]:
            raise AnjiaError(
                "enquiry-missing", "这项内容没有正在进行的核查", "No enquiry about this fact is running",
                ("请核对登记簿和项目", "Check the register and the field"), status=409,
            )  # fmt: skip
        closes, opens = truncate(ENQUIRY, seen["enquiry"][0], on)
        return Plan(tuple(closes), tuple(opens), {"subject": subject})

    params: list[Any] = [subject, register, field, day]
    return Prepared("close-enquiry", (subject,), (), (Read("enquiry", sql, params),), decide, on)


def _known_fact(register: str, field: str) -> None:
    named = columns.own_columns(register)
    if register in HIDDEN or field not in ("", "valid", *named):
        raise AnjiaError(
            "field-unknown", f"登记簿 {register} 没有可核查的项目“{field}”",
            f"The register {register} has no field “{field}” that could be under enquiry",
            ("请用登记簿的项目名，或 valid 表示日期", "Name a field of the register, or `valid` for its dates"),
            status=422,
        )  # fmt: skip
