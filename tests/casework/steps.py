"""The steps of a case as tests take them, each with a fresh key on the case as it is now."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from anjia.casework import cases, flow, forms
from anjia.casework.models import Case
from anjia.kernel import effects
from anjia.kernel.models import Actor
from tests.casework.conftest import Staff

CONTACT = {"contract_no": "", "reachable": "13800000000"}


def opened(staff: Staff, item: str = "settle-lease", who: Actor | None = None) -> Case:
    """A draft of the tenant's own, or of another resident."""
    return cases.open_case(who or staff.tenant, item, channel="residents")


def fresh(case: Case) -> Case:
    """The case as the database has it."""
    return Case.objects.get(pk=case.pk)


def answered(staff: Staff, case: Case, **more: Any) -> Case:
    """A case whose form is filled in: a phone, and the child comes along."""
    assert forms.answer(staff.tenant, case, "lease", {**CONTACT, **more}, case.version) == {}
    case = fresh(case)
    along = {"moves_along": "yes", "companion": str(staff.town.child)}
    assert forms.answer(staff.tenant, case, "household", along, case.version) == {}
    return fresh(case)


def submitted(staff: Staff, case: Case, who: Actor | None = None) -> Case:
    """The case handed in."""
    return flow.submit(who or staff.tenant, fresh(case), key=uuid.uuid4(), version=fresh(case).version)


def take(actor: Any, case: Case, step: str, **parts: Any) -> Case:
    """One step by an officer on the case as it is now."""
    now = fresh(case)
    chosen = {"version": now.version, "key": uuid.uuid4(), "verdict": "pass"} | parts
    return flow.take(actor, now, step, **chosen)


def reviewed(staff: Staff, case: Case) -> Case:
    return take(staff.assistant, case, "prereview")


def accepted(staff: Staff, case: Case, **checks: bool) -> Case:
    return take(staff.assistant, case, "accept", checks={"originals.seen": True, **checks})


def examined(staff: Staff, case: Case) -> Case:
    return take(staff.officer, case, "examine")


def decided(staff: Staff, case: Case) -> Case:
    return take(staff.chief, case, "approve")


def today() -> tuple[date, datetime]:
    """Today and this moment, for reads of the register."""
    return timezone.localdate(), timezone.now()


def run_effects(case: Case) -> int:
    """Does the queued effects of a case that casework handles, as the worker would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s AND args->>'case_number' = %s ORDER BY id",
            [effects.TASK, case.number],
        )
        queued = [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in cursor.fetchall()]
    for args in queued:
        if args["effect"] == "send-notice":
            effects.run(**args)
    return len(queued)
