"""What rules ask of others: facts from whoever knows them, evidence from whoever keeps it.

The packages to the right fill these ports in `conf`; rules know none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import InterfaceSpec, ItemSpec
from anjia.kernel.specs.text import Words


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it was found.

    Attributes:
        value: None = unknown.
        source: who says so, in words.
        at: when the source was asked or read, None when it was not.
        detail: a sentence for the person, such as why the fact is unknown.
    """

    id: str
    value: Any
    source: Words
    at: datetime | None = None
    detail: Words | None = None


@dataclass(frozen=True, slots=True)
class FactRequest:
    """What a case needs to know about a person.

    Attributes:
        interfaces: those to be asked now; empty for the register alone.
        person: subject of the person asked about.
        known: what is known already, by the names that requests use.
        on_behalf: id of the actor who asks.
        about: subject whom the register's facts are about; None = `person`, 0 = nobody is named yet.
    """

    item: ItemSpec
    catalogue: Catalogue
    interfaces: tuple[InterfaceSpec, ...]
    person: int
    case_number: str
    purpose: str
    known: Mapping[str, Any] = field(repr=False)
    on: date
    on_behalf: int | None
    about: int | None = None


class FactSource(Protocol):
    """Gives the facts it knows of a request, unknown ones too; it never raises for a silent source."""

    def facts(self, wanted: FactRequest) -> list[Fact]:
        """Gives the facts."""


class EvidenceSource(Protocol):
    """Gives what lies with a case beside its facts: sealed papers, uploads."""

    def evidence(self, case_number: str) -> list[Mapping[str, Any]]:
        """Gives the evidence of a case, oldest first."""


_facts: list[FactSource] = []
_evidence: list[EvidenceSource] = []


def register_fact_source(source: FactSource) -> None:
    """Adds a source of facts; the same one counts once."""
    if source not in _facts:
        _facts.append(source)


def register_evidence_source(source: EvidenceSource) -> None:
    """Adds a source of evidence; the same one counts once."""
    if source not in _evidence:
        _evidence.append(source)


def sources() -> Sequence[FactSource]:
    """Gives the sources of facts in the order of their registration."""
    return tuple(_facts)


def evidence_sources() -> Sequence[EvidenceSource]:
    """Gives the sources of evidence in the order of their registration."""
    return tuple(_evidence)
