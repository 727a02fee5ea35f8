"""Checks an expression against the declared facts: names that nobody declares, kinds that do not fit."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.functions import FUNCTIONS
from anjia.kernel.expressions.grammar import Expression, invalid

KINDS = {
    "bool": ("是或否", "true or false"),
    "int": ("整数", "a whole number"),
    "decimal": ("小数", "a decimal"),
    "text": ("文字", "a text"),
    "date": ("日期", "a date"),
    "number": ("数字", "a number"),
    "ordered": ("数字、文字或日期", "a number, a text or a date"),
}
_TABLE = "table:"
_NUMBERS = ("int", "decimal")
_OF_LITERAL = {bool: "bool", int: "int", float: "decimal", str: "text"}


def check(expression: Expression, types: Mapping[str, str], *, result: str = "") -> list[AnjiaError]:
    """Gives the faults of an expression against the declared names, none when it is sound.

    Args:
        expression: what `parse` gave.
        types: fact name → bool, int, decimal, text or date; `table:<kind>` for a table; a fact with
            arguments by its canonical name, or by `name()` for any arguments. `today` is a date.
        result: the kind that the whole must have, empty for any.

    Returns:
        Errors `expression-name-unknown` and `expression-kind`, each with `line` and `column`.
    """
    kinds = Kinds(expression, types)
    found = kinds.of(expression.tree)
    if result and found is not None and not _fits(found, result):
        kinds.fault(expression.tree, result, found)
    return kinds.faults


class Kinds:
    """Finds the kind of each node and collects what does not fit (None = kind not known)."""

    def __init__(self, expression: Expression, types: Mapping[str, str]) -> None:
        self.text = expression.text
        self.types = {"today": "date", **types}
        self.calls = {call.key: call.name for call in expression.calls}
        self.faults: list[AnjiaError] = []

    def of(self, node: tree.Node) -> str | None:
        """Gives the kind of a node: bool, int, decimal, text, date or None."""
        return _READERS[type(node)](self, node)

    def fault(self, node: tree.Node, wanted: str, found: str) -> None:
        """Records that a node has another kind than its place wants."""
        (zh, en), (zh_found, en_found) = KINDS[wanted], KINDS.get(found, (found, found))
        self.faults.append(
            invalid(
                self.text, node.at,
                f"“{node.text}”应是{zh}，却是{zh_found}", f"“{node.text}” must be {en}, but is {en_found}",
                "expression-kind",
            )
        )  # fmt: skip

    def want(self, node: tree.Node, wanted: str) -> str | None:
        """Gives the kind of a node and records a fault when the place wants another."""
        found = self.of(node)
        if found is not None and not _fits(found, wanted):
            self.fault(node, wanted, found)
        return found

    def alike(self, nodes: tuple[tree.Node, ...]) -> str | None:
        """Gives the kind that several nodes share; whole numbers and decimals make a decimal."""
        shared: str | None = None
        for node in nodes:
            found = self.of(node)
            if shared is None or found is None:
                shared = shared or found
            elif found in _NUMBERS and shared in _NUMBERS:
                shared = found if found == shared else "decimal"
            elif found != shared:
                self.fault(node, shared, found)
        return shared

    def name(self, node: tree.Fact | tree.Lookup, name: str) -> str | None:
        """Gives the declared type of a name, and records a fault when there is none."""
        declared = self.types.get(name) or self.types.get(f"{self.calls.get(name)}()")
        if declared is None:
            near = difflib.get_close_matches(name, self.types, n=1)
            zh, en = (f"，是否指 {near[0]}", f"; did you mean {near[0]}") if near else ("", "")
            self.faults.append(
                invalid(
                    self.text, node.at, f"没有登记过“{name}”{zh}", f"nobody declares “{name}”{en}",
                    "expression-name-unknown",
                )
            )  # fmt: skip
        return declared

    def const(self, node: tree.Const) -> str | None:
        return _OF_LITERAL.get(type(node.value), "date")

    def fact(self, node: tree.Fact) -> str | None:
        declared = self.name(node, node.name)
        return declared if declared in KINDS else None

    def lookup(self, node: tree.Lookup) -> str | None:
        self.of(node.key)
        declared = self.name(node, node.table)
        if declared is not None and not declared.startswith(_TABLE):
            self.faults.append(
                invalid(
                    self.text,
                    node.at,
                    f"“{node.table}”不是表",
                    f"“{node.table}” is no table",
                    "expression-kind",
                )
            )
        kind = (declared or "").removeprefix(_TABLE)
        return kind if kind in KINDS else None

    def function(self, node: tree.Function) -> str | None:
        signature = FUNCTIONS[node.name]
        if signature.many:
            shared = self.alike(node.arguments)
            if shared == "bool":
                self.fault(node.arguments[0], "ordered", shared)
            return shared
        kinds = [
            self.want(argument, wanted)
            for argument, wanted in zip(node.arguments, signature.arguments, strict=True)
        ]
        return kinds[0] if signature.result == "same" else signature.result

    def known(self, node: tree.Known) -> str | None:
        self.of(node.operand)
        return "bool"

    def negative(self, node: tree.Negative) -> str | None:
        return self.want(node.operand, "number")

    def arithmetic(self, node: tree.Arithmetic) -> str | None:
        left, right = self.want(node.left, "number"), self.want(node.right, "number")
        if node.operator == "/" or "decimal" in (left, right):
            return "decimal"
        return "int" if left == right == "int" else None

    def compare(self, node: tree.Compare) -> str | None:
        if self.alike((node.left, node.right)) == "bool" and node.operator not in ("==", "!="):
            self.fault(node.left, "ordered", "bool")
        return "bool"

    def member(self, node: tree.Member) -> str | None:
        self.alike((node.operand, *node.items))
        return "bool"

    def joined(self, node: tree.And | tree.Or | tree.Not) -> str | None:
        for part in node.children():
            self.want(part, "bool")
        return "bool"

    def choice(self, node: tree.Choice) -> str | None:
        self.want(node.test, "bool")
        return self.alike((node.yes, node.no))


def _fits(found: str, wanted: str) -> bool:
    if wanted == "number":
        return found in _NUMBERS
    if wanted == "ordered":
        return found != "bool"
    return found == wanted or (found == "int" and wanted == "decimal")


_READERS: dict[type[tree.Node], Callable[[Kinds, Any], str | None]] = {
    tree.Const: Kinds.const,
    tree.Fact: Kinds.fact,
    tree.Lookup: Kinds.lookup,
    tree.Function: Kinds.function,
    tree.Known: Kinds.known,
    tree.Negative: Kinds.negative,
    tree.Arithmetic: Kinds.arithmetic,
    tree.Compare: Kinds.compare,
    tree.Member: Kinds.member,
    tree.Not: Kinds.joined,
    tree.And: Kinds.joined,
    tree.Or: Kinds.joined,
    tree.Choice: Kinds.choice,
}
