"""Evaluates an expression and keeps the value of every piece, for the explanation of a judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import OPERATORS, Facts, claim, closure, mistyped
from anjia.kernel.expressions.grammar import Expression

Tracer = Callable[[Facts], "Trace"]


class Trace(NamedTuple):
    """One piece of an expression with its value.

    Attributes:
        value: the value; None = unknown.
        text: the piece in its normal spelling.
        children: the pieces below it; literals are left out.
    """

    value: Any
    text: str
    children: tuple[Trace, ...] = ()

    def pieces(self) -> Iterator[Trace]:
        """Gives this piece and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.pieces()


def trace(expression: Expression, facts: Facts) -> Trace:
    """Gives the value of an expression with the value of each piece.

    Raises:
        AnjiaError: `fact-mistyped`, `expression-overflow` as `compile`.
    """
    try:
        return tracer(expression)(facts)
    except (TypeError, AttributeError) as error:
        raise mistyped(expression.text, error) from error


@lru_cache(maxsize=8192)
def tracer(expression: Expression) -> Tracer:
    """Gives the compiled form of `trace` for one expression."""
    return _tracer(expression.tree)


def _tracer(node: tree.Node) -> Tracer:
    if isinstance(node, tree.And):
        return _joined(node.text, node.parts, False)
    if isinstance(node, tree.Or):
        return _joined(node.text, node.parts, True)
    if isinstance(node, tree.Not):
        return _not(node)
    if isinstance(node, tree.Compare):
        return _compare(node)
    if isinstance(node, tree.Fact):
        return _leaf(node)
    return _other(node)


def _leaf(node: tree.Node) -> Tracer:
    text, value = node.text, closure(node)
    return lambda facts: Trace(value(facts), text)


def _joined(text: str, parts: tuple[tree.Node, ...], decisive: bool) -> Tracer:
    tracers, other = tuple(_tracer(part) for part in parts), not decisive

    def run(facts: Facts) -> Trace:
        children = tuple([part(facts) for part in tracers])
        result: bool | None = other
        for child in children:
            value = child.value
            if value is None:
                if result is other:
                    result = None
            elif claim(value) is decisive:
                result = decisive
        return Trace(result, text, children)

    return run


def _not(node: tree.Not) -> Tracer:
    text, operand = node.text, _tracer(node.operand)

    def run(facts: Facts) -> Trace:
        child = operand(facts)
        return Trace(None if child.value is None else not claim(child.value), text, (child,))

    return run


def _compare(node: tree.Compare) -> Tracer:
    text, holds, left = node.text, OPERATORS[node.operator], _tracer(node.left)
    if isinstance(node.right, tree.Const):
        const = node.right.value

        def run_const(facts: Facts) -> Trace:
            child = left(facts)
            return Trace(None if child.value is None else holds(child.value, const), text, (child,))

        return run_const
    right, shows_left = _tracer(node.right), not isinstance(node.left, tree.Const)

    def run(facts: Facts) -> Trace:
        first, second = left(facts), right(facts)
        known = first.value is not None and second.value is not None
        value = holds(first.value, second.value) if known else None
        return Trace(value, text, (first, second) if shows_left else (second,))

    return run


def _other(node: tree.Node) -> Tracer:
    text, value = node.text, closure(node)
    tracers = tuple(_tracer(child) for child in node.children() if not isinstance(child, tree.Const))
    return lambda facts: Trace(value(facts), text, tuple([child(facts) for child in tracers]))
