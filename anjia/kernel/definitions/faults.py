"""A fault of a definition file, and the way from a place inside a definition to its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anjia.kernel.definitions.positions import Path as Keys
from anjia.kernel.definitions.positions import nearest, positions

if TYPE_CHECKING:
    from anjia.kernel.definitions.catalogue import Definition


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


class Place:
    """Where one definition stands in its file; gives faults with the line of a place inside it.

    Args:
        definition: as loaded; when its file is gone, all lines are 1.
        last: of several definitions with its id in the file, the last one is meant.
    """

    def __init__(self, definition: Definition, *, last: bool = False) -> None:
        path = definition.path
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        self.path = path
        self._lines = positions(text)
        valid_from = str(definition.content.get("valid_from"))
        self._prefix = prefix_of(tomllib.loads(text), definition.id, valid_from, last=last)

    def line(self, where: str, *, inside: int = 1) -> int:
        """Gives the line of a place such as `clause[1].when`, or of the nearest place around it.

        Args:
            inside: line inside a text of several lines, from 1.
        """
        return nearest(self._lines, (*self._prefix, *keys_of(where))) + inside - 1

    def fault(self, where: str, code: str, zh: str, en: str, *, inside: int = 1) -> Fault:
        """Gives a fault at a place."""
        return Fault(self.path, self.line(where, inside=inside), code, zh, en)


def keys_of(where: str) -> Keys:
    """Gives the keys of a written path: `clause[1].when`, `$.shown[...]`, `values."a.b"`."""
    found: list[str | int] = []
    for name, quoted, index in re.findall(r'([^.\[\]"$]+)|"([^"]*)"|\[(\d+|\.\.\.)\]', where):
        if index == "...":
            break
        found.append(int(index) if index else name or quoted)
    return tuple(found)


def prefix_of(content: dict[str, Any], ident: str, valid_from: str, *, last: bool = False) -> Keys:
    """Gives where a definition begins in its file: at the top or in the n-th `[[definition]]`."""
    parts = content.get("definition")
    if not isinstance(parts, list):
        return ()
    same = [n for n, part in enumerate(parts) if isinstance(part, dict) and part.get("id") == ident]
    exact = [n for n in same if str(parts[n].get("valid_from", content.get("valid_from"))) == valid_from]
    return ("definition", (exact or same or [0])[-1 if last else 0])
