"""A decided settlement through the house: judged, explained, prepared, checked, and committed as one act."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.utils import timezone
from psycopg.types.json import Jsonb

from anjia.casework import basis, decision, dossier, operations
from anjia.casework.definition import catalogue_of, item_of
from anjia.kernel import acts, effects
from anjia.kernel.acts import Guard
from anjia.kernel.entries import Moment, Plan
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor
from anjia.kernel.specs.text import Words
from anjia.registers import operations as registers
from anjia.registers import place
from anjia.rules import Fact, judge_item
from bench.decisions.ground import EVIDENCE, ITEM, WEST, Task

STATION = f"{WEST[:9]}000"
CHIEF = Actor(pk=1, username="chief", kind="staff", name_zh="孙国栋")
ALLOWED = Allowed(CHIEF, "case", "approve", "settlement", "all", (1,), fields=frozenset({"*"}))
SOURCE = Words(zh="样例", en="Sample")
VALUES: dict[str, Any] = {
    "person.open_memberships": 1, "person.status": "0", "person.real": True, "person.birth_on": date(1990, 5, 1),
    "person.own_dwelling": False, "person.supervised": False, "applicant.own_will": True, "lease.filed": True,
    "lease.start": date(2023, 6, 1), "lease.end": date(2099, 5, 31), "lessor.is_holder": True,
    "lessor.asked": True, "lessor.consents": True,
}  # fmt: skip
"""The facts of a settlement that is granted."""


def decide(task: Task) -> None:
    """Decides one settlement whole: reads the case, judges it, and approves it with its explanation."""
    found = dossier.read(task.case)
    case = found.case
    case.basis = found.entries
    now, today = timezone.now(), timezone.localdate()
    facts = {name: Fact(name, value, SOURCE, now) for name, value in VALUES.items()}
    judged = judge_item(item_of(case), catalogue_of(case), facts, today)
    plain = VALUES | {
        "outcome": "rented-address", "lease.place": place.code_of(WEST, task.place),
        "answers.companions": [task.child],
    }  # fmt: skip
    step = next(one for one in item_of(case).step if one.id == "approve")
    decision.approve(found, step, ALLOWED, judged, plain, key=uuid.uuid4(), note="", checks={})


def commit(task: Task) -> None:
    """Commits the same decision without judging it and with evidence made beforehand."""
    key, today = uuid.uuid4(), timezone.localdate()
    judged = basis.entries(task.tenant)
    prepared = registers.prepare(
        "settle-at-address",
        {"person": task.tenant, "place": place.code_of(WEST, task.place), "companions": [task.child], "ground": "12"},
        on=today,
    )

    def plan(seen: acts.Seen, moment: Moment) -> Plan:
        basis.require(seen[basis.NAME], judged)
        return operations.decide([prepared], seen, moment)

    acts.commit(
        acts.Draft(
            key=key, event="MOVE_INTRA", definition=ITEM, actor=1, subjects=prepared.subjects,
            effective_on=today, reason="租房落户：落在租住的房屋", evidence=EVIDENCE, decide=plan,
            reads=(basis.read(task.tenant), *operations.reads([prepared])), new_subjects=prepared.new_subjects,
            grant=1, case_number=f"ZB{task.case}", station=STATION, guards=(_guard(key, task),),
            jobs=(
                effects.job("issue-documents", lock=f"{task.case}:documents", person=task.tenant),
                effects.job("send-notice", lock=f"{task.case}:notice", person=task.tenant),
            ),
        )
    )  # fmt: skip


def _guard(key: uuid.UUID, task: Task) -> Guard:
    moved = ("decided", "rented-address", key, task.case, 1, "approve")
    return Guard(decision.DECIDE, (*moved, "approve", "pass", 1, CHIEF.name_zh, "", Jsonb({}), ""), 1)
