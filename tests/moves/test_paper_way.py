"""The classic way: let go on a permit of another city, with a migration certificate; and back when it lapsed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import cases, facts, flow, forms
from anjia.casework.models import Case
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.registers import history, papers
from anjia.registers.paper import Paper
from anjia.registers.status import Status
from tests.moves.conftest import Scene
from tests.moves.steps import fresh, take
from tests.registers.world import do

pytestmark = pytest.mark.django_db


def submitted(scene: Scene, **permit: str) -> Case:
    """The groom, who heads his household, goes and his mother stays as its head."""
    case = facts.refresh(scene.groom, cases.open_case(scene.groom, "D08", channel="residents"))
    until = str(timezone.localdate() + timedelta(days=10))
    going = {"destination": "临洲市某路9号", "permit_no": "Z-9", "permit_until": until} | permit
    mother = {"companions": "", "new_head": str(scene.world["周母"])}
    for topic, posted in (("destination", going), ("people", mother), ("statement", {"phone": "13800000000"})):
        assert forms.answer(scene.groom, fresh(case), topic, posted, fresh(case).version) == {}
    return flow.submit(scene.groom, fresh(case), key=uuid.uuid4(), version=fresh(case).version)


def window(scene: Scene, case: Case) -> Case:
    """The originals, the application and the permit are seen."""
    checks = {"papers.genuine": True, "application.signed": True, "origin_permit.seen": True}
    return take(scene.assistant, case, "accept", checks=checks)


def test_let_go_on_a_permit_with_a_certificate(scene: Scene, departments: Any) -> None:
    case = submitted(scene)
    window(scene, case)
    take(scene.examiner, case, "examine")
    done = take(scene.approver, case, "approve")
    assert Act.objects.get(pk=done.act_id).event == "MOVE_OUT"
    today = timezone.localdate()
    paper = Paper.objects.get(subject=scene.world["周郎"], kind="certificate")
    assert (paper.state, paper.valid_until) == ("issued", today + timedelta(days=30))
    assert paper.number.startswith("370300")
    assert history.membership(scene.world["周郎"], today, timezone.now()) is None
    status = Status.objects.get(subject=scene.world["周郎"], recorded_to=None, valid_to=None)
    assert (status.status, status.ground) == ("8", "临洲市某路9号")
    home = history.household_of(scene.world["周母"], today, timezone.now())
    assert home is not None
    assert home.head == scene.world["周母"]
    # Their kinship stands in no entry of this world, so nothing more than the household is claimed.
    # The certificate lapses unused: the place left takes him back, and the gap stays.
    late = today + timedelta(days=31)
    do("restore-move-out", late, person=scene.world["周郎"], certificate=paper.number, event="RESTORE")
    back = history.household_of(scene.world["周郎"], late, timezone.now())
    assert back is not None
    assert {one.name: one.relation for one in back.members} == {"周母": "02", "周郎": "99"}
    assert papers.get("certificate", "", paper.number)["state"] == "void"


def test_a_permit_past_its_term_is_not_met(scene: Scene, departments: Any) -> None:
    case = submitted(scene, permit_until=str(timezone.localdate() - timedelta(days=1)))
    with pytest.raises(AnjiaError) as caught:
        window(scene, case)
    assert "P-13.valid=no" in caught.value.facts["clauses"]


def test_a_supervised_person_is_not_let_go_without_approval(scene: Scene, departments: Any) -> None:
    record = {"no": scene.number("周郎"), "barred": True, "approved": False}
    departments.control("add", kind="bar", record=record)
    case = submitted(scene)
    try:
        with pytest.raises(AnjiaError) as caught:
            window(scene, case)
        assert "P-14.approved=no" in caught.value.facts["clauses"]
    finally:
        departments.control("add", kind="bar", record={**record, "barred": False})
