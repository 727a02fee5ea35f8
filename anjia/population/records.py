"""Simulations as records: run, hidden where cells are small, signed, and carried by an act in the log."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from anjia.kernel import access, acts
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Definition
from anjia.kernel.entries import Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import DefinitionDraft
from anjia.population import candidates, simulating
from anjia.population.models import Simulation
from anjia.population.simulating import Change
from anjia.registers import people
from anjia.rules.snapshot import Snapshot

NAMESPACE = uuid.UUID("6a1b7a1e-2f5b-4a52-9d42-3c0f1f9a7d51")
NAMES = 100
"""Most names on one page."""


def changes(kind: str, ident: str, definition: Definition, snapshot: Snapshot, on: date) -> list[Change]:
    """Judges everybody by what is in force and by a candidate, both as of the candidate's first day."""
    old = publishing.in_force()
    new = candidates.with_it(old, definition)
    start = definition.valid_from
    pairs = candidates.rules_of(kind, ident, definition, old)
    return simulating.compare(pairs, snapshot, on, old.parameters(start), new.parameters(start), catalogue=old)


def run(allowed: Allowed, draft: DefinitionDraft, snapshot: Snapshot, on: date | None = None) -> Simulation:
    """Tries a draft on everybody and keeps the signed result.

    Args:
        snapshot: of today, or of an earlier day for a replay.
        on: the day of the judgement; by default the snapshot's own.

    Raises:
        AnjiaError: `draft-unsound` (422) while the text has faults.
    """
    candidate = candidates.of(draft.kind, draft.ident, draft.text, publishing.in_force())
    if candidate.definition is None or candidate.faults:
        raise AnjiaError(
            "draft-unsound", "草案还有错误，不能模拟", "The draft has faults and cannot be simulated",
            ("请先改好列出的各处", "Mend what is listed first"), status=422,
        )  # fmt: skip
    definition, day = candidate.definition, on or snapshot.on
    found = changes(draft.kind, draft.ident, definition, snapshot, day)
    result = {
        "draft": draft.pk, "base": draft.base, "candidate": definition.digest, "kind": draft.kind, "id": draft.ident,
        **simulating.result(found, snapshot, day),
    }  # fmt: skip
    return _keep(allowed, draft, definition, day, result)


def latest(candidate: str) -> Simulation | None:
    """Gives the latest simulation of a text, by the digest under which it is or would be published."""
    return Simulation.objects.filter(candidate=candidate).order_by("-id").first()


def of_draft(draft: int) -> list[Simulation]:
    """Gives the simulations of a draft, newest first."""
    return list(Simulation.objects.filter(draft_id=draft).order_by("-id")[:20])


def get(digest: str) -> Simulation:
    """Gives a simulation whose signature holds.

    Raises:
        AnjiaError: `simulation-unknown` (404), `simulation-changed` (500).
    """
    found = Simulation.objects.filter(digest=digest).first()
    if found is None:
        raise AnjiaError(
            "simulation-unknown", "没有这份模拟结果", "There is no such simulation",
            ("请从草案进入", "Start from the draft"), status=404,
        )  # fmt: skip
    if not is_genuine(found):
        raise AnjiaError(
            "simulation-changed", "这份模拟结果被改动过，停止使用", "This simulation was changed; it is not used",
            ("请重新模拟", "Simulate again"), status=500,
        )  # fmt: skip
    return found


def is_genuine(row: Simulation) -> bool:
    """Says whether content, digest and signature of a record belong together."""
    return digest_of(row.result) == row.digest and hmac.compare_digest(bytes(row.signature), _sign(row.digest))


def digest_of(result: dict[str, Any]) -> str:
    """Gives the digest of a result."""
    return hashlib.sha256(msgspec.json.encode(result, order="sorted")).hexdigest()


def names(
    allowed: Allowed, draft: DefinitionDraft, snapshot: Snapshot, row: Simulation, rule: str, what: str
) -> list[tuple[int, str, str]]:
    """Gives who gains or loses, (subject, name, division), in the actor's area; each look is recorded.

    Args:
        allowed: of `simulation`, action `name`.
        what: `gains` or `losses`.
    """
    definition = candidates.of(draft.kind, draft.ident, draft.text, publishing.in_force()).definition
    if definition is None or definition.digest != row.candidate:
        return []
    found = changes(draft.kind, draft.ident, definition, snapshot, row.on)
    rows = next((one.rows(what) for one in found if one.rule.id == rule), ())
    codes, place = snapshot.divisions
    taken: list[tuple[int, str]] = []
    for at in rows:
        subject, division = int(snapshot.subjects[at]), codes[place[at]]
        if allowed.covers(division=division, subject=subject):
            taken.append((subject, division))
        if len(taken) == NAMES:
            break
    called = people.names_of(subject for subject, _ in taken)
    for subject, _ in taken:
        access.look(
            allowed, subject, register="simulation", fields=("name", "division"),
            ground=f"政策模拟 / simulation {row.digest[:12]}",
        )  # fmt: skip
    return [(subject, called.get(subject, ""), division) for subject, division in taken]


def current() -> Snapshot:
    """Gives the snapshot in force.

    Raises:
        AnjiaError: `snapshot-missing` (409).
    """
    return Snapshot.current(Path(settings.ANJIA_STATE))


def _keep(
    allowed: Allowed, draft: DefinitionDraft, definition: Definition, on: date, result: dict[str, Any]
) -> Simulation:
    digest = digest_of(result)
    kept = Simulation.objects.filter(digest=digest).first()
    if kept is not None:
        return kept
    with transaction.atomic():
        act = acts.commit(
            acts.Draft(
                key=uuid.uuid5(NAMESPACE, f"simulate {digest}"), event="SIMULATE", definition=definition.digest,
                actor=allowed.actor.pk, grant=allowed.grant, subjects=(), effective_on=on, reason="",
                evidence={"draft": draft.pk, "simulation": digest}, decide=lambda seen, moment: Plan(),
            )
        )  # fmt: skip
        return Simulation.objects.create(
            draft_id=draft.pk, candidate=definition.digest, on=on, result=result, digest=digest,
            signature=_sign(digest), made_by=allowed.actor.pk, made_at=timezone.now(), act_id=act.act_id,
        )  # fmt: skip


def _sign(digest: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"simulation|{digest}".encode(), hashlib.sha256)
