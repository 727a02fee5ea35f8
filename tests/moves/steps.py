"""The bride's case step by step: the form, the head's consent, the permit, the window, the decision."""

from __future__ import annotations

import uuid
from typing import Any

from anjia.casework import cases, consents, facts, flow, forms
from anjia.casework.models import Case, Consent
from anjia.kernel.models import Actor
from tests.moves.conftest import OTHER, Scene

ITEM = "E19"


def fresh(case: Case) -> Case:
    """The case as the database has it."""
    return Case.objects.get(pk=case.pk)


def submitted(scene: Scene, **child: str) -> Case:
    """The bride's case, filled in, agreed to by the head, and handed in."""
    case = facts.refresh(scene.bride, cases.open_case(scene.bride, ITEM, channel="residents"))
    pages: list[tuple[str, dict[str, Any]]] = [
        ("origin", {"origin_city": OTHER}),
        ("destination", {"will_live_there": "yes", "ask_head": "yes"}),
        ("child", {"with_child": "yes" if child else "no", **child}),
        ("statement", {"own_will": "yes", "phone": "13800000000"}),
    ]
    for topic, posted in pages:
        assert forms.answer(scene.bride, fresh(case), topic, posted, fresh(case).version) == {}
    facts.refresh(scene.bride, fresh(case))
    consents.answer(scene.groom, Consent.objects.get(case=case, state="asked").pk, True)
    return flow.submit(scene.bride, fresh(case), key=uuid.uuid4(), version=fresh(case).version)


def take(actor: Actor, case: Case, step: str, **parts: Any) -> Case:
    """One step by an officer on the case as it is now."""
    now = facts.refresh(actor, fresh(case))
    return flow.take(actor, now, step, **({"version": now.version, "key": uuid.uuid4(), "verdict": "pass"} | parts))


def permitted(scene: Scene, case: Case) -> Case:
    """Pre-review at the station, then the county permits the move in: from here on the other city is asked."""
    take(scene.assistant, case, "prereview")
    return take(scene.county, case, "permit", checks={"permit.granted": True})


def examined(scene: Scene, case: Case) -> Case:
    """The visit at the window and the examination."""
    take(scene.assistant, case, "accept", checks={"papers.genuine": True, "application.signed": True})
    return take(scene.examiner, case, "examine")


def decided(scene: Scene, case: Case) -> Case:
    """The approval: the registration."""
    return take(scene.approver, case, "approve")
