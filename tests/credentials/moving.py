"""A decided move of the invented town, committed as casework commits it, without casework."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.acts import Draft
from anjia.kernel.definitions import Catalogue, loading, publishing
from anjia.kernel.entries import Plan
from anjia.kernel.models import Act, Actor
from anjia.registers import divisions, history, operations
from tests.casework import people

TOWN = Path(__file__).resolve().parents[1] / "casework" / "town"
CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
EAST, WEST = "990101001001", "990102001001"
MORNING = "2026-11-25T01:30:00+00:00"
CERTIFICATES = ("decision-notice", "booklet-page")


@dataclass(frozen=True)
class Town:
    """Who lives there."""

    tenant: int
    child: int
    lessor: int
    dwelling: str
    tenant_no: str
    lessor_no: str
    collective: int


def found_town() -> Town:
    """Publishes the town's city file and the two certificates, and writes its people."""
    town = [one for one in loading.load(TOWN).catalogue.all() if one.kind == "city"]
    certificates = [one for one in loading.load(CITY).catalogue.all() if one.id in CERTIFICATES]
    publishing.publish(Catalogue([*town, *certificates]), drafted_by="author", published_by="publisher")
    divisions.load(TOWN)
    return Town(**people.build(EAST, WEST))


def decide(
    town: Town, *, verdict: str = "yes", on: date | None = None, case: str = "LS990102261125-0001"
) -> Act:
    """Commits the move of the tenant and child to the dwelling, or its refusal."""
    day = on or timezone.localdate()
    chief, _ = Actor.objects.get_or_create(
        username="chief", kind="staff", name_zh="孙国栋", station="990102001000"
    )
    prepared = operations.prepare(
        "settle-at-address",
        {"person": town.tenant, "place": town.dwelling, "companions": [town.child], "ground": ""},
        on=day,
    )
    granted = verdict == "yes"
    done = acts.commit(
        Draft(
            key=uuid.uuid4(),
            event="MOVE_INTRA" if granted else "REFUSE",
            definition="0" * 64,
            actor=chief.pk,
            subjects=prepared.subjects if granted else (town.tenant,),
            effective_on=day,
            reason="test",
            evidence=evidence(case, verdict),
            decide=prepared.decide if granted else lambda seen, moment: Plan(),
            reads=prepared.reads if granted else (),
            new_subjects=prepared.new_subjects if granted else (),
            case_number=case,
            station="990102001000",
        )
    )
    return Act.objects.get(pk=done.act_id)


def evidence(case: str, verdict: str) -> dict[str, Any]:
    """Gives what the act keeps of the decision, in the form of `casework.decision.evidence`."""
    return {
        "case": case,
        "item": {"id": "E25", "title": both("租房落户", "Settlement by lease")},
        "outcome": {"id": "rented-address", "title": both("落在租住的房屋", "At the rented address")},
        "verdict": verdict,
        "clauses": [
            clause("租赁合同已登记备案", "yes", "True"),
            clause("房东同意落户", verdict, "True" if verdict == "yes" else "False"),
            clause("随迁人员是近亲属", "not_applicable", None),
        ],
        "terms": {
            "prereview_working_days": 3, "decision_working_days": 0, "basis": both("服务承诺", "A promise"),
            "tag": "assumed",
        },
        "submitted_on": "2026-11-23",
        "officers": [
            {"step": "accept", "title": both("受理", "Accept"), "name": "赵一鸣", "at": MORNING},
            {"step": "approve", "title": both("审批", "Approve"), "name": "孙国栋", "at": MORNING},
        ],
        "station": {"code": "990102001000", "name": both("石桥镇派出所", "Shiqiao Police Station")},
        "note": "",
        "appeal": both("可以申请行政复议。", "You may ask for administrative review."),
    }  # fmt: skip


def clause(text: str, verdict: str, value: str | None) -> dict[str, Any]:
    """Gives one judged clause as the act keeps it."""
    return {
        "rule": "S-20", "clause": "c", "verdict": verdict, "text": both(text, "Text"),
        "remedy": both(f"请补齐：{text}", "Remedy"),
        "basis": [{"law": "中华人民共和国户口登记条例", "article": "6", "tag": "law"}],
        "facts": [
            {"id": "lease.filed", "label": both(text, "Label"), "value": value,
             "source": both("租赁备案", "Lease register"), "at": "2026-11-24T02:12:00+00:00"}
        ],
    }  # fmt: skip


def both(zh: str, en: str) -> dict[str, str]:
    """Gives words in both languages."""
    return {"zh": zh, "en": en}


def household_number(person: int, act: Act) -> str:
    """Gives the number of the household in which the act left a person."""
    found = history.household_of(person, act.effective_on, act.at)
    assert found is not None
    return found.number
