"""A rule in force on a day, judged over plain facts."""

from __future__ import annotations

from datetime import date
from typing import Any

from anjia.kernel.definitions import publishing
from anjia.rules import examples


def judged_on(ident: str, values: dict[str, Any], on: date) -> str:
    """Gives the verdict by the text of that day."""
    catalogue = publishing.in_force()
    return examples.judged(catalogue.get("rule", ident, on).spec, catalogue, values, on).verdict
