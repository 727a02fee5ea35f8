"""Keeping the register at the desk: an operation that a named officer answers for, outside any case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from anjia.kernel import acts
from anjia.kernel.acts import Committed, Draft
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Grant
from anjia.registers import operations


def keep(
    allowed: Allowed, do: str, arguments: Mapping[str, Any], *, event: str, key: uuid.UUID, reason: str, division: str
) -> Committed:
    """Does one operation as an act of the officer who signs it.

    It is done under the role that lets the officer do it, so the act names that role's text.

    Args:
        reason: why, and on which paper; kept with the act.
        division: where the household lies or shall lie, or which station takes the card.

    Raises:
        AnjiaError: `grant-area` (403) outside the officer's area, `reason-missing` (422), or what the
            operation refuses.
    """
    if not allowed.covers(division=division, subject=None):
        raise AnjiaError(
            "grant-area",
            "这件业务不在您的辖区",
            "This lies outside your area",
            ("请由管辖的派出所办理", "Its own station has to do it"),
            status=403,
        )
    if not reason.strip():
        raise AnjiaError(
            "reason-missing",
            "请写明依据的材料或决定",
            "Say on which paper or decision it rests",
            ("写明后再办", "Write it down and try again"),
            status=422,
        )
    today = timezone.localdate()
    ready = operations.prepare(do, arguments, on=today)
    actor = allowed.actor
    return acts.commit(
        Draft(
            key=key, event=event, definition=_role_of(allowed), actor=actor.pk, subjects=ready.subjects,
            effective_on=today, reason=reason.strip(), evidence={"operation": do, "officer": actor.name_zh},
            decide=ready.decide, reads=ready.reads, new_subjects=ready.new_subjects,
            grant=allowed.grant, station=actor.station,
        )
    )  # fmt: skip


def _role_of(allowed: Allowed) -> str:
    """Gives the digest of the role under which the officer acts."""
    grant = Grant.objects.get(pk=allowed.grant)
    found = publishing.in_force().find("role", grant.role, timezone.localdate())
    return str(found.digest) if found else ""
