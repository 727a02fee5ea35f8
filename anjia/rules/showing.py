"""Writes a fact's value in words."""

from __future__ import annotations

from anjia.kernel.specs import FactSpec
from anjia.kernel.specs.text import Words
from anjia.rules.ports import Fact

TRUTH = {True: Words(zh="是", en="yes"), False: Words(zh="否", en="no")}
HIDDEN = Words(zh="已核验，不在此显示", en="checked, not shown here")
UNKNOWN = Words(zh="尚不清楚", en="not known yet")


def shown(fact: Fact, spec: FactSpec | None) -> Words:
    """Gives a fact's value in words; a sensitive one is not told."""
    value = fact.value
    if value is None:
        return fact.detail or UNKNOWN
    if spec is None:
        return TRUTH[value] if value.__class__ is bool else Words(zh=str(value), en=str(value))
    if spec.sensitive:
        return HIDDEN
    key = ("true" if value else "false") if value.__class__ is bool else str(value)
    if key in spec.shown:
        return spec.shown[key]
    if value.__class__ is bool:
        return TRUTH[value]
    return Words(zh=f"{key} {spec.unit}" if spec.unit else key, en=key)
