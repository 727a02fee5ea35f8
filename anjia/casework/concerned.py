"""Whom a case is about: the applicant, or the person whom the item's declaration names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel.expressions import evaluate, parse
from anjia.registers import people


def person(case: Case, plain: Mapping[str, Any]) -> int | None:
    """Gives the person whom the case is about, None while the answers do not name one that the register knows.

    Args:
        plain: what expressions of the item may read.
    """
    about = item_of(case).about
    if not about:
        return case.person
    return next((who for text in about if (who := named(evaluate(parse(text), plain))) is not None), None)


def named(value: Any) -> int | None:
    """Gives the person of a value: a subject as it is, a citizen number by the register; None when unknown."""
    if value is None or isinstance(value, int):
        return value
    return people.find_by_number(str(value))
