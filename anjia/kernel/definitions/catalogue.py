"""A set of definitions that were checked together."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from anjia.kernel.errors import AnjiaError


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of one definition.

    Attributes:
        digest: SHA-256 (hex) of the canonical JSON of `content`; it names this very text.
        content: the file as plain values.
        spec: the same as a struct of `anjia.kernel.specs`.
        path: the file it came from; layouts and texts named in it lie beside that file.
    """

    kind: str
    id: str
    digest: str
    content: Mapping[str, Any]
    spec: Any
    valid_from: date
    valid_to: date | None
    path: Path

    def holds(self, on: date | None) -> bool:
        """Says whether this version is in force on a day (None: always)."""
        if on is None:
            return True
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def digest_of(content: Mapping[str, Any]) -> str:
    """Gives the digest of a definition's content; dates count as ISO text."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


class Catalogue:
    """Definitions by kind and id; several versions of one id lie in time one after another."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_key: dict[tuple[str, str], list[Definition]] = {}
        for definition in definitions:
            self._by_key.setdefault((definition.kind, definition.id), []).append(definition)
        for versions in self._by_key.values():
            versions.sort(key=lambda version: version.valid_from, reverse=True)

    def find(self, kind: str, ident: str, on: date | None = None) -> Definition | None:
        """Gives the version in force on a day (None: the newest), or None."""
        versions = self._by_key.get((kind, ident), ())
        return next((version for version in versions if version.holds(on)), None)

    def get(self, kind: str, ident: str, on: date | None = None) -> Definition:
        """Gives the version in force on a day (None: the newest).

        Raises:
            AnjiaError: `definition-unknown` (404) when there is none.
        """
        found = self.find(kind, ident, on)
        if found is None:
            raise AnjiaError(
                "definition-unknown",
                f"目录里没有在用的“{ident}”",
                f"The catalogue has no {kind} {ident} in force",
                ("请从事项列表进入", "Start from the list of services"),
                status=404,
                kind=kind,
                id=ident,
            )
        return found

    def list(self, kind: str, on: date | None = None) -> list[Definition]:
        """Gives the versions of a kind in force on a day, ordered by id."""
        idents = sorted(ident for key, ident in self._by_key if key == kind)
        found = (self.find(kind, ident, on) for ident in idents)
        return [definition for definition in found if definition is not None]

    def all(self) -> builtins.list[Definition]:
        """Gives every version, ordered by kind, id and day."""
        rows = [version for versions in self._by_key.values() for version in versions]
        return sorted(rows, key=lambda row: (row.kind, row.id, row.valid_from))

    @cached_property
    def city(self) -> Any:
        """The spec of the one city file.

        Raises:
            AnjiaError: `definition-unknown` when nothing is published yet.
        """
        cities = self.list("city")
        return cities[0].spec if cities else self.get("city", "city").spec

    def parameters(self, on: date) -> dict[str, Any]:
        """Gives the city's parameters (`cfg.<id>` in expressions) that hold on a day."""
        return {
            parameter.id: parameter.value
            for parameter in self.city.parameter
            if parameter.valid_from <= on and (parameter.valid_to is None or on < parameter.valid_to)
        }
