"""The resident's first pages: who I am here, what is in hand, what waits for me."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from anjia.casework import cases, consents
from anjia.casework.models import OPEN_STATES, Case, Consent, Notice
from anjia.channels.residents import casefile
from anjia.channels.ui import dates
from anjia.credentials import documents
from anjia.kernel import grants
from anjia.kernel.definitions import publishing
from anjia.kernel.models import Actor
from anjia.kernel.specs import ItemSpec
from anjia.registers import history, people
from anjia.registers.history import HouseholdView

PURPOSE = "own-data"
"""Purpose under which residents see what is their own; what a service item needs, its service asks for."""


@dataclass(frozen=True, slots=True)
class Card:
    """The person as the home page shows them; the page masks name and number."""

    name: str
    number: str
    household: HouseholdView | None


def home(actor: Any) -> dict[str, Any]:
    """Gives everything that the home page shows; a stranger sees the services only."""
    shown: dict[str, Any] = {"items": items(), "card": None, "cases": [], "consents": [], "documents": []}
    if not isinstance(actor, Actor) or actor.person is None:
        return shown
    allowed = grants.find(actor, "case", "read", PURPOSE)
    own = cases.of_person(allowed, limit=20) if allowed else []
    return shown | {
        "card": card(actor.person),
        "cases": [casefile.brief(case) for case in own if case.state in OPEN_STATES],
        "consents": [(one, consents.spec_of(one)) for one in waiting(actor.person)],
        "documents": documents.of_person(actor.person, limit=2),
    }


def card(person: int) -> Card:
    """Gives the person's card; the number is opened for its owner's own page and shown masked."""
    now, today = timezone.now(), dates.today()
    return Card(people.name_of(person), people.number_of(person, None) or "", history.household_of(person, today, now))


def waiting(person: int) -> list[Consent]:
    """Gives the questions that the person has not answered and still may."""
    today = dates.today()
    return [
        one
        for one in consents.asked_of(person)
        if one.state == "asked" and one.due_on >= today and one.case.state in OPEN_STATES
    ]


def own_cases(person: int, rows: Sequence[Notice]) -> set[int]:
    """Gives the keys of the messages that are about a case of the person's own."""
    numbers = Case.objects.filter(person=person, number__in={row.case_number for row in rows})
    known = set(numbers.values_list("number", flat=True))
    return {row.pk for row in rows if row.case_number in known}


def items() -> list[ItemSpec]:
    """Gives the services in force today, by id."""
    return [one.spec for one in publishing.in_force().list("item", dates.today())]


def item(slug: str) -> ItemSpec:
    """Gives the service of an address.

    Raises:
        AnjiaError: `definition-unknown` (404).
    """
    found = next((spec for spec in items() if spec.slug == slug), None)
    return found if found is not None else publishing.in_force().get("item", slug, dates.today()).spec
