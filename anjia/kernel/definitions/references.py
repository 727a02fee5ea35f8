"""Checks a catalogue as a whole: every name used is declared, every expression can be read.

Each fault is listed with file and line; none hides another. The examples need a judge and are run by
`anjia.rules.examples`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from anjia.kernel.definitions import facts, items, rules, soundness, vocabulary
from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.specs import CertificateSpec, CitySpec, RoleSpec

ACTIONS = frozenset({
    "read", "open", "answer", "submit", "withdraw", "prereview", "accept", "examine", "approve", "issue", "show",
    "count", "review", "search", "release", "export", "list", "draft", "publish", "simulate", "name", "deliver",
    "report",
})  # fmt: skip
"""What a role's permit may allow."""

REGISTERS = frozenset({
    "person", "identity", "particulars", "condition", "status", "kinship", "household", "membership", "residence",
    "place", "division", "stay", "permit", "card", "case", "consent", "document", "notice", "access", "move", "rule",
    "definition", "simulation",
})  # fmt: skip
"""What a role's permit may be about."""


@dataclass(frozen=True)
class Known:
    """What code declares and definitions may name; None leaves that kind of name unchecked.

    Attributes:
        operations: register operation → names of its arguments.
        effects: names of effects that have a handler.
    """

    catalogue: Catalogue
    operations: Mapping[str, Collection[str]] | None = None
    effects: Collection[str] | None = None

    @cached_property
    def kinds(self) -> vocabulary.Kinds:
        """Names that every expression may use."""
        return vocabulary.of_catalogue(self.catalogue)

    @cached_property
    def purposes(self) -> Collection[str]:
        """Purposes that the city declares."""
        return self.catalogue.list("city")[0].spec.purposes if self.catalogue.list("city") else ()


def check(
    catalogue: Catalogue,
    *,
    operations: Mapping[str, Collection[str]] | None = None,
    effects: Collection[str] | None = None,
) -> list[Fault]:
    """Gives every fault of a catalogue, ordered by file and line.

    Args:
        operations: register operation → names of its arguments; None leaves them unchecked.
        effects: names of effects; None leaves them unchecked.
    """
    known = Known(catalogue, operations, effects)
    found = {fault for definition in catalogue.all() for fault in _of(definition, known)}
    return sorted(found, key=lambda fault: (str(fault.path), fault.line, fault.code, fault.en))


def of_one(definition: Definition, known: Known) -> list[Fault]:
    """Gives the faults of one definition of a catalogue, by line."""
    return sorted(set(_of(definition, known)), key=lambda fault: (fault.line, fault.code, fault.en))


def _of(definition: Definition, known: Known) -> Iterator[Fault]:
    place = Place(definition)
    yield from soundness.faults(definition, place)
    spec = definition.spec
    match definition.kind:
        case "rule":
            yield from rules.faults(spec, place, known)
        case "fact":
            yield from facts.fact_faults(spec, place, known)
        case "interface":
            yield from facts.interface_faults(spec, place, known)
        case "item":
            yield from items.faults(spec, place, known)
        case "role":
            yield from _role(spec, place, known)
        case "certificate":
            yield from _certificate(spec, place, definition)
        case "city":
            yield from _city(spec, place)


def unknown(place: Place, where: str, kind: str, name: str) -> Fault:
    """Gives the fault of a name that nobody declares."""
    return place.fault(where, f"{kind}-unknown", f"没有登记过“{name}”", f"there is no {kind} {name}")


def _role(role: RoleSpec, place: Place, known: Known) -> Iterator[Fault]:
    for index, permit in enumerate(role.permit):
        where = f"permit[{index}]"
        for number, purpose in enumerate(permit.purposes):
            if purpose not in known.purposes and purpose != "*":
                yield unknown(place, f"{where}.purposes[{number}]", "purpose", purpose)
        for number, action in enumerate(permit.actions):
            if action not in ACTIONS and action != "*":
                yield unknown(place, f"{where}.actions[{number}]", "action", action)
        if permit.register not in REGISTERS and permit.register != "*":
            yield unknown(place, f"{where}.register", "register", permit.register)


def _certificate(certificate: CertificateSpec, place: Place, definition: Definition) -> Iterator[Fault]:
    if not (definition.path.parent / certificate.layout).is_file():
        yield unknown(place, "layout", "layout", certificate.layout)


def _city(city: CitySpec, place: Place) -> Iterator[Fault]:
    for index, one in enumerate(city.parameter):
        for other in city.parameter[:index]:
            ends_before = other.valid_to is not None and other.valid_to <= one.valid_from
            starts_after = one.valid_to is not None and one.valid_to <= other.valid_from
            if one.id == other.id and not (ends_before or starts_after):
                yield place.fault(
                    f"parameter[{index}].id", "parameter-twice",
                    f"参数 {one.id} 同一天有两个值", f"parameter {one.id} has two values on the same day",
                )  # fmt: skip
