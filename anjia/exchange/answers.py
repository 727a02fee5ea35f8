"""Reading a department's answer: strictly by the declared fields, everything else dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from anjia.kernel.specs.interface import InterfaceFact, InterfaceSpec, RecordField

TEXT_LIMIT = 500
PRINTABLE = r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
"""Control characters are refused: PostgreSQL stores no NUL, and no register holds a line break."""

TYPES: Mapping[str, Any] = {
    "bool": bool,
    "int": Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)],
    "decimal": Decimal,
    "text": Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT, pattern=PRINTABLE)],
    "date": date,
}


class MalformedError(ValueError):
    """An answer that does not keep to the definition; the text names the place, never the value."""


class _Envelope(msgspec.Struct, frozen=True):
    request_id: str
    answered_at: Annotated[datetime, msgspec.Meta(tz=True)]
    found: bool
    serial: Annotated[str, msgspec.Meta(max_length=100, pattern=PRINTABLE)]
    record: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says: the facts it settles (unknown ones are absent), when and under which serial."""

    found: bool
    facts: dict[str, Any]
    answered_at: datetime
    serial: str


def read(interface: InterfaceSpec, request_id: str, body: bytes) -> Reading:
    """Reads the JSON of an answer to the request with this id.

    Raises:
        MalformedError: not JSON, an answer to another request, a declared field that is absent or
            of another type.
    """
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedError(_place(error)) from error
    if envelope.request_id != request_id:
        raise MalformedError("request_id: answer to another request")
    if envelope.found is (envelope.record is None):
        raise MalformedError("record: does not fit `found`")
    if envelope.record is None:
        facts = {fact.id: fact.not_found for fact in interface.fact if fact.not_found is not None}
    else:
        values = {field.id: _value(field, envelope.record) for field in interface.field}
        settled = ((fact.id, _fact(fact, values)) for fact in interface.fact)
        facts = {ident: value for ident, value in settled if value is not None}
    return Reading(envelope.found, facts, envelope.answered_at, envelope.serial)


def _fact(fact: InterfaceFact, values: Mapping[str, Any]) -> Any:
    return True if fact.found else values[fact.field]


def _value(field: RecordField, record: Mapping[str, Any]) -> Any:
    value: Any = record
    for part in field.path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        if field.optional:
            return None
        raise MalformedError(f"{field.path}: missing")
    try:
        converted = msgspec.convert(value, TYPES[field.type], strict=True)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{field.path}: not of type {field.type}") from error
    if isinstance(converted, Decimal) and not converted.is_finite():
        raise MalformedError(f"{field.path}: not of type {field.type}")
    return converted


def _place(error: Exception) -> str:
    # The text of a decoder may quote the value; only the path behind " - at `" is kept.
    where = str(error).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(error) else "not JSON"
    return where or "$"
