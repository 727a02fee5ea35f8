"""The register as a source of facts for cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from anjia.kernel.specs import FactSpec
from anjia.kernel.specs.text import Words
from anjia.registers import facts as register_facts
from anjia.registers import people
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest

NOT_HERE = Words("本市登记簿中没有此人", "The register here does not know this person")


class RegisterFacts:
    """Fills the port FactSource with the facts whose source is the register."""

    def facts(self, wanted: FactRequest) -> list[Fact]:
        """Gives the register's facts about whom the case is about as they are now, unknown ones too."""
        specs: list[FactSpec] = [one.spec for one in wanted.catalogue.list("fact") if one.spec.source == "register"]
        who, now = wanted.person if wanted.about is None else wanted.about, timezone.now()
        found = register_facts.facts_of(who, specs, wanted.on, now)
        facts = []
        for spec in specs:
            value, at = found.get(spec.id, (None, now))
            facts.append(Fact(spec.id, value, spec.source_label, at or now, None))
        return facts


def of_others(wanted: FactRequest, known: Mapping[str, Any]) -> list[Fact]:
    """Gives the register's facts about other persons of the case, once a fact holds their citizen number.

    Args:
        known: what is known now, the answers of this very round too.
    """
    specs: dict[str, list[FactSpec]] = {}
    for one in wanted.catalogue.list("fact"):
        kind, _, whose = one.spec.source.partition(":")
        if kind == "register" and whose and known.get(whose):
            specs.setdefault(whose, []).append(one.spec)
    facts = []
    for whose, own in specs.items():
        person, now = people.find_by_number(str(known[whose])), timezone.now()
        found = register_facts.facts_of(person, own, wanted.on, now) if person is not None else {}
        for spec in own:
            value, at = found.get(spec.id, (None, now))
            facts.append(Fact(spec.id, value, spec.source_label, at, None if person is not None else NOT_HERE))
    return facts


def declare() -> None:
    """Makes the register a source of every case's facts."""
    ports.register_fact_source(SOURCE)


SOURCE = RegisterFacts()
