"""Another city with which registrations are moved by message."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words


class PartnerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another city (files `partners/*.toml`); its address and key are the installation's, not a definition.

    Attributes:
        code: GB/T 2260 code of the city, 6 digits.
        office: who answers there, in words for the person to read.
    """

    kind: Literal["partner"]
    id: str
    code: str
    name: Words
    office: Words
    valid_from: date
    ground: tuple[Basis, ...] = ()
    tags: tuple[str, ...] = ()
    valid_to: date | None = None
