"""Compiles an expression to closures: one answer for one mapping of facts, in about a microsecond.

Numbers: whole numbers are exact within 64 bits, more is an error; `/` gives a decimal; decimals are
IEEE doubles (a `Decimal` fact is converted); `a // b` is floor(a / b) and `a % b` is a - b * (a // b).
Division by zero is unknown. Texts compare by code point.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.functions import FUNCTIONS
from anjia.kernel.expressions.grammar import Expression

Facts = Mapping[str, Any]
Closure = Callable[[Facts], Any]

MOST = 2**63 - 1
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@lru_cache(maxsize=8192)
def compile(expression: Expression) -> Closure:
    """Gives a function from facts to the value (None = unknown).

    Args:
        expression: what `parse` gave.

    Returns:
        A function that raises `fact-mistyped` when a fact has the wrong type for what is asked of
        it, and `expression-overflow` when a whole number leaves 64 bits.
    """
    inner = closure(expression.tree)

    def run(facts: Facts) -> Any:
        try:
            return inner(facts)
        except (TypeError, AttributeError) as error:
            raise mistyped(expression.text, error) from error

    return run


def evaluate(expression: Expression, facts: Facts) -> Any:
    """Gives the value of an expression over facts; a fact that is absent or None is unknown."""
    return compile(expression)(facts)


def mistyped(text: str, error: Exception) -> AnjiaError:
    """Gives the error for a fact whose type does not fit the expression."""
    return AnjiaError(
        "fact-mistyped",
        f"“{text}”中某个事实的类型不对",
        f"A fact in “{text}” has the wrong type",
        ("请核对事实的定义和来源的数据", "Check the fact's definition and the data of its source"),
        status=500,
        expression=text,
        reason=str(error),
    )


def overflow() -> AnjiaError:
    """Gives the error for a whole number beyond 64 bits."""
    return AnjiaError(
        "expression-overflow",
        "计算结果超出整数范围",
        "A result is beyond the range of whole numbers",
        ("请核对参与计算的事实", "Check the facts that were computed with"),
    )


def closure(node: tree.Node) -> Closure:
    """Gives the closure of one node."""
    return _MAKERS[type(node)](node)


def arithmetic(sign: str, left: Any, right: Any) -> Any:
    """Gives `left sign right` for two known numbers, None when the divisor is zero."""
    if type(left) is int and type(right) is int and sign != "/":
        return _whole(sign, left, right)
    if not (type(left) in _NUMBERS and type(right) in _NUMBERS):
        raise TypeError(f"{left!r} {sign} {right!r}")
    return _decimal(sign, float(left), float(right))


def _whole(sign: str, left: int, right: int) -> int | None:
    if sign == "+":
        result = left + right
    elif sign == "-":
        result = left - right
    elif sign == "*":
        result = left * right
    elif right == 0:
        return None
    else:
        result = left // right if sign == "//" else left % right
    if not -MOST <= result <= MOST:
        raise overflow()
    return result


def _decimal(sign: str, left: float, right: float) -> float | None:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if right == 0:
        return None
    if sign == "/":
        return left / right
    whole = float(math.floor(left / right))
    return whole if sign == "//" else left - right * whole


_NUMBERS = frozenset({int, float, Decimal})


def _const(node: tree.Const) -> Closure:
    value = node.value
    return lambda facts: value


def _fact(node: tree.Fact) -> Closure:
    name = node.name

    def run(facts: Facts) -> Any:
        value = facts.get(name)
        return float(value) if value.__class__ is Decimal else value

    return run


def _lookup(node: tree.Lookup) -> Closure:
    table, key = node.table, closure(node.key)

    def run(facts: Facts) -> Any:
        entries, at = facts.get(table), key(facts)
        return None if entries is None or at is None else entry(entries, at)

    return run


def entry(entries: Mapping[Any, Any], key: Any) -> Any:
    """Gives what a table holds under a key; numbers and truth values also match their text."""
    text = str(key).lower() if isinstance(key, bool) else str(key)
    found = entries[key] if key in entries else entries.get(text)
    return float(found) if isinstance(found, Decimal) else found


def _function(node: tree.Function) -> Closure:
    value = FUNCTIONS[node.name].value
    arguments = tuple(closure(argument) for argument in node.arguments)
    if len(arguments) != 2:
        return _function_of_many(value, arguments)
    first, second = arguments

    def run(facts: Facts) -> Any:
        left, right = first(facts), second(facts)
        return None if left is None or right is None else value(left, right)

    return run


def _function_of_many(value: Callable[..., Any], arguments: tuple[Closure, ...]) -> Closure:
    def run(facts: Facts) -> Any:
        values = [argument(facts) for argument in arguments]
        return None if None in values else value(*values)

    return run


def _known(node: tree.Known) -> Closure:
    operand = closure(node.operand)
    return lambda facts: operand(facts) is not None


def _negative(node: tree.Negative) -> Closure:
    operand = closure(node.operand)

    def run(facts: Facts) -> Any:
        value = operand(facts)
        return None if value is None else arithmetic("-", 0, value)

    return run


def _arithmetic(node: tree.Arithmetic) -> Closure:
    sign, first, second = node.operator, closure(node.left), closure(node.right)

    def run(facts: Facts) -> Any:
        left, right = first(facts), second(facts)
        return None if left is None or right is None else arithmetic(sign, left, right)

    return run


def _compare(node: tree.Compare) -> Closure:
    holds, first, second = OPERATORS[node.operator], closure(node.left), closure(node.right)
    if isinstance(node.right, tree.Const):
        return _compare_const(holds, first, node.right.value)

    def run(facts: Facts) -> Any:
        left, right = first(facts), second(facts)
        return None if left is None or right is None else holds(left, right)

    return run


def _compare_const(holds: Callable[[Any, Any], Any], first: Closure, right: Any) -> Closure:
    def run(facts: Facts) -> Any:
        left = first(facts)
        return None if left is None else holds(left, right)

    return run


def _member(node: tree.Member) -> Closure:
    operand, items = closure(node.operand), tuple(closure(item) for item in node.items)
    if all(isinstance(item, tree.Const) for item in node.items):
        return _member_of(
            operand, frozenset(item.value for item in node.items if isinstance(item, tree.Const))
        )

    def run(facts: Facts) -> Any:
        value = operand(facts)
        if value is None:
            return None
        values = [item(facts) for item in items]
        return (
            True
            if value in [other for other in values if other is not None]
            else None
            if None in values
            else False
        )

    return run


def _member_of(operand: Closure, values: frozenset[Any]) -> Closure:
    def run(facts: Facts) -> Any:
        value = operand(facts)
        return None if value is None else value in values

    return run


def _not(node: tree.Not) -> Closure:
    operand = closure(node.operand)

    def run(facts: Facts) -> Any:
        value = operand(facts)
        return None if value is None else not claim(value)

    return run


def claim(value: Any) -> bool:
    """Gives a value that must be true or false as it is.

    Raises:
        TypeError: when it is anything else; only truth values can be joined by and, or, not.
    """
    if value is True or value is False:
        return bool(value)
    raise TypeError(f"not a truth value: {value!r}")


def _and(node: tree.And) -> Closure:
    return _joined(node.parts, False)


def _or(node: tree.Or) -> Closure:
    return _joined(node.parts, True)


def _joined(parts: tuple[tree.Node, ...], decisive: bool) -> Closure:
    closures, other = tuple(closure(part) for part in parts), not decisive

    def run(facts: Facts) -> Any:
        result: bool | None = other
        for part in closures:
            value = part(facts)
            if value is decisive:
                return value
            if value is None:
                result = None
            elif value is not other:
                claim(value)
        return result

    return run


def _choice(node: tree.Choice) -> Closure:
    test, yes, no = closure(node.test), closure(node.yes), closure(node.no)

    def run(facts: Facts) -> Any:
        value = test(facts)
        if value is None:
            return None
        return yes(facts) if claim(value) else no(facts)

    return run


_MAKERS: dict[type[tree.Node], Callable[[Any], Closure]] = {
    tree.Const: _const,
    tree.Fact: _fact,
    tree.Lookup: _lookup,
    tree.Function: _function,
    tree.Known: _known,
    tree.Negative: _negative,
    tree.Arithmetic: _arithmetic,
    tree.Compare: _compare,
    tree.Member: _member,
    tree.Not: _not,
    tree.And: _and,
    tree.Or: _or,
    tree.Choice: _choice,
}
