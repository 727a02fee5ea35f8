"""The register operations of a case, joined into one: prepared, previewed, and decided under one lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.casework import hearing, outcomes
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.specs.item import Change
from anjia.registers import history, operations
from anjia.registers.history import HouseholdView
from anjia.registers.operations import Prepared
from anjia.registers.preview import preview as households_after

OPTIONAL_LISTS = ("companions", "members", "guardians")


@dataclass(frozen=True, slots=True)
class Preview:
    """The households as they are and as they would be, before anything is written."""

    before: tuple[HouseholdView, ...]
    after: tuple[HouseholdView, ...]


def prepare(case: Case, plain: dict[str, Any]) -> list[Prepared]:
    """Gives the prepared operations of the chosen outcome, in order.

    Raises:
        AnjiaError: what the operation refuses, such as `head-needed`.
    """
    today = timezone.localdate()
    return [
        operations.prepare(change.do, _arguments(change.do, arguments), on=_day(change, plain, today))
        for change, arguments in outcomes.changes(case, plain)
    ]


def preview(case: Case, plain: dict[str, Any]) -> Preview:
    """Gives the households before and after, without writing."""
    now, today = timezone.now(), timezone.localdate()
    # Whoever is moved by decision leaves a household; the applicant's own does not change then.
    movers = [row.person for row in hearing.of_case(case)] if item_of(case).party else []
    homes = [history.household_of(who, today, now) for who in movers or [case.person]]
    before = {home.subject: home for home in homes if home is not None}
    after = [view for one in prepare(case, plain) for view in households_after(one)]
    return Preview(tuple(before.values()), tuple(after))


def subjects(prepared: Sequence[Prepared], person: int) -> tuple[int, ...]:
    """Gives all subjects to lock, each once, in order."""
    return tuple(sorted({person, *(one for part in prepared for one in part.subjects)}))


def reads(prepared: Sequence[Prepared]) -> tuple[Read, ...]:
    """Gives the reads of all operations, each under a name of its own."""
    return tuple(
        Read(f"{place}:{read.name}", read.sql, read.params)
        for place, part in enumerate(prepared)
        for read in part.reads
    )


def decide(prepared: Sequence[Prepared], seen: Seen, moment: Moment) -> Plan:
    """Gives the plan of all operations together; each sees its own reads and new subjects."""
    plans, first = [], 0
    for place, part in enumerate(prepared):
        own = {read.name: seen[f"{place}:{read.name}"] for read in part.reads}
        last = first + len(part.new_subjects)
        plans.append(part.decide(own, Moment(moment.act, moment.at, moment.subjects[first:last])))
        first = last
    return Plan(
        tuple(close for plan in plans for close in plan.closes),
        tuple(entry for plan in plans for entry in plan.opens),
        {key: value for plan in plans for key, value in plan.summary.items()},
    )


def _day(change: Change, plain: dict[str, Any], today: date) -> date:
    """Gives the day on which a change becomes true.

    Raises:
        AnjiaError: `day-unknown`, `day-ahead` (422).
    """
    if not change.on:
        return today
    day: date | None = evaluate(parse(change.on), plain)
    if day is None:
        raise AnjiaError(
            "day-unknown", "还不知道从哪一天起算", "It is not known from which day this holds",
            ("请先填写日期", "Give the date first"), status=422,
        )  # fmt: skip
    if day > today:
        raise AnjiaError(
            "day-ahead", f"{day} 还没有到，不能先登记", f"{day} lies ahead; it cannot be registered before",
            ("请核对日期，或到那天再办", "Check the date, or come back on that day"), status=422, day=day,
        )  # fmt: skip
    return day


def _arguments(do: str, arguments: dict[str, Any]) -> dict[str, Any]:
    # One companion chosen in the form is a list of one; nobody chosen is an empty list.
    # An operation on households or records takes no person.
    given = {name: value for name, value in arguments.items() if name != "person" or name in operations.arguments(do)}
    for name in OPTIONAL_LISTS:
        if name in given and not isinstance(given[name], list | tuple):
            given[name] = [] if given[name] is None else [given[name]]
    return given
