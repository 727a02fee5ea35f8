"""Changes a rule a little, one place at a time: when no example of the rule notices, the rule is not pinned down.

Each clause is negated and its `applies` dropped; each comparison is turned at its edge (`>=` to `>`, `==`
to `!=`); each literal number or day in a clause and each parameter that the rule reads moves by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import closure
from anjia.kernel.specs import RuleSpec
from anjia.rules.compiling import CompiledClause, CompiledRule, compiled, rewritten
from anjia.rules.examples import facts_of, parameters_of, rule_fault
from anjia.rules.scene import Scene, dictionary

TURNED = {">=": ">", ">": ">=", "<=": "<", "<": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one place changed.

    Attributes:
        clause: id of the changed clause, empty when a parameter is.
        change: what was changed, in code.
    """

    rule: str
    clause: str
    change: str

    def __str__(self) -> str:
        return f"{self.rule}{f'.{self.clause}' if self.clause else ''}: {self.change}"


def survivors(rule: RuleSpec, catalogue: Catalogue) -> list[Mutant]:
    """Gives the changes of a rule that none of its examples notices, in the order of its text."""
    trials = _Examples(rule, catalogue)
    found = [
        Mutant(rule.id, clause.clause.id, text)
        for place, clause in enumerate(trials.compiled.clauses)
        for text, changed in _of_clause(clause)
        if not trials.notice(place, changed)
    ]
    for name, step in trials.parameters():
        if not trials.notice_parameter(name, step):
            found.append(Mutant(rule.id, "", f"cfg.{name} {step:+d}"))
    return found


class _Examples:
    """The examples of a rule, judged once; a changed clause is judged alone."""

    def __init__(self, rule: RuleSpec, catalogue: Catalogue) -> None:
        self.compiled: CompiledRule = compiled(rule)
        self.rule = rule
        self.catalogue = catalogue
        self.scenes = [self._scene(example, {}) for example in rule.example]
        self.verdicts = [[one.verdict(scene.values) for one in self.compiled.clauses] for scene in self.scenes]

    def notice(self, place: int, changed: CompiledClause) -> bool:
        """Says whether an example fails when one clause is another one."""
        for example, scene, verdicts in zip(self.rule.example, self.scenes, self.verdicts, strict=True):
            try:
                found = [*verdicts[:place], changed.verdict(scene.values), *verdicts[place + 1 :]]
            except (AnjiaError, TypeError, AttributeError):
                return True
            if self._fails(example, found):
                return True
        return False

    def parameters(self) -> Iterator[tuple[str, int]]:
        """Gives the parameters that the rule reads, computed facts included, each with the steps to take."""
        names = {name for scene in self.scenes for name in _parameters(self.compiled, scene)}
        for name in sorted(names):
            values = [scene.given.get(f"cfg.{name}") for scene in self.scenes]
            if any(type(value) is bool for value in values):
                yield name, 1
            elif any(_moved(value, 1) is not None for value in values):
                yield from ((name, -1), (name, 1))

    def notice_parameter(self, name: str, step: int) -> bool:
        """Says whether an example fails when a parameter is greater by a step; a truth value is flipped."""
        for example in self.rule.example:
            try:
                scene = self._scene(example, {name: step})
                found = [one.verdict(scene.values) for one in self.compiled.clauses]
            except (AnjiaError, TypeError):
                return True
            if self._fails(example, found):
                return True
        return False

    def _scene(self, example: Any, steps: Mapping[str, int]) -> Scene:
        parameters = parameters_of(self.catalogue, example.facts, example.on)
        for name, step in steps.items():
            moved = _moved(parameters.get(name), step)
            if moved is not None:
                parameters[name] = moved
        return Scene(facts_of(example.facts), example.on, parameters, dictionary(self.catalogue, example.on))

    def _fails(self, example: Any, verdicts: list[str]) -> bool:
        idents = (one.clause.id for one in self.compiled.clauses)
        return (
            rule_fault(self.compiled.verdict(verdicts), dict(zip(idents, verdicts, strict=True)), example) is not None
        )


def _of_clause(clause: CompiledClause) -> Iterator[tuple[str, CompiledClause]]:
    when = clause.when.tree
    yield f"not ({when.text})", replace(clause, met=closure(tree.Not(when, text=f"not ({when.text})")))
    if clause.applies is not None:
        applies = clause.applies.tree
        yield f"without applies {applies.text}", replace(clause, counts=None)
        for text, changed in _of_tree(applies):
            yield f"applies {text}", replace(clause, counts=closure(changed))
    for text, changed in _of_tree(when):
        yield text, replace(clause, met=closure(changed))


def _of_tree(root: tree.Node) -> Iterator[tuple[str, tree.Node]]:
    for node in tree.walk(root):
        if isinstance(node, tree.Compare):
            turned = TURNED[node.operator]
            yield f"{node.text} with {turned}", _with(root, node, replace(node, operator=turned))
            yield from _literals(root, node)
        elif isinstance(node, tree.Member):
            yield f"not ({node.text})", _with(root, node, tree.Not(node, text=node.text))


def _literals(root: tree.Node, compare: tree.Compare) -> Iterator[tuple[str, tree.Node]]:
    inner = [part for part in tree.walk(compare) if isinstance(part, tree.Compare) and part is not compare]
    below = {id(part) for one in inner for part in tree.walk(one)}
    for part in tree.walk(compare):
        if isinstance(part, tree.Const) and id(part) not in below and type(part.value) is not bool:
            for step in (-1, 1):
                moved = _moved(part.value, step)
                if moved is not None:
                    text = f"{compare.text} with {moved} for {part.text}"
                    yield text, _with(root, part, replace(part, value=moved))


def _with(root: tree.Node, place: tree.Node, changed: tree.Node) -> tree.Node:
    return rewritten(root, lambda part: changed if part is place else None)


def _moved(value: Any, step: int) -> Any:
    """Gives a value moved by a step, every value of a table; None for what cannot be moved."""
    match value:
        case bool():
            return not value
        case int() | float() | Decimal():
            return value + step
        case date():
            return value + timedelta(step)
        case dict():
            moved = {key: _moved(one, step) for key, one in value.items()}
            return moved if moved and None not in moved.values() else None
    return None


def _parameters(rule: CompiledRule, scene: Scene) -> Iterator[str]:
    known = scene.dictionary.derived
    left = [name for one in rule.clauses for part in (one.applies, one.when) if part is not None for name in part.names]
    while left:
        name = left.pop()
        if name.startswith("cfg."):
            yield name.removeprefix("cfg.")
        elif name in known:
            left += known[name].expression.names
