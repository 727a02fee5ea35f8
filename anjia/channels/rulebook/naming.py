"""Names of facts that a rule reads, and an example's facts in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from anjia.channels.ui import rulerows
from anjia.kernel.definitions import rules
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import RuleSpec
from anjia.kernel.specs.rule import RuleExample
from anjia.rules.scene import dictionary


def names(rule: RuleSpec, catalogue: Catalogue, on: date) -> list[str]:
    """Gives every name that a rule reads, in order; those that computed facts rest on too."""
    left = [
        name
        for clause in rule.clause
        for text in (clause.applies, clause.when)
        for name in sorted(rules.names_in(text))
    ]
    derived, found = dictionary(catalogue, on).derived, dict[str, None]()
    while left:
        name = left.pop(0)
        if name not in found:
            found[name] = None
            left = sorted(derived[name].expression.names) + left if name in derived else left
    return list(found)


def told(example: RuleExample, catalogue: Catalogue) -> list[tuple[Any, Any]]:
    """Gives an example's facts as label and shown value."""
    found = [(ident, value, catalogue.find("fact", ident)) for ident, value in example.facts.items()]
    return [
        (spec.spec.label if spec else None, rulerows.shown(value, spec.spec if spec else None))
        for _, value, spec in found
    ]
