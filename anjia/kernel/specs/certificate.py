"""A certificate: a sealed document made from entries as of a moment."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from anjia.kernel.specs.text import Words


class CertificateSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of document that the city issues (files `certificates/*.toml`)."""

    kind: Literal["certificate"]
    id: str
    title: Words
    layout: str
    issuer: Literal["station", "county", "city"]
    valid_from: date
    fields: tuple[str, ...] = ()
    retention: str = ""
    validity_months: int | None = None
    tags: tuple[str, ...] = ()
    note: Words | None = None
    texts: dict[str, Words] = {}
    options: dict[str, Any] = {}
    valid_to: date | None = None
