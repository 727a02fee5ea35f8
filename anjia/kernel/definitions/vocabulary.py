"""Which names an expression of a definition may use, and of which kind each is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import check, parse
from anjia.kernel.specs import ItemSpec

Kinds = dict[str, str]

FIELD_KINDS = {
    "text": "text", "number": "decimal", "choice": "text", "date": "date", "yesno": "bool", "citizen_no": "text",
    "member": "int", "members": "list", "outcome": "text", "phone": "text", "division": "text",
}  # fmt: skip
"""Type of a form's field → kind of its answer; a list is only handed on, never compared."""

CASE_KINDS = {"case.number": "text", "case.person": "int", "case.channel": "text", "case.opened_on": "date"}


def of_catalogue(catalogue: Catalogue) -> Kinds:
    """Gives the names that every expression may use: facts, parameters, the day, the outcome."""
    kinds: Kinds = {one.id: one.spec.type for one in catalogue.list("fact")}
    for city in catalogue.list("city"):
        for parameter in city.spec.parameter:
            kinds[f"cfg.{parameter.id}"] = kind_of(parameter.value)
    return {**kinds, **CASE_KINDS, "today": "date", "outcome": "text"}


def of_item(item: ItemSpec, known: Mapping[str, str]) -> Kinds:
    """Gives the names that the expressions of an item may use: its answers too."""
    kinds = dict(known)
    for topic in item.topic:
        for field in topic.field:
            kinds[f"answers.{field.id}"] = FIELD_KINDS[field.type]
            if field.type == "members":
                kinds[f"answers.{field.id}.count"] = "int"
    return kinds


def kind_of(value: Any) -> str:
    """Gives the kind of a plain value; a table is `table:text`, anything else `other`."""
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float() | Decimal():
            return "decimal"
        case date():
            return "date"
        case str():
            return "text"
        case dict():
            return f"table:{kind_of(next(iter(value.values()), ''))}"
    return "other"


def fits(value: Any, kind: str) -> bool:
    """Says whether an example's value is of a fact's kind."""
    found = kind_of(value)
    return found == kind or (found == "int" and kind == "decimal")


def expression_faults(
    place: Place, where: str, text: str, kinds: Mapping[str, str], *, result: str = "bool"
) -> list[Fault]:
    """Gives the faults of one expression, each at its own line; none for an empty text."""
    if not text:
        return []
    try:
        errors = check(parse(text), kinds, result=result)
    except AnjiaError as error:
        errors = [error]
    return [
        place.fault(where, one.code, one.message.zh, one.message.en, inside=int(one.facts.get("line", 1)))
        for one in errors
    ]
