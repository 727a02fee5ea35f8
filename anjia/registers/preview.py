"""The households after an operation, before it is done: the same decision on plain reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from anjia.kernel.entries import Moment, Open, Plan
from anjia.registers import history, people
from anjia.registers.history import HouseholdView, MemberView
from anjia.registers.operations import Prepared

NEW = -1
"""Key of the first subject that would be made; the next is -2."""


def preview(prepared: Prepared) -> list[HouseholdView]:
    """Gives the households that the operation touches as they would be; nothing is written.

    Raises:
        AnjiaError: what the decision would refuse.
    """
    moment = Moment(0, timezone.now(), tuple(NEW - n for n in range(len(prepared.new_subjects))))
    plan = prepared.decide(_seen(prepared), moment)
    touched = [entry.values["household"] for entry in plan.opens if entry.register == "membership"]
    views = [_after(household, plan, prepared) for household in dict.fromkeys(touched)]
    return sorted((view for view in views if view is not None), key=lambda view: view.subject > 0)


def _seen(prepared: Prepared) -> dict[str, list[dict[str, Any]]]:
    seen = {}
    with connection.cursor() as cursor:
        for read in prepared.reads:
            if read.name in prepared.numbering:
                continue
            cursor.execute(read.sql, list(read.params))
            names = [column.name for column in cursor.description or ()]
            seen[read.name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return seen


def _after(household: int, plan: Plan, prepared: Prepared) -> HouseholdView | None:
    now = timezone.now()
    before = history.find_household(household, prepared.on, now)
    own = [entry for entry in plan.opens if entry.register == "household" and entry.subject == household]
    head_page = next((entry for entry in own if entry.valid_to is None), None)
    if own and head_page is None:
        return None
    values: Mapping[str, Any] = head_page.values if head_page else _page(before)
    members = _members(household, before, plan)
    return HouseholdView(household, members=members, **values)


def _page(view: HouseholdView | None) -> dict[str, Any]:
    names = ("number", "kind", "address", "place", "division", "station", "name")
    return {name: getattr(view, name) if view else "" for name in names}


def _members(household: int, before: HouseholdView | None, plan: Plan) -> tuple[MemberView, ...]:
    kept = {member.subject: member for member in (before.members if before else ())}
    for close in plan.closes:
        if close.register == "membership":
            kept.pop(close.subject, None)
    since = {member.subject: member.since for member in (before.members if before else ())}
    coming = [
        entry for entry in plan.opens
        if entry.register == "membership" and entry.valid_to is None and entry.values["household"] == household
    ]  # fmt: skip
    fresh = {one.subject: one.values for one in plan.opens if one.register == "particulars" and one.valid_to is None}
    members = [*kept.values(), *(_member(entry, since, fresh) for entry in coming)]
    return tuple(sorted(members, key=_place_on_page))


def _place_on_page(one: MemberView) -> tuple[Any, ...]:
    return (one.relation != history.HEAD, one.relation, one.birth_on, one.subject)


def _member(entry: Open, since: Mapping[int, Any], fresh: Mapping[int, Mapping[str, Any]]) -> MemberView:
    person = fresh.get(entry.subject) or people.particulars_of(entry.subject)
    return MemberView(
        entry.subject, person["name"], person["sex"], person["birth_on"], entry.values["relation"],
        since.get(entry.subject, entry.valid_from), entry.values["from_place"], entry.values["ground"],
    )  # fmt: skip
