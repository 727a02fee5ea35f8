"""Writes an expression as SQL for PostgreSQL and DuckDB, equal to `evaluate` in all three values.

The text has no `%`, so it can be sent with or without parameters (text literals excepted). Texts
compare by code point in both engines: PostgreSQL orders with COLLATE "C", DuckDB by its default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from sqlglot import exp

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.checking import Kinds
from anjia.kernel.expressions.functions import FUNCTIONS
from anjia.kernel.expressions.grammar import Expression
from anjia.kernel.expressions.sqldates import DATES, call, case, minus, number
from anjia.kernel.expressions.thresholds import rewrite

Dialect = Literal["postgres", "duckdb"]
MOST_PIECES = 20_000
"""An expression that would grow beyond so many pieces of SQL is refused."""

_COMPARE: dict[str, type[exp.Binary]] = {
    "==": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
}  # fmt: skip
_SIGNS: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
_ATOM = re.compile(r'[\w."]+')


def to_sql(
    expression: Expression,
    dialect: Dialect,
    column: Callable[[str], str],
    *,
    types: Mapping[str, str] | None = None,
    tables: Mapping[str, Mapping[Any, Any]] | None = None,
) -> str:
    """Gives the SQL of an expression; NULL is unknown.

    Args:
        expression: what `parse` gave.
        dialect: postgres or duckdb.
        column: fact name → SQL of its column, its parameter or its value; taken as it is.
        types: as for `check`; decides between whole numbers and decimals. Needed for `//`, `%`
            and tables; decimals are compared as doubles only when their type is given.
        tables: table name → its entries, written into the text.

    Raises:
        AnjiaError: `expression-untyped`, `expression-too-large`.
    """
    root = rewrite(expression.tree)
    if _pieces(root) > MOST_PIECES:
        raise AnjiaError(
            "expression-too-large",
            "表达式写成 SQL 后过大",
            "The expression becomes too large as SQL",
            ("请把内层的日期计算定义为单独的事实", "Define the inner date computation as a fact of its own"),
            expression=expression.text,
        )
    writer = _Writer(expression, dialect, column, types or {}, tables or {})
    return writer.write(root).sql(dialect)


def _pieces(node: tree.Node) -> int:
    repeated = 5 if isinstance(node, tree.Function) or getattr(node, "operator", "") in ("//", "%") else 1
    return 1 + repeated * sum(_pieces(child) for child in node.children())


class _Writer:
    """Turns nodes into SQLGlot nodes of one dialect."""

    def __init__(
        self,
        expression: Expression,
        dialect: Dialect,
        column: Callable[[str], str],
        types: Mapping[str, str],
        tables: Mapping[str, Mapping[Any, Any]],
    ) -> None:
        self.text, self.dialect, self.column, self.tables = expression.text, dialect, column, tables
        self.kinds = Kinds(expression, types)

    def write(self, node: tree.Node) -> exp.Expression:
        """Gives the SQL of a node, in parentheses unless it is one word."""
        return _READERS[type(node)](self, node)

    def kind(self, node: tree.Node) -> str:
        """Gives the kind of a node.

        Raises:
            AnjiaError: `expression-untyped` when the types do not tell.
        """
        found = self.kinds.of(node)
        if found is None:
            raise AnjiaError(
                "expression-untyped",
                f"写成 SQL 需要知道“{node.text}”的类型",
                f"SQL needs the type of “{node.text}”",
                ("请在 types 中给出各事实的类型", "Give the type of each fact in types"),
                expression=self.text,
            )
        return found

    def const(self, node: tree.Const) -> exp.Expression:
        return _literal(node.value)

    def fact(self, node: tree.Fact) -> exp.Expression:
        sql = self.column(node.name)
        raw: exp.Expression = exp.Var(this=sql)
        raw = raw if _ATOM.fullmatch(sql) else exp.Paren(this=raw)
        return exp.cast(raw, "double") if self.kinds.of(node) == "decimal" else raw

    def lookup(self, node: tree.Lookup) -> exp.Expression:
        kind, entries = self.kind(node.key), self.tables.get(node.table, {})
        pairs = [
            (key, value) for name, value in entries.items() if (key := _key(name, kind, entries)) is not None
        ]
        if not pairs:
            return exp.cast(exp.null(), _SQL_TYPES.get(self.kinds.of(node) or "", "text"))
        decimal = any(isinstance(value, float) for _, value in pairs)
        branches = [
            exp.If(this=_literal(key), true=_literal(float(value) if decimal else value))
            for key, value in pairs
        ]
        return exp.Paren(this=exp.Case(this=self.write(node.key), ifs=branches))

    def function(self, node: tree.Function) -> exp.Expression:
        arguments = [self.write(argument) for argument in node.arguments]
        if node.name in DATES:
            return DATES[node.name](self.dialect, *arguments)
        if not FUNCTIONS[node.name].many:
            return call({"abs": "ABS", "len": "LENGTH"}[node.name], *arguments)
        if any(self.kinds.of(argument) == "text" for argument in node.arguments):
            arguments[0] = self.by_code_point(arguments[0])
        extreme = call("LEAST" if node.name == "min" else "GREATEST", *arguments)
        return case(exp.or_(*(_unknown(argument) for argument in arguments)), exp.null(), extreme)

    def known(self, node: tree.Known) -> exp.Expression:
        return exp.Paren(this=exp.Not(this=_unknown(self.write(node.operand))))

    def negative(self, node: tree.Negative) -> exp.Expression:
        zero = exp.cast(number(0), "double" if self.kinds.of(node.operand) == "decimal" else "bigint")
        return minus(zero, self.number(node.operand))

    def number(self, node: tree.Node) -> exp.Expression:
        """Gives an operand of arithmetic: 64-bit whole number or double."""
        kind, sql = self.kinds.of(node), self.write(node)
        if kind == "int" and not isinstance(node, tree.Arithmetic):
            return exp.cast(sql, "bigint")
        return exp.cast(sql, "double") if kind == "decimal" and not isinstance(sql, exp.Cast) else sql

    def arithmetic(self, node: tree.Arithmetic) -> exp.Expression:
        if node.operator in _SIGNS:
            left, right = self.number(node.left), self.number(node.right)
            if {self.kinds.of(node.left), self.kinds.of(node.right)} == {"int", "decimal"}:
                left, right = exp.cast(left, "double"), exp.cast(right, "double")
            return exp.Paren(this=_SIGNS[node.operator](this=left, expression=right))
        whole = node.operator != "/" and self.kind(node.left) == self.kind(node.right) == "int"
        if whole:
            return self.floored(node.operator, self.number(node.left), self.number(node.right))
        left, right = (exp.cast(self.write(side), "double") for side in (node.left, node.right))
        quotient = _divide(left, _nonzero(right))
        if node.operator == "/":
            return exp.Paren(this=quotient)
        floor = call("FLOOR", quotient)
        if node.operator == "//":
            return floor
        return minus(left, exp.Mul(this=right.copy(), expression=floor))

    def floored(self, operator: str, left: exp.Expression, right: exp.Expression) -> exp.Expression:
        """Gives floor division or its remainder of whole numbers; SQL itself rounds toward zero."""
        divisor = _nonzero(right)
        rest = call("MOD", exp.Add(this=call("MOD", left, divisor), expression=right.copy()), divisor.copy())
        if operator == "%":
            return rest
        exact = minus(left, rest)
        if self.dialect == "duckdb":
            return exp.Paren(this=exp.IntDiv(this=exact, expression=divisor.copy()))
        return exp.Paren(this=_divide(exact, divisor.copy()))

    def compare(self, node: tree.Compare) -> exp.Expression:
        left, right = self.write(node.left), self.write(node.right)
        ordered = node.operator not in ("==", "!=")
        if ordered and "text" in (self.kinds.of(node.left), self.kinds.of(node.right)):
            left = self.by_code_point(left)
        return exp.Paren(this=_COMPARE[node.operator](this=left, expression=right))

    def by_code_point(self, sql: exp.Expression) -> exp.Expression:
        if self.dialect == "duckdb":
            return sql
        return exp.Paren(this=exp.Collate(this=sql, expression=exp.to_identifier("C", quoted=True)))

    def member(self, node: tree.Member) -> exp.Expression:
        items = [self.write(item) for item in node.items]
        return exp.Paren(this=exp.In(this=self.write(node.operand), expressions=items))

    def negated(self, node: tree.Not) -> exp.Expression:
        return exp.Paren(this=exp.Not(this=self.write(node.operand)))

    def conjunction(self, node: tree.And) -> exp.Expression:
        return exp.Paren(this=exp.and_(*(self.write(part) for part in node.parts)))

    def disjunction(self, node: tree.Or) -> exp.Expression:
        return exp.Paren(this=exp.or_(*(self.write(part) for part in node.parts)))

    def choice(self, node: tree.Choice) -> exp.Expression:
        yes, no = self.write(node.yes), self.write(node.no)
        branches = [exp.If(this=exp.true(), true=yes), exp.If(this=exp.false(), true=no)]
        return exp.Paren(this=exp.Case(this=self.write(node.test), ifs=branches))


_SQL_TYPES = {"bool": "boolean", "int": "bigint", "decimal": "double", "text": "text", "date": "date"}


def _literal(value: Any) -> exp.Expression:
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, int):
        return number(value)
    return exp.cast(exp.Literal.string(repr(float(value))), "double")


def _key(name: Any, kind: str, entries: Mapping[Any, Any]) -> Any:
    """Gives the key as a value of its kind, None when no value of that kind finds it."""
    if kind == "text":
        return name if isinstance(name, str) else None
    if kind == "bool":
        candidates: tuple[Any, ...] = (True, False)
    else:
        digits = re.fullmatch(r"-?(0|[1-9]\d*)", str(name))
        candidates = (int(str(name)),) if digits and kind == "int" else ()
    for value in candidates:
        if (value if value in entries else str(value).lower()) == name:
            return value
    return None


def _unknown(sql: exp.Expression) -> exp.Expression:
    return exp.Is(this=sql.copy(), expression=exp.null())


def _nonzero(sql: exp.Expression) -> exp.Expression:
    return call("NULLIF", sql, number(0))


def _divide(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Div(this=left, expression=right, typed=True, safe=False)


_READERS: dict[type[tree.Node], Callable[[_Writer, Any], exp.Expression]] = {
    tree.Const: _Writer.const,
    tree.Fact: _Writer.fact,
    tree.Lookup: _Writer.lookup,
    tree.Function: _Writer.function,
    tree.Known: _Writer.known,
    tree.Negative: _Writer.negative,
    tree.Arithmetic: _Writer.arithmetic,
    tree.Compare: _Writer.compare,
    tree.Member: _Writer.member,
    tree.Not: _Writer.negated,
    tree.And: _Writer.conjunction,
    tree.Or: _Writer.disjunction,
    tree.Choice: _Writer.choice,
}
