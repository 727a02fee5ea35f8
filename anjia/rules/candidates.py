"""Values of one fact that are worth trying: one of each range in which no comparison changes its answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from anjia.kernel.definitions import vocabulary
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import closure
from anjia.kernel.expressions.functions import add_days
from anjia.rules.compiling import rewritten
from anjia.rules.scene import Dictionary
from anjia.rules.trial import Trial
from anjia.rules.turning import UnsolvedError, turning_days

OTHER = "\ufffd"
"""Begins a text that differs from every one that the rules name."""

Values = Mapping[str, Any]


class Candidates:
    """Gives candidate values of the facts of a trial.

    Attributes:
        complete: False once a comparison was met for which no list of values is enough.
    """

    def __init__(self, trial: Trial, known: Dictionary, on: date) -> None:
        self.complete = True
        self._on = on
        self._trial = trial
        self._specs = known.specs
        self._pieces: dict[str, list[tree.Node]] = {}
        self._kinds: dict[str, str] = {}

    def kind(self, name: str) -> str:
        """Gives the kind of a fact: as declared, else as its value or its use tells."""
        found = self._kinds.get(name)
        if found is None:
            spec = self._specs.get(name) or self._specs.get(name.partition("(")[0] + "()")
            found = self._kinds[name] = spec.type if spec is not None else self._guessed(name)
        return found

    def of(self, name: str, values: Values) -> list[Any]:
        """Gives the values to try, the nearest to the present one first; it is not among them itself.

        Args:
            values: the present values of the other facts, tried ones too.
        """
        kind, now = self.kind(name), self._trial.values.get(name)
        if kind == "bool":
            return [value for value in (True, False) if value is not now]
        if kind == "date":
            found = self._days(name, values)
            near = now or self._on
            return sorted((day for day in found if day != now), key=lambda day: (abs((day - near).days), day))
        if kind in ("int", "decimal"):
            numbers = self._numbers(name, values, kind)
            around = now or 0
            return sorted((one for one in numbers if one != now), key=lambda one: (abs(one - around), one))
        return [text for text in self._texts(name, values) if text != now]

    def _days(self, name: str, values: Values) -> set[date]:
        found: set[date] = set()
        without = {key: value for key, value in values.items() if key != name}
        for piece in self._of_piece(name):
            try:
                found.update(turning_days(self._as_moving(piece, name), without))
            except UnsolvedError:
                self.complete = False
        before = add_days(min(found), -1) if found else None
        return {*found, *([before] if before else [])} or {self._on}

    def _as_moving(self, piece: tree.Node, name: str) -> tree.Node:
        """Gives the piece with the fact in the place of the day, and the day as it is."""

        def swap(part: tree.Node) -> tree.Node | None:
            if isinstance(part, tree.Fact) and part.name == name:
                return tree.Fact("today", text="today")
            if isinstance(part, tree.Fact) and part.name == "today":
                return tree.Const(self._on, text=self._on.isoformat())
            return None

        return rewritten(piece, swap)

    def _numbers(self, name: str, values: Values, kind: str) -> list[Any]:
        levels: set[float] = set()
        for piece in self._of_piece(name):
            try:
                levels.update(float(level) for level in _levels_in(piece, name, values))
            except UnsolvedError:
                self.complete = False
        if kind == "int":
            return sorted({math.floor(level) + step for level in levels for step in (-1, 0, 1)}) or [0]
        ordered = sorted(levels) or [0.0]
        between = [(low + high) / 2 for low, high in pairwise(ordered)]
        return [ordered[0] - 1, *ordered, *between, ordered[-1] + 1]

    def _texts(self, name: str, values: Values) -> list[Any]:
        found: dict[Any, None] = {}
        for one in self._looked_up(name):
            self._inside(one, name, values, found)
        for piece in self._of_piece(name):
            for side, other in _sides(piece):
                if not _reads(side, name):
                    continue
                if isinstance(side, tree.Fact):
                    if getattr(piece, "operator", "==") not in ("==", "!="):
                        self.complete = False
                    level = None if _reads(other, name) else closure(other)(values)
                    found.update({} if level is None else {level: None})
                else:
                    self._inside(side, name, values, found)
        fresh = OTHER
        while fresh in found:
            fresh += OTHER
        return [*found, fresh]

    def _inside(self, side: tree.Node, name: str, values: Values, found: dict[Any, None]) -> None:
        for part in tree.walk(side):
            if isinstance(part, tree.Lookup) and isinstance(part.key, tree.Fact) and part.key.name == name:
                found.update(dict.fromkeys(values.get(part.table) or {}))
            elif isinstance(part, tree.Function | tree.Choice):
                self.complete = False

    def _looked_up(self, name: str) -> Iterator[tree.Node]:
        """Gives what is asked to be known and is found in a table by a fact, as `is_known(cfg.rates[x])`."""
        for root in self._trial.trees:
            for part in tree.walk(root):
                if isinstance(part, tree.Known) and not isinstance(part.operand, tree.Fact) and _reads(part, name):
                    yield part.operand

    def _of_piece(self, name: str) -> list[tree.Node]:
        """Gives the comparisons that read a fact."""
        found = self._pieces.get(name)
        if found is None:
            parts = (part for root in self._trial.trees for part in tree.walk(root))
            found = [part for part in parts if isinstance(part, tree.Compare | tree.Member) and _reads(part, name)]
            found = list({part.text: part for part in found}.values())
            self._pieces[name] = found
        return found

    def _guessed(self, name: str) -> str:
        value = self._trial.values.get(name)
        constants = (
            part.value for piece in self._of_piece(name) for part in tree.walk(piece) if isinstance(part, tree.Const)
        )
        for one in (value, *constants):
            if one is not None:
                return vocabulary.kind_of(one)
        return "text" if self._of_piece(name) else "bool"


def is_other(value: Any) -> bool:
    """Says whether a candidate stands for any text that the rules do not name."""
    return isinstance(value, str) and value.startswith(OTHER)


def _reads(node: tree.Node, name: str) -> bool:
    return any(isinstance(part, tree.Fact) and part.name == name for part in tree.walk(node))


def _sides(piece: tree.Node) -> Iterator[tuple[tree.Node, tree.Node]]:
    if isinstance(piece, tree.Compare):
        yield from ((piece.left, piece.right), (piece.right, piece.left))
    elif isinstance(piece, tree.Member):
        for item in piece.items:
            yield from ((piece.operand, item), (item, piece.operand))


def _levels_in(piece: tree.Node, name: str, values: Values) -> Iterator[Any]:
    for side, other in _sides(piece):
        if _reads(side, name):
            if _reads(other, name):
                raise UnsolvedError
            level = closure(other)(values)
            if level is not None:
                yield from _levels(side, level, name, values)


def _levels(node: tree.Node, level: Any, name: str, values: Values) -> Iterable[Any]:
    """Gives the values of a fact at which a piece may pass a level."""
    if isinstance(level, date | str):
        raise UnsolvedError
    match node:
        case tree.Fact():
            return [level]
        case tree.Negative():
            return _levels(node.operand, -level, name, values)
        case tree.Arithmetic():
            return _levels_of_sum(node, level, name, values)
        case tree.Choice():
            branches = [part for part in (node.yes, node.no) if _reads(part, name)]
            return [one for part in branches for one in _levels(part, level, name, values)]
        case tree.Function() if node.name in ("min", "max"):
            parts = [part for part in node.arguments if _reads(part, name)]
            return [one for part in parts for one in _levels(part, level, name, values)]
        case tree.Function() if node.name == "abs":
            return [one for sign in (1, -1) for one in _levels(node.arguments[0], sign * level, name, values)]
    raise UnsolvedError


def _levels_of_sum(node: tree.Arithmetic, level: Any, name: str, values: Values) -> Iterable[Any]:
    if _reads(node.left, name) and _reads(node.right, name):
        raise UnsolvedError
    on_left = _reads(node.left, name)
    inner, still = (node.left, node.right) if on_left else (node.right, node.left)
    known = closure(still)(values)
    if known is None:
        return []
    if node.operator == "+":
        return _levels(inner, level - known, name, values)
    if node.operator == "-":
        return _levels(inner, level + known if on_left else known - level, name, values)
    if node.operator == "*" and known:
        return _levels(inner, level / known, name, values)
    if node.operator == "/" and on_left:
        return _levels(inner, level * known, name, values)
    raise UnsolvedError
