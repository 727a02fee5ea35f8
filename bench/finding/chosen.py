"""The set of rules, and the facts that they read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.loading import load
from anjia.kernel.specs import FactSpec, RuleSpec
from anjia.rules.compiling import compiled
from anjia.rules.scene import dictionary

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "cities" / "zibo"
ON = date(2026, 10, 31)
RULES = (
    "R-02", "R-03", "R-04-home", "R-04-job", "R-04-study", "R-06", "R-07", "R-09", "R-24",
    "E-01", "E-02", "E-02-permit", "E-03-A", "E-04", "E-05", "E-07", "E-07-benefit", "E-08", "E-09", "E-10", "E-11",
)  # fmt: skip
"""Permits of residence (R) and benefits and services (E), as the city declares them."""


def catalogue() -> Catalogue:
    """Gives the definitions of the city."""
    return load(CITY).catalogue


def rules(known: Catalogue) -> list[RuleSpec]:
    """Gives the rules of the set."""
    return [known.get("rule", ident, ON).spec for ident in RULES]


def facts(known: Catalogue, chosen: Sequence[RuleSpec]) -> dict[str, FactSpec]:
    """Gives the facts that rules rest on, computed ones as what computes them."""
    words = dictionary(known, ON)
    reads = (name for rule in chosen for clause in compiled(rule).clauses for name in clause.reads)
    return {part: words.specs[part] for part in sorted({part for name in reads for part in words.parts(name)})}
