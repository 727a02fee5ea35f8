"""The city itself: names, codes, offices and the parameters that its rules use."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that rules read as `cfg.<id>`, with the days on which it holds.

    A value is a number, a truth, a text, a day, or a table of them; a text that is a whole ISO day is a day, since
    JSON, in which definitions are published, has no days of its own.
    """

    id: str
    value: Any
    valid_from: date
    label: Words
    tag: str = "assumed"
    valid_to: date | None = None
    basis: tuple[Basis, ...] = ()

    def __post_init__(self) -> None:
        """Makes days of what came back from JSON."""
        if isinstance(self.value, str) and DAY.fullmatch(self.value):
            msgspec.structs.force_setattr(self, "value", date.fromisoformat(self.value))


class Station(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How stations are named: `{town}` is replaced by the name of the town."""

    zh: str
    en: str


class CitySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `city.toml`: everything that names the city.

    Attributes:
        code: GB/T 2260 code of the city, 6 digits.
        case_prefix: letters before a case number.
        number_prefixes: address codes of synthetic citizen numbers; must be unassigned codes.
        dataset_numbers: file of the departments → SQL of one column `no`, the citizen numbers in it.
        purposes: ids of purposes for which personal data may be used, with their words.
    """

    kind: Literal["city"]
    id: str
    code: str
    name: Words
    bureau: Words
    product: Words
    hotline: str
    case_prefix: str
    valid_from: date
    synthetic: bool
    number_prefixes: tuple[str, ...]
    station: Station
    purposes: dict[str, Words]
    parameter: tuple[Parameter, ...] = ()
    dataset_numbers: dict[str, str] = {}
    valid_to: date | None = None
