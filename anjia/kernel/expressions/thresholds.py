"""Turns ages into birth-date thresholds: `years_since(born) >= 80` asks whether born lies before a day.

Columns and SQL then compare a date with one day, which needs no arithmetic per row and can use an
index. The answer is the same, because the last birth date of a full n years is `add_months(on, -12 n)`.
"""

from __future__ import annotations

from dataclasses import replace

from anjia.kernel.expressions import tree

MOST_YEARS = 400
"""Ages beyond this are left as they are, so that the threshold stays inside the calendar."""

FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def rewrite(node: tree.Node) -> tree.Node:
    """Gives the tree with comparisons of an age against today written as comparisons of birth dates."""
    if isinstance(node, tree.Compare):
        return _threshold(node) or node
    if isinstance(node, tree.And | tree.Or):
        return replace(node, parts=tuple(rewrite(part) for part in node.parts))
    if isinstance(node, tree.Not):
        return replace(node, operand=rewrite(node.operand))
    if isinstance(node, tree.Choice):
        return replace(node, test=rewrite(node.test), yes=rewrite(node.yes), no=rewrite(node.no))
    return node


def _threshold(node: tree.Compare) -> tree.Node | None:
    age, sign, years = node.left, node.operator, node.right
    if isinstance(age, tree.Const):
        age, sign, years = years, FLIPPED[sign], age
    if not (isinstance(age, tree.Function) and age.name == "years_between" and isinstance(years, tree.Const)):
        return None
    birth, on = age.arguments
    if not (isinstance(on, tree.Fact) and on.name == "today") or type(years.value) is not int:
        return None
    if not 0 <= years.value <= MOST_YEARS:
        return None
    return _compared(node, sign, birth, on, years.value)


def _compared(node: tree.Node, sign: str, birth: tree.Node, on: tree.Node, years: int) -> tree.Node:
    reached, passed = _day(birth, "<=", on, years), _day(birth, "<=", on, years + 1)
    below, not_passed = _day(birth, ">", on, years), _day(birth, ">", on, years + 1)
    if sign in ("==", "!="):
        parts = (reached, not_passed) if sign == "==" else (below, passed)
        kind = tree.And if sign == "==" else tree.Or
        return kind(parts, text=f"threshold {node.text}", at=node.at)
    return {">=": reached, ">": passed, "<": below, "<=": not_passed}[sign]


def _day(birth: tree.Node, sign: str, on: tree.Node, years: int) -> tree.Node:
    months = tree.Const(-12 * years, text=str(-12 * years))
    text = f"add_months({on.text}, {-12 * years})"
    day = tree.Function("add_months", (on, months), text=text)
    return tree.Compare(sign, birth, day, text=f"({birth.text}) {sign} {text}")
