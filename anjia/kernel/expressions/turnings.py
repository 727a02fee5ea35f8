"""Turns what depends on a known day into days: `months_between(since, today) >= 6` asks whether since lies before one.

The three functions that count from a day to another never grow when the first day moves on, and never
shrink when the second one does; the two that add to a day never go back. So a comparison of what they
give with something known is a comparison of the day with the last one on which it holds. That day is
looked for with the very function, by halving, so the answer is the same on 29 February and at the end
of every month. What is compared with one of several literals is compared with each, where that one counts.

`thresholds` does this for ages alone, but for a day that is not known yet, and in SQL too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.functions import DAYS, FUNCTIONS
from anjia.kernel.expressions.thresholds import FLIPPED

COUNTING = ("days_between", "months_between", "years_between")
ADDING = ("add_days", "add_months")
NOTHING = tree.Fact("", text="nothing")
"""A fact that nobody has: unknown."""


def settled(node: tree.Node, today: date) -> tree.Node:
    """Gives the tree with comparisons of a period up to, or from, today written as comparisons of days."""
    match node:
        case tree.Compare():
            return _compared(node, today) or node
        case tree.And():
            return tree.And(tuple(settled(part, today) for part in node.parts), text=node.text, at=node.at)
        case tree.Or():
            return tree.Or(tuple(settled(part, today) for part in node.parts), text=node.text, at=node.at)
        case tree.Not():
            return tree.Not(settled(node.operand, today), text=node.text, at=node.at)
        case tree.Choice():
            test, yes, no = (settled(part, today) for part in node.children())
            return tree.Choice(test, yes, no, text=node.text, at=node.at)
    return node


def _compared(node: tree.Compare, today: date) -> tree.Node | None:
    left, sign, right = node.left, node.operator, node.right
    if isinstance(left, tree.Const | tree.Choice) or _is_today(left):
        left, sign, right = right, FLIPPED[sign], left
    if isinstance(right, tree.Choice) and _is_literal(right):
        return settled(_spread(node, left, sign, right), today)
    if not isinstance(left, tree.Function):
        return None
    if left.name in COUNTING and isinstance(right, tree.Const) and type(right.value) is int:
        return _counted(node, left, sign, right.value, today)
    day = today if _is_today(right) else right.value if isinstance(right, tree.Const) else None
    count = left.arguments[-1]
    if left.name in ADDING and isinstance(count, tree.Const) and type(count.value) is int and isinstance(day, date):
        return _added(node, left, sign, count.value, day)
    return None


def _counted(node: tree.Compare, period: tree.Function, sign: str, number: int, today: date) -> tree.Node | None:
    value, (start, end) = FUNCTIONS[period.name].value, period.arguments
    if _is_today(end) and not _is_today(start):
        return _falling(node, start, sign, number, lambda day: int(value(day, today)))
    if _is_today(start) and not _is_today(end):
        # Counted from today on, the negative of the count falls as the day moves on.
        return _falling(node, end, FLIPPED[sign], -number, lambda day: -int(value(today, day)))
    return None


def _added(node: tree.Compare, sum_: tree.Function, sign: str, count: int, day: date) -> tree.Node | None:
    start, value = sum_.arguments[0], FUNCTIONS[sum_.name].value
    outside = DAYS * (1 if count < 0 else -3)

    def behind(one: date) -> int:
        found = value(one, count)
        return outside if found is None else -int(found.toordinal())

    found = _falling(node, start, FLIPPED[sign], -day.toordinal(), behind)
    if count == 0:
        return found
    # Where the sum leaves the calendar it is unknown, and so is what is asked about it.
    edge = _last(behind, outside) if count < 0 else _last(behind, -DAYS - 1)
    if edge is None:
        return found if count < 0 else None
    beyond = tree.Const(edge, text=f"date('{edge.isoformat()}')")
    operator = ">" if count < 0 else "<="
    inside = tree.Compare(operator, start, beyond, text=f"({start.text}) {operator} {beyond.text}", at=node.at)
    return tree.Choice(inside, found, NOTHING, text=f"settled {node.text}", at=node.at)


def _is_literal(node: tree.Node) -> bool:
    if isinstance(node, tree.Choice):
        return _is_literal(node.yes) and _is_literal(node.no)
    return isinstance(node, tree.Const)


def _spread(node: tree.Compare, left: tree.Node, sign: str, right: tree.Node) -> tree.Node:
    """Gives a comparison with a choice of literals as a choice of comparisons."""
    if not isinstance(right, tree.Choice):
        return tree.Compare(sign, left, right, text=f"({left.text}) {sign} ({right.text})", at=node.at)
    yes, no = (_spread(node, left, sign, part) for part in (right.yes, right.no))
    return tree.Choice(right.test, yes, no, text=f"spread ({left.text}) {sign} ({right.text})", at=node.at)


def _is_today(node: tree.Node) -> bool:
    return isinstance(node, tree.Fact) and node.name == "today"


def _falling(
    node: tree.Compare, day: tree.Node, sign: str, number: int, count: Callable[[date], int]
) -> tree.Node:
    """Gives `count(day) sign number` as comparisons of the day; count never grows as the day moves on."""
    last = {more: _last(count, number + more) for more in (0, 1)}

    def side(operator: str, more: int) -> tree.Node:
        held = last[more]
        if held is None:
            # No day reaches the number: what is asked is false, or true, of every known day.
            held, operator = date.min, "<" if operator == "<=" else ">="
        const = tree.Const(held, text=f"date('{held.isoformat()}')")
        return tree.Compare(operator, day, const, text=f"({day.text}) {operator} {const.text}", at=node.at)

    if sign in ("==", "!="):
        reached, passed = (side("<=", 0), side(">", 1)) if sign == "==" else (side(">", 0), side("<=", 1))
        joined = tree.And if sign == "==" else tree.Or
        return joined((reached, passed), text=f"equal {node.text}", at=node.at)
    return side(*{">=": ("<=", 0), ">": ("<=", 1), "<": (">", 0), "<=": (">", 1)}[sign])


def _last(count: Callable[[date], int], number: int) -> date | None:
    """Gives the last day whose count reaches a number, None when no day's does."""
    low, high = 1, DAYS + 1
    if count(date.fromordinal(low)) < number:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(date.fromordinal(middle)) >= number else (low, middle - 1)
    return date.fromordinal(low)
