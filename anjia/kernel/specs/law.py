"""A law or official text that clauses rest on: its name, when it is in force, and its text where the city has it."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec


class LawSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a text (files `laws/*.toml`); a basis names it by `name`.

    Attributes:
        id: kebab-case; versions of one text share it.
        name: as clauses cite it.
        valid_from: first day in force; `valid_to` the day after the last one.
        tag: how sure the days are, as the tag of a basis.
        text: address where people can read the real text; empty unless the city has put it there.
    """

    kind: Literal["law"]
    id: str
    name: str
    valid_from: date
    valid_to: date | None = None
    tag: str = "law*"
    text: str = ""
