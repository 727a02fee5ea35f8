"""What is known when a rule is judged: facts, the day, the city's parameters, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Closure, Expression, compile, parse, tree
from anjia.kernel.specs import FactSpec, LawSpec
from anjia.kernel.specs.text import Words
from anjia.rules.ports import Fact

COMPUTED = Words(zh="由其他事实计算", en="Computed from other facts")
NOT_ASKED = Words(zh="还没有查到", en="Not found yet")
ANSWERED = Words(zh="申请人填写", en="Answered by the applicant")
OURS = ("today", "outcome")


@dataclass(frozen=True, slots=True)
class Derivation:
    """A fact that follows from others."""

    id: str
    expression: Expression
    value: Closure


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The facts that a catalogue declares on a day.

    Attributes:
        derived: computed facts by id, each after those that it rests on.
        told: kept by `explaining`: id of a compiled clause → the clause, and what it always says.
        laws: texts in force on the day, by the name under which clauses cite them.
        moving: kept by `turning`: texts of a clause → its expressions that depend on the day.
    """

    specs: Mapping[str, FactSpec]
    derived: Mapping[str, Derivation]
    moving: dict[tuple[str, str], tuple[tree.Node, ...]] = field(default_factory=dict, compare=False, repr=False)
    told: dict[int, tuple[object, dict[str, Any]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    laws: Mapping[str, LawSpec] = field(default_factory=dict, compare=False, repr=False)

    def parts(self, name: str) -> tuple[str, ...]:
        """Gives the facts on which a fact rests: itself when it is not computed."""
        found = self.derived.get(name)
        if found is None:
            return (name,)
        names = sorted(part for part in found.expression.names if not is_ours(part))
        return tuple(base for part in names for base in self.parts(part))


NO_DICTIONARY = Dictionary({}, {})


@lru_cache(maxsize=128)
def dictionary(catalogue: Catalogue, on: date) -> Dictionary:
    """Gives the dictionary of facts of a catalogue on a day, ready to compute."""
    specs = {one.id: one.spec for one in catalogue.list("fact", on)}
    left = {ident: parse(spec.expression) for ident, spec in specs.items() if spec.source == "derived"}
    derived: dict[str, Derivation] = {}
    while left:
        ready = [ident for ident, expression in left.items() if not expression.names & left.keys()]
        if not ready:
            break
        for ident in ready:
            expression = left.pop(ident)
            derived[ident] = Derivation(ident, expression, compile(expression))
    laws = {one.spec.name: one.spec for one in catalogue.list("law", on)}
    return Dictionary(specs, derived, {}, {}, laws)


def is_ours(name: str) -> bool:
    """Says whether a name is the day, the outcome or a parameter, and no fact."""
    return name in OURS or name.startswith("cfg.")


class Scene:
    """Facts on one day with everything that follows from them.

    Args:
        facts: by id; a fact that is absent or None is unknown.
        extra: values beside the facts, by name (`answers.<field>`, `outcome`).
    """

    __slots__ = ("_given", "dictionary", "facts", "on", "values")

    def __init__(
        self,
        facts: Mapping[str, Fact],
        on: date,
        parameters: Mapping[str, Any],
        known: Dictionary = NO_DICTIONARY,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        given = {name: fact.value for name, fact in facts.items() if fact.value is not None}
        for name, value in parameters.items():
            given[f"cfg.{name}"] = value
        if extra:
            given.update(extra)
        self.facts = facts
        self.on = on
        self.dictionary = known
        self._given = given
        self.values = self.at(on)

    def at(self, day: date) -> dict[str, Any]:
        """Gives the values as they would be on another day, everything but time left as it is."""
        values = dict(self._given)
        values["today"] = day
        for one in self.dictionary.derived.values():
            if one.id not in values:
                value = one.value(values)
                if value is not None:
                    values[one.id] = value
        return values

    @property
    def given(self) -> Mapping[str, Any]:
        """What was given by name, facts that were found and parameters; what follows from it is not in it."""
        return self._given

    def fact(self, name: str) -> Fact:
        """Gives a fact by its name: found, computed, or unknown with the source that would know it."""
        found = self.facts.get(name)
        value = self.values.get(name)
        if found is not None and (found.value is not None or value is None):
            return found
        spec = self.dictionary.specs.get(name)
        if spec is not None and spec.source == "derived":
            return Fact(name, value, spec.source_label, self._latest(name))
        if value is not None:
            return Fact(name, value, ANSWERED if name.startswith("answers.") else COMPUTED)
        return Fact(name, None, NOT_ASKED if spec is None else spec.source_label)

    def _latest(self, name: str) -> datetime | None:
        moments = [
            fact.at
            for part in self.dictionary.parts(name)
            if (fact := self.facts.get(part)) is not None and fact.at is not None
        ]
        return max(moments, default=None)
