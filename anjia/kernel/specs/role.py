"""A role: what its holder may see and do, in which area, for which purposes."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from anjia.kernel.specs.text import Words


class Permit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One permission of a role.

    Attributes:
        register: name of a register or `case`, `access`, `document`, `definition`, `simulation`; `*` for all.
        actions: `read`, `open`, `answer`, `prereview`, `accept`, `examine`, `approve`, `issue` …
        scope: `own` (the actor's own person), `area` (the grant's division codes), `all`.
        fields: names of fields; `*` for all.
        purposes: ids of purposes for which the permit may be used.
    """

    register: str
    actions: tuple[str, ...]
    scope: Literal["own", "area", "all"]
    purposes: tuple[str, ...]
    fields: tuple[str, ...] = ("*",)


class RoleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role of the city (files `roles/*.toml`)."""

    kind: Literal["role"]
    id: str
    title: Words
    channel: Literal["residents", "counter", "departments", "supervision", "desk", "system"]
    valid_from: date
    permit: tuple[Permit, ...]
    tags: tuple[str, ...] = ()
    valid_to: date | None = None
