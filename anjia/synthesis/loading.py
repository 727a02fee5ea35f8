"""Turns a part of a town into what COPY takes: subjects, acts with their leaves, entries with encrypted numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anjia.kernel.vault import Vault, vault
from anjia.registers.bulk import leaves, sealing
from anjia.registers.bulk.columns import Entries
from anjia.registers.bulk.leaves import Written
from anjia.synthesis import acts
from anjia.synthesis.events import Acts
from anjia.synthesis.parts import Numbers
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was written.

    Attributes:
        residents: persons who live in the town today, registered there or not.
        registered: persons with an open registration.
        dead, departed: persons whom the register keeps as such.
        entries: rows by register.
    """

    residents: int
    persons: int
    registered: int
    dead: int
    departed: int
    households: int
    dwellings: int
    acts: int
    entries: Mapping[str, int]

    def plus(self, other: Loaded) -> Loaded:
        """Gives both together."""
        entries = {name: count + other.entries.get(name, 0) for name, count in self.entries.items()}
        counts = (getattr(self, name) + getattr(other, name) for name in COUNTS)
        return Loaded(*counts, entries)

    def to_json(self) -> dict[str, Any]:
        """Gives the counts as plain values."""
        return {**{name: getattr(self, name) for name in COUNTS}, "entries": dict(self.entries)}


COUNTS = ("residents", "persons", "registered", "dead", "departed", "households", "dwellings", "acts")


def written(
    town: Town, made: Registers, numbered: Acts, numbers: Numbers, actor: int, rng: np.random.Generator
) -> list[Written]:
    """Gives the rows of a part: subjects, acts and the entries of all registers.

    The numbers are encrypted with the keys of this installation, so the stored bytes differ between
    two runs while everything else is the same.
    """
    tables = [acts.entries(one, numbered, numbers.of(name)) for name, one in made.tables.items()]
    tables = [encrypted(one, vault(), rng) if one.register == "identity" else one for one in tables]
    station = acts.stations(town, made, numbered)
    done = acts.bulk(town, numbered, station, numbers.act, actor, rng)
    return [_subjects(made), *leaves.write(done, tables)]


def encrypted(table: Entries, keys: Vault, rng: np.random.Generator) -> Entries:
    """Gives entries of identities whose `text` gave way to ciphertext, blind index, key and row uuid."""
    kinds, texts = table.columns["kind"].tolist(), table.columns["text"].tolist()
    columns = {name: column for name, column in table.columns.items() if name != "text"}
    return replace(table, columns={**columns, **sealing.sealed(keys, kinds, texts, rng.bytes(16 * len(texts)))})


def digest(town: Town, made: Registers, besides: bytes = b"") -> bytes:
    """Gives the SHA-256 over everything that will be written except what the keys of an installation change.

    Args:
        besides: more to cover.
    """
    numbered = acts.number(town, made)
    found = [numbered.at, town.events.kind[numbered.event]]
    for table in made.tables.values():
        found += [table.subject, table.valid_from, table.valid_to, numbered.number[table.opened], table.closed]
        found += table.columns.values()
    return leaves.content([*found, np.frombuffer(besides, dtype=np.uint8)])


def _subjects(made: Registers) -> Written:
    keys = made.keys
    kinds = (("P", keys.person[keys.person >= 0]), ("H", keys.household[keys.own]), ("L", keys.dwelling))
    rows = [f"{subject}\t{kind}\n" for kind, subjects in kinds for subject in subjects.tolist()]
    return Written("kernel_subject", ("id", "kind"), "".join(rows).encode(), len(rows))
