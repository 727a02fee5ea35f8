"""Writes a definition's plain content as TOML, in the shape in which people write the files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
LONG = 110


def toml(content: Mapping[str, Any]) -> str:
    """Gives the text of a definition; lists of tables that are not short stand as `[[name]]` below.

    Reading it again gives the same content; what is None is left out.
    """
    return "\n".join(_lines(content, "")).lstrip("\n") + "\n"


def _lines(content: Mapping[str, Any], prefix: str) -> Iterator[str]:
    tables = {key: value for key, value in content.items() if _is_tables(value)}
    for key, value in content.items():
        if key not in tables and value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, rows in tables.items():
        for row in rows:
            yield ""
            yield f"[[{prefix}{_key(key)}]]"
            yield from _flat(row)


def _flat(row: Mapping[str, Any]) -> Iterator[str]:
    for key, value in row.items():
        if value is None:
            continue
        if _is_tables(value) and len(_value(value)) > LONG:
            parts = ",\n  ".join(_value(one) for one in value)
            yield f"{_key(key)} = [\n  {parts},\n]"
        else:
            yield f"{_key(key)} = {_value(value)}"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(key: str) -> str:
    return key if BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)


def _text(text: str) -> str:
    # JSON's escapes are all TOML's, but TOML wants DEL escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
