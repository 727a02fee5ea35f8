"""Reads the definition files of one city and lists every fault with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.specs import KINDS

FOLDERS = ("", "facts", "rules", "items", "roles", "interfaces", "certificates")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a definition file; `line` counts from 1."""

    path: Path
    line: int
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.zh} / {self.en}"


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
        found = _read(path)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            definitions += found
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


def line_of(text: str, path: str) -> int:
    """Gives the line of a msgspec path (`$.clause[1].when`) in a TOML text, 1 if not found."""
    line, lines = 1, text.splitlines()
    for part in re.findall(r"([A-Za-z_]+)((?:\[(?:\d+|\.\.\.)\])?)", path):
        name, index = part
        count = int(index[1:-1]) if index[1:-1].isdigit() else 0
        pattern = re.compile(rf"\s*(\[\[?\s*([\w.]+\.)?{name}\s*\]\]?|{name}\s*=|.*[{{,]\s*{name}\s*=)")
        hits = [n for n in range(line, len(lines) + 1) if pattern.match(lines[n - 1])]
        if not hits:
            break
        line = hits[min(count, len(hits) - 1)]
    return line


def _files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((folder / name).glob("*.toml")):
            if name or path.stem == "city":
                yield path


def _read(path: Path) -> list[Definition] | Fault:
    text = path.read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 1
        return Fault(path, line, "toml-malformed", f"不是有效的 TOML：{error}", f"not valid TOML: {error}")
    parts = content.pop("definition", None)
    parts = [content] if parts is None else [{**content, **part} for part in parts]
    definitions = []
    for part in parts:
        found_one = _one(path, text, part)
        if isinstance(found_one, Fault):
            return found_one
        definitions.append(found_one)
    return definitions


def _one(path: Path, text: str, content: dict[str, Any]) -> Definition | Fault:
    kind = content.get("kind")
    start = _start_of(text, content)
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        return Fault(path, start, "kind-unknown", f"kind 应为 {known} 之一", f"kind must be one of {known}")
    try:
        spec = decode(kind, content)
    except msgspec.ValidationError as error:
        where = re.search(r"`(\$.*)`", str(error))
        line = line_of(text, where[1]) if where else start
        return Fault(
            path, max(line, start if line == 1 else line), "definition-invalid",
            f"{content.get('id', '?')} 的内容不合格：{error}", f"{content.get('id', '?')}: {error}",
        )  # fmt: skip
    return Definition(
        kind, spec.id, digest_of(content), content, spec, spec.valid_from, spec.valid_to, path
    )


def _start_of(text: str, content: dict[str, Any]) -> int:
    ident = re.escape(str(content.get("id", "")))
    found = re.search(rf'^\s*id\s*=\s*"{ident}"', text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1


def _twice(definitions: list[Definition]) -> Iterator[Fault]:
    seen: dict[tuple[str, str, date], Definition] = {}
    for definition in definitions:
        key = (definition.kind, definition.id, definition.valid_from)
        first = seen.setdefault(key, definition)
        if first is not definition:
            yield Fault(
                definition.path, 1, "definition-twice",
                f"{definition.kind} {definition.id} 与 {first.path.name} 重复",
                f"{definition.kind} {definition.id} stands in {first.path.name} too",
            )  # fmt: skip
