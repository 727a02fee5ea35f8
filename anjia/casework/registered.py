"""The register as a source of facts for cases."""

from __future__ import annotations

from django.utils import timezone

from anjia.kernel.specs import FactSpec
from anjia.registers import facts as register_facts
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest


class RegisterFacts:
    """Fills the port FactSource with the facts whose source is the register."""

    def facts(self, wanted: FactRequest) -> list[Fact]:
        """Gives the register's facts about the person as they are now, unknown ones too."""
        specs: list[FactSpec] = [one.spec for one in wanted.catalogue.list("fact") if one.spec.source == "register"]
        now = timezone.now()
        found = register_facts.facts_of(wanted.person, specs, wanted.on, now)
        facts = []
        for spec in specs:
            value, at = found.get(spec.id, (None, now))
            facts.append(Fact(spec.id, value, spec.source_label, at or now, None))
        return facts


def declare() -> None:
    """Makes the register a source of every case's facts."""
    ports.register_fact_source(SOURCE)


SOURCE = RegisterFacts()
