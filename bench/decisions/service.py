"""A decided settlement through the house: prepared, checked against its basis, and committed as one act."""

from __future__ import annotations

import uuid

from anjia.casework import basis, decision
from anjia.kernel import acts, effects
from anjia.kernel.acts import Guard
from anjia.kernel.entries import Moment, Plan
from anjia.registers import operations, place
from bench.decisions.ground import EVIDENCE, WEST, Task
from django.utils import timezone
from psycopg.types.json import Jsonb


def decide(task: Task) -> None:
    """Decides one settlement as `casework.decision.approve` does, without form, facts and rules."""
    key, today = uuid.uuid4(), timezone.localdate()
    judged = basis.entries(task.tenant)
    prepared = operations.prepare(
        "settle-at-address",
        {"person": task.tenant, "place": place.code_of(WEST, task.place), "companions": [task.child], "ground": "4"},
        on=today,
    )

    def plan(seen: acts.Seen, moment: Moment) -> Plan:
        basis.require(seen[basis.NAME], judged)
        return prepared.decide(seen, moment)

    acts.commit(
        acts.Draft(
            key=key, event="MOVE_INTRA", definition="0" * 64, actor=1, subjects=prepared.subjects,
            effective_on=today, reason="租房落户：落在租住的房屋", evidence=EVIDENCE, decide=plan,
            reads=(basis.read(task.tenant), *prepared.reads), new_subjects=prepared.new_subjects, grant=1,
            case_number=f"ZB{task.case}", station=f"{WEST[:9]}000", guards=_guards(key, task),
            jobs=(
                effects.job("issue-documents", lock=f"{task.case}:documents", person=task.tenant),
                effects.job("send-notice", lock=f"{task.case}:notice", person=task.tenant),
            ),
        )
    )  # fmt: skip


def _guards(key: uuid.UUID, task: Task) -> tuple[Guard, Guard]:
    noted = (task.case, "approve", "pass", 1, "孙国栋", key, "", Jsonb({}), "", key)
    return (
        Guard(decision.DECIDE, ("decided", "rented-address", key, task.case, 1, "approve"), 1),
        Guard(decision.STEP, noted, 1),
    )
