"""Who looked at my data: each query as one line that a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anjia.channels.ui import looks, texts
from anjia.kernel import access
from anjia.kernel.definitions import Catalogue, publishing
from anjia.kernel.models import AccessRecord

PAGE = 30
REGISTERS = ("case", "person", "household", "identity", "document", "notice", "permit", "card_order")


@dataclass(frozen=True, slots=True)
class Look:
    """One query, in words."""

    at: datetime
    who: str
    what: str
    fields: list[str]
    purpose: str
    ground: str
    case_number: str
    outcome: str


def page(person: int, before: int | None) -> dict[str, Any]:
    """Gives the looks at a person, the newest first; those that the law withholds are not among them."""
    rows = access.of_person(person, before_id=before, limit=PAGE)
    catalogue = publishing.in_force()
    return {"looks": [look(row, catalogue) for row in rows], "next": rows[-1].pk if len(rows) == PAGE else 0}


def look(row: AccessRecord, catalogue: Catalogue) -> Look:
    """Gives one look in words: the city's for purposes and interfaces, ours for registers."""
    interface = catalogue.find("interface", row.register)
    outcome = looks.outcome(row)
    return Look(
        at=row.at,
        who=looks.who(row),
        what=texts.words(interface.spec.title) if interface else _register(row.register),
        fields=_fields(row, interface),
        purpose=looks.purpose(row, catalogue),
        ground=looks.ground(row),
        case_number=row.case_number,
        outcome=texts.text("residents", f"my_data.o_{outcome}") if outcome else "",
    )


def _register(name: str) -> str:
    return texts.text("residents", f"my_data.r_{name if name in REGISTERS else 'other'}")


def _fields(row: AccessRecord, interface: Any) -> list[str]:
    if interface is None:
        return []
    labels = {field.id: texts.words(field.label) for field in interface.spec.field}
    return [labels.get(name, name) for name in row.fields]
