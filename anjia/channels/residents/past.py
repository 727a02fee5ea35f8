"""My history: everything that the register says of me, both days of it, and how to have it put right."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from anjia.channels.ui import telling
from anjia.kernel.definitions import publishing
from anjia.registers import history

EVENTS = "AMEND_"
"""How the events begin by which a resident asks to have what is registered changed or put right."""


def page(person: int) -> dict[str, Any]:
    """Gives the whole story of a person, the newest first."""
    changes = history.timeline(person, timezone.now())
    items = [one.spec for one in publishing.in_force().list("item") if one.spec.event.startswith(EVENTS)]
    return {"timeline": list(telling.lines(changes)), "items": items}
