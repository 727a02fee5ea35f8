"""Looks that the law lets be withheld from the person, as the supervisor reviews them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from anjia.channels.ui import looks, texts
from anjia.kernel import access
from anjia.kernel.definitions import Catalogue, publishing
from anjia.kernel.models import AccessRecord

PAGE = 50


@dataclass(frozen=True, slots=True)
class Look:
    """One withheld look in words, with its review when there is one."""

    id: int
    at: datetime
    who: str
    what: str
    purpose: str
    ground: str
    case_number: str
    outcome: str
    review: AccessRecord | None


def page(before: str) -> dict[str, Any]:
    """Gives a page of withheld looks, newest first, their number and how many wait for review."""
    catalogue = publishing.in_force()
    rows = access.withheld(before_id=int(before) if before.isdigit() else None, limit=PAGE)
    reviews = access.reviews_of([row.pk for row in rows])
    more = f"{reverse('counter:supervision')}?before={rows[-1].pk}" if len(rows) == PAGE else ""
    return {
        "rows": [_look(row, catalogue, reviews.get(row.pk)) for row in rows],
        "count": access.withheld_count(),
        "waiting": sum(row.pk not in reviews for row in rows),
        "next": more,
    }


def _look(row: AccessRecord, catalogue: Catalogue, review: AccessRecord | None) -> Look:
    interface = catalogue.find("interface", row.register)
    outcome = looks.outcome(row)
    return Look(
        id=row.pk,
        at=row.at,
        who=looks.who(row),
        what=texts.words(interface.spec.title) if interface else row.register,
        purpose=looks.purpose(row, catalogue),
        ground=looks.ground(row),
        case_number=row.case_number,
        outcome=texts.text("counter", f"supervision.o_{outcome}") if outcome else row.outcome,
        review=review,
    )
