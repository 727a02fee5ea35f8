"""Asking for facts: which departments are due, and how their answers join what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from anjia.casework import concerned, registered, values
from anjia.casework.definition import catalogue_of, item_of
from anjia.casework.models import Case
from anjia.kernel.models import Actor
from anjia.kernel.specs import InterfaceSpec
from anjia.kernel.vault import vault
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest

Found = tuple[Fact, str, str]
"""A fact, the interface that gave it (or `register`), and the blind digest of what the applicant said."""

FRESH = timedelta(hours=24)
"""How long a department's answer stands before a step asks again."""

FRESH_AGAINST = timedelta(minutes=5)
"""The same for an answer that leaves something unknown or untrue: people mend it and come back."""


def ask(actor: Actor, case: Case, plain: Mapping[str, Any], *, anew: bool = False) -> list[Found]:
    """Asks every source for what is due and gives the facts with their origin; stores nothing.

    Args:
        plain: what is known, by the names that requests use.
        anew: ask every department, whatever is known.
    """
    item, catalogue = item_of(case), catalogue_of(case)
    specs = _interfaces(case)
    due = specs if anew else _due(case, specs, plain)
    request = FactRequest(
        item=item,
        catalogue=catalogue,
        interfaces=tuple(due),
        person=case.person,
        case_number=case.number,
        purpose=item.data_purpose,
        known=plain,
        on=timezone.localdate(),
        on_behalf=actor.pk,
        about=concerned.person(case, plain) or 0,
    )
    origin = {fact.id: spec for spec in due for fact in spec.fact}
    found = []
    for source in ports.sources():
        for fact in source.facts(request):
            spec = origin.get(fact.id)
            found.append((fact, spec.id if spec else "register", _arguments(spec, plain) if spec else ""))
    now = {**plain, **{fact.id: fact.value for fact, _, _ in found if fact.value is not None}}
    found += [(fact, "register", "") for fact in registered.of_others(request, now)]
    return found


def _due(case: Case, specs: Sequence[InterfaceSpec], plain: Mapping[str, Any]) -> list[InterfaceSpec]:
    """Gives the interfaces to ask: unknown, old, or asked with other arguments; and all that rest on them."""
    due: list[InterfaceSpec] = []
    awaited: set[str] = set()
    left = list(specs)
    while True:
        more = [
            one for one in left
            if _is_due(case, one, plain) or awaited & set(one.request.values())
        ]  # fmt: skip
        if not more:
            return [one for one in specs if one in due]
        due += more
        left = [one for one in left if one not in more]
        awaited |= {fact.id for one in more for fact in one.fact}


def _is_due(case: Case, spec: InterfaceSpec, plain: Mapping[str, Any]) -> bool:
    if spec.answer == "later":
        # What another city has written lies here already; it is never older than its last letter.
        return True
    stored = [case.facts.get(fact.id) for fact in spec.fact]
    answered = [one for one in stored if one is not None and one["at"] is not None]
    if len(answered) < len(stored) or answered[0]["asked_by"] != _arguments(spec, plain):
        return True
    against = any(plain.get(fact.id) in (None, False) for fact in spec.fact)
    asked = min(datetime.fromisoformat(one["asked"]) for one in answered)
    return timezone.now() - asked > (FRESH_AGAINST if against else FRESH)


def _arguments(spec: InterfaceSpec, plain: Mapping[str, Any]) -> str:
    # Only what the applicant says can change the question; facts of other departments are followed anyway.
    said = [str(plain.get(name)) for name in sorted(spec.request.values()) if name.startswith("answers.")]
    return vault().blind("arguments", "|".join(said)).hex()[:16] if said else ""


def merge(row: Case, old: Mapping[str, Fact], found: Iterable[Found]) -> tuple[dict[str, Any], bool]:
    """Gives the stored facts with the new ones in place, and whether any value changed.

    What could not be reached leaves the older value as it was, unless that value answered another
    question: a title says nothing once the lease names another dwelling.
    """
    packed, sensitive = dict(row.facts), _sensitive(row)
    changed: set[str] = set()

    def put(fact: Fact, origin: str, asked_by: str) -> None:
        packed[fact.id] = values.pack_fact(
            fact, case=row.uid, sealed=fact.id in sensitive, origin=origin, asked_by=asked_by
        )
        if fact.id not in old or old[fact.id].value != fact.value:
            changed.add(fact.id)

    unreached: list[Found] = []
    for one in found:
        before = old.get(one[0].id)
        if one[0].at is None and one[0].value is None and before is not None and before.value is not None:
            unreached.append(one)
        else:
            put(*one)
    specs = {spec.id: spec for spec in _interfaces(row)}
    while moved := [one for one in unreached if one[1] in specs and changed & set(specs[one[1]].request.values())]:
        for one in moved:
            put(*one)
        unreached = [one for one in unreached if one not in moved]
    return packed, bool(changed)


def _interfaces(case: Case) -> list[InterfaceSpec]:
    catalogue = catalogue_of(case)
    return [catalogue.get("interface", ident).spec for ident in item_of(case).interfaces]


def _sensitive(case: Case) -> set[str]:
    sealed = {fact.id for spec in _interfaces(case) for fact in spec.fact if fact.sensitive}
    return sealed | {one.id for one in catalogue_of(case).list("fact") if one.spec.sensitive}
