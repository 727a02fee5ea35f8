"""Reads the definition files of one city and lists every fault with file and line."""

from __future__ import annotations

import copy
import functools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.definitions.faults import Fault, Place, keys_of
from anjia.kernel.definitions.positions import Path as Keys
from anjia.kernel.definitions.positions import nearest, positions
from anjia.kernel.specs import KINDS

FOLDERS = ("", "facts", "rules", "items", "roles", "interfaces", "certificates", "laws", "partners", "consultation")
Lines = Callable[[], Mapping[Keys, int]]
MOST_FAULTS = 100
"""Most shape faults that are listed of one definition."""

__all__ = ["Fault", "Loaded", "decode", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read: the sound definitions and the faults of the others."""

    catalogue: Catalogue
    faults: list[Fault]


def load(folder: Path) -> Loaded:
    """Reads all definition files below `folder`; cross-references are checked by `references`."""
    definitions: list[Definition] = []
    faults: list[Fault] = []
    for path in _files(folder):
        for found in _read(path):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                definitions.append(found)
    faults += _twice(definitions)
    return Loaded(Catalogue(definitions), faults)


def decode(kind: str, content: Any, *, strict: bool = True) -> Any:
    """Gives the struct of a definition's plain content.

    Args:
        strict: False for content that came back from JSON, where dates are ISO text.

    Raises:
        msgspec.ValidationError: with the path of the wrong value in its text.
    """
    return msgspec.convert(content, KINDS[kind], strict=strict)


def _files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((folder / name).glob("*.toml")):
            # What a rule is mapped to is no definition: `anjia.rules.mapping` reads it.
            if (name or path.stem == "city") and not path.stem.startswith("mapping"):
                yield path


def _read(path: Path) -> Iterator[Definition | Fault]:
    text = path.read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        yield Fault(path, line, "toml-malformed", f"不是有效的 TOML：{error}", f"not valid TOML: {error}")
        return
    # Where things stand is asked of a file only when something in it is wrong.
    lines = functools.cache(lambda: positions(text))
    parts = content.pop("definition", None)
    if parts is None:
        yield from _one(path, lines, (), content)
        return
    for index, part in enumerate(parts):
        yield from _one(path, lines, ("definition", index), {**content, **part})


def _one(path: Path, lines: Lines, prefix: Keys, content: dict[str, Any]) -> Iterator[Definition | Fault]:
    """Gives the definition, or its faults: every unknown field, then the first other one."""
    ident, kind = str(content.get("id", "?")), content.get("kind")
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        line = nearest(lines(), (*prefix, "kind") if (*prefix, "kind") in lines() else ("kind",))
        yield Fault(path, line, "kind-unknown", f"kind 应为 {known} 之一", f"kind must be one of {known}")
        return
    whole, sound = content, True
    for _ in range(MOST_FAULTS):
        try:
            spec = decode(kind, content)
            break
        except msgspec.ValidationError as error:
            sound = False
            keys = _keys_of(error)
            line = nearest(lines(), (*prefix, *keys) if keys else (*prefix, "id"))
            yield Fault(path, line, "definition-invalid", f"{ident} 的内容不合格：{error}", f"{ident}: {error}")
            content = _without(content, keys) if "unknown field" in str(error) else {}
            if not content:
                return
    if sound:
        yield Definition(kind, spec.id, digest_of(whole), whole, spec, spec.valid_from, spec.valid_to, path)


def _keys_of(error: msgspec.ValidationError) -> Keys:
    """Gives the place of a fault; an unknown or missing field is part of it, as far as it is written."""
    text = str(error)
    where = re.search(r"`(\$.*?)`$", text)
    keys = keys_of(where[1]) if where else ()
    field = re.search(r"(?:unknown|required) field `([^`]+)`", text)
    return (*keys, field[1]) if field else keys


def _without(content: dict[str, Any], keys: Keys) -> dict[str, Any]:
    """Gives a copy of plain content without one key."""
    copied = copy.deepcopy(content)
    at: Any = copied
    for key in keys[:-1]:
        at = at[key]
    del at[keys[-1]]
    return copied


def _twice(definitions: list[Definition]) -> Iterator[Fault]:
    seen: dict[tuple[str, str, date], Definition] = {}
    for definition in definitions:
        key = (definition.kind, definition.id, definition.valid_from)
        first = seen.setdefault(key, definition)
        if first is not definition:
            yield Place(definition, last=True).fault(
                "id", "definition-twice",
                f"{definition.kind} {definition.id} 与 {first.path.name} 重复",
                f"{definition.kind} {definition.id} stands in {first.path.name} too",
            )  # fmt: skip
