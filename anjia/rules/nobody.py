"""Why nobody of a whole city meets a rule, where the rule itself shows it."""

from __future__ import annotations

import numpy as np

from anjia.kernel.specs import FactSpec
from anjia.kernel.specs.text import Words
from anjia.rules.compiling import CompiledClause, CompiledRule
from anjia.rules.finding import CODES, Verdicts
from anjia.rules.scene import Dictionary

IN_A_CASE = ("applicant", "consent", "clerk", "case")
"""Sources of facts that come with an application; nobody can read them for a city."""

YES = CODES["yes"]
"""The bit that yes and not applicable have in common: the clause refuses nobody."""


def told_in_cases(rule: CompiledRule, verdicts: Verdicts, known: Dictionary) -> tuple[FactSpec, ...]:
    """Gives the facts, told in a case only, for which nobody can meet a rule before somebody applies.

    Empty where this does not explain it: when no clause reads such a fact, or when nobody meets the other clauses.
    Of a rule whose clauses are choices only those count that are still open to somebody.
    """
    told: dict[str, FactSpec] = {}
    left = np.ones(verdicts.rows, dtype=np.bool_)
    choices = rule.rule.reads == "first"
    for clause in rule.clauses:
        found = _told(clause, known)
        codes = verdicts.codes(rule.rule.id, clause=clause.clause.id)
        if not choices and not found:
            left &= codes & YES != 0
        elif not choices or (codes == CODES["unknown"]).any():
            told |= found
    return tuple(told.values()) if left.any() else ()


def _told(clause: CompiledClause, known: Dictionary) -> dict[str, FactSpec]:
    """Gives the facts, told in a case only, that a clause reads, by id."""
    read = {part for name in clause.reads for part in known.parts(name)}
    specs = (known.specs[name] for name in sorted(read) if name in known.specs)
    return {one.id: one for one in specs if _in_a_case(one)}


def _in_a_case(fact: FactSpec) -> bool:
    """Says whether a fact is known in a case only: also a department's that it tells person by person."""
    return fact.source in IN_A_CASE or (fact.source.startswith("interface:") and not fact.dataset_sql)


def reason(facts: tuple[FactSpec, ...]) -> Words:
    """Gives the sentence that names those facts."""
    return Words(
        zh=f"办理时才知道：{'、'.join(one.label.zh for one in facts)}",
        en=f"Known in a case only: {'; '.join(one.label.en for one in facts)}",
    )
