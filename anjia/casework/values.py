"""Values at rest in a case: plain JSON, or encrypted and bound to the case and the name."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from anjia.kernel.specs.text import Words
from anjia.kernel.vault import vault
from anjia.rules.ports import Fact

TABLE = "casework_case"


def pack(value: Any, *, case: uuid.UUID, name: str, sealed: bool) -> dict[str, Any]:
    """Gives the stored form of one value.

    Args:
        case: uid of the case; a sealed value moved to another case or name does not open.
        sealed: True for numbers of persons and phones.
    """
    kind, text = _text(value)
    if value is None:
        return {"kind": "none"}
    if sealed:
        stored = vault().encrypt(f"{kind}:{text}", f"{TABLE}:{name}", case)
        return {"sealed": base64.b64encode(stored).decode()}
    return {"kind": kind, "value": text}


def unpack(stored: Mapping[str, Any], *, case: uuid.UUID, name: str) -> Any:
    """Gives the value of a stored form, None for unknown."""
    if "sealed" in stored:
        clear = vault().decrypt(base64.b64decode(stored["sealed"]), f"{TABLE}:{name}", case)
        kind, _, text = clear.partition(":")
        return _value(kind, text)
    return _value(stored["kind"], stored.get("value", ""))


def pack_fact(fact: Fact, *, case: uuid.UUID, sealed: bool, origin: str, asked_by: str) -> dict[str, Any]:
    """Gives the stored form of a fact with its source, moment and words.

    Args:
        origin: interface that was asked, or `register`.
        asked_by: blind digest of the arguments, so that a changed answer asks again.
    """
    return {
        **pack(fact.value, case=case, name=fact.id, sealed=sealed),
        "source": [fact.source.zh, fact.source.en],
        "at": fact.at.isoformat() if fact.at else None,
        "detail": [fact.detail.zh, fact.detail.en] if fact.detail else None,
        "asked": timezone.now().isoformat(),
        "origin": origin,
        "asked_by": asked_by,
    }


def unpack_fact(name: str, stored: Mapping[str, Any], *, case: uuid.UUID) -> Fact:
    """Gives the fact of a stored form."""
    detail = stored["detail"]
    return Fact(
        id=name,
        value=unpack(stored, case=case, name=name),
        source=Words(*stored["source"]),
        at=datetime.fromisoformat(stored["at"]) if stored["at"] else None,
        detail=Words(*detail) if detail else None,
    )


def _text(value: Any) -> tuple[str, str]:
    match value:
        case bool():
            return "bool", "true" if value else "false"
        case int():
            return "int", str(value)
        case Decimal() | float():
            return "decimal", str(value)
        case date():
            return "date", value.isoformat()
        case list():
            return "list", ",".join(str(one) for one in value)
        case None:
            return "none", ""
    return "text", str(value)


def _value(kind: str, text: str) -> Any:
    match kind:
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case "list":
            return [int(one) for one in text.split(",") if one]
        case "none":
            return None
    return text
