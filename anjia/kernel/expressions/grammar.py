"""Reads the text of an expression into its tree, with Python's own parser and never with eval."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from anjia.kernel.errors import AnjiaError, Text
from anjia.kernel.expressions import tree
from anjia.kernel.expressions.functions import FUNCTIONS, SUGAR, WORDS
from anjia.kernel.expressions.tree import Call, Node

MOST_CHARACTERS = 4000
MOST_NODES = 600
MOST_LEVELS = 32
MOST_INTEGER = 2**53 - 1
"""Greatest whole number that all engines hold exactly, also beside decimals."""

ALLOWED = Text(
    "可以使用：比较（== != < <= > >=，可连写）、and or not、in 与 not in（列出的值或 range）、"
    "+ - * / // %、数字、文字、True False、x if c else y、表['键']、带点的事实名及其参数、函数 "
    + "、".join(WORDS),
    "Allowed: comparisons (== != < <= > >=, also chained), and or not, in and not in (listed values or "
    "range), + - * / // %, numbers, texts, True False, x if c else y, table['key'], dotted names of facts "
    "and their arguments, the functions " + ", ".join(WORDS),
)
"""The whole subset in one sentence; the remedy of every refusal."""

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A text that was read; two are equal when their texts are.

    Attributes:
        text: the source as written.
        tree: its root node.
        names: keys that the facts mapping is asked for (facts, facts with arguments, tables).
        calls: the facts with arguments among them.
        tables: the tables among them.
    """

    text: str
    tree: Node
    names: frozenset[str]
    calls: tuple[Call, ...]
    tables: frozenset[str]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Reads an expression.

    Args:
        text: Python syntax, one expression; lines may break anywhere between words.

    Raises:
        AnjiaError: `expression-invalid` with the facts `line` and `column` (from 1); its remedy
            names what is allowed.
    """
    reader = _Reader(text)
    root = reader.read()
    facts = {node.name for node in tree.walk(root) if isinstance(node, tree.Fact)}
    tables = frozenset(node.table for node in tree.walk(root) if isinstance(node, tree.Lookup))
    calls = {call.key: call for call in reader.calls if call.key in facts}
    return Expression(text, root, frozenset(facts) | tables, tuple(calls.values()), tables)


def invalid(text: str, at: tuple[int, int], zh: str, en: str, code: str = "expression-invalid") -> AnjiaError:
    """Gives the refusal of an expression at a place of its text."""
    line, column = at
    return AnjiaError(
        code,
        f"表达式第 {line} 行第 {column} 列：{zh}",
        f"Expression, line {line}, column {column}: {en}",
        ALLOWED,
        line=line,
        column=column,
        expression=text,
    )


class _Reader:
    """Turns Python's tree into ours and refuses what is outside the subset."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.calls: list[tree.Call] = []
        self.count = 0
        blank = len(text) - len(text.lstrip()) if text.strip() else 0
        self.flat = text[blank:].replace("\r", " ").replace("\n", " ")
        self.offset = blank

    def read(self) -> tree.Node:
        if len(self.text) > MOST_CHARACTERS:
            self.refuse(0, f"超过 {MOST_CHARACTERS} 个字符", f"longer than {MOST_CHARACTERS} characters")
        if not self.flat.strip():
            self.refuse(0, "没有内容", "it is empty")
        try:
            module = ast.parse(self.flat, mode="eval")
        except SyntaxError as error:
            self.refuse((error.offset or 1) - 1, "写法不对", f"it cannot be read ({error.msg})")
        except (RecursionError, MemoryError, ValueError):
            self.refuse(0, "嵌套太深或含有不能读的字符", "nested too deeply, or unreadable characters")
        self._no_comment()
        return self.node(module.body, 1)

    def _no_comment(self) -> None:
        if "#" in self.flat:
            for token in tokenize.generate_tokens(io.StringIO(self.flat).readline):
                if token.type == tokenize.COMMENT:
                    self.refuse(token.start[1], "不能写注释", "comments are not allowed")

    def place(self, position: int) -> tuple[int, int]:
        before = self.text[: self.offset + max(position, 0)]
        line = before.count("\n") + 1
        return line, len(before) - (before.rfind("\n") + 1) + 1

    def refuse(self, position: int, zh: str, en: str) -> NoReturn:
        raise invalid(self.text, self.place(position), zh, en) from None

    def refuse_at(self, node: ast.expr, zh: str, en: str) -> NoReturn:
        self.refuse(self.position(node), zh, en)

    def position(self, node: ast.expr) -> int:
        return len(self.flat.encode()[: node.col_offset].decode(errors="ignore"))

    def node(self, node: ast.expr, level: int) -> tree.Node:
        self.count += 1
        if level > MOST_LEVELS or self.count > MOST_NODES:
            self.refuse_at(node, "表达式太大，请拆成几个事实", "too large; split it into several facts")
        method: Callable[[Any, int], tree.Node] | None = getattr(self, f"read_{type(node).__name__}", None)
        if method is None:
            zh, en = _WRONG.get(type(node).__name__, ("这种写法不允许", "this form is not allowed"))
            self.refuse_at(node, zh, en)
        return method(node, level + 1)

    def spot(self, node: ast.expr) -> dict[str, Any]:
        return {"text": ast.unparse(node), "at": self.place(self.position(node))}

    def read_Constant(self, node: ast.Constant, level: int) -> tree.Node:
        value = node.value
        if value is None:
            self.refuse_at(
                node, "None 只能用在 is None 与 is not None 中", "None stands only in is None and is not None"
            )
        if isinstance(value, int) and not isinstance(value, bool) and value > MOST_INTEGER:
            self.refuse_at(node, "整数太大", "the whole number is too large")
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse_at(node, "数字太大", "the number is too large")
        if isinstance(value, str) and ("\0" in value or (not value.isprintable() and not value.isspace())):
            self.refuse_at(node, "文字含有不可见字符", "the text has unprintable characters")
        if not isinstance(value, bool | int | float | str):
            self.refuse_at(node, "这种值不允许", "this kind of value is not allowed")
        return tree.Const(value, **self.spot(node))

    def read_Name(self, node: ast.Name, level: int) -> tree.Node:
        return tree.Fact(self.dotted(node), **self.spot(node))

    def read_Attribute(self, node: ast.Attribute, level: int) -> tree.Node:
        return tree.Fact(self.dotted(node), **self.spot(node))

    def dotted(self, node: ast.expr) -> str:
        parts: list[str] = []
        at = node
        while isinstance(at, ast.Attribute):
            parts.append(at.attr)
            at = at.value
        if not isinstance(at, ast.Name):
            self.refuse_at(
                node, "点号只能出现在事实名里，不能取计算结果的属性",
                "a dot stands only inside the name of a fact, not behind a result",
            )  # fmt: skip
        name = ".".join([at.id, *reversed(parts)])
        if "__" in name or any(part.startswith("_") for part in name.split(".")):
            self.refuse_at(node, "事实名不能含有这种下划线", "a fact name has no such underscores")
        if name in WORDS:
            self.refuse_at(
                node, f"{name} 是函数，需要括号和参数", f"{name} is a function; it needs arguments"
            )
        return name

    def read_BoolOp(self, node: ast.BoolOp, level: int) -> tree.Node:
        parts = tuple(self.node(value, level) for value in node.values)
        kind = tree.And if isinstance(node.op, ast.And) else tree.Or
        return kind(parts, **self.spot(node))

    def read_UnaryOp(self, node: ast.UnaryOp, level: int) -> tree.Node:
        if isinstance(node.op, ast.Not):
            return tree.Not(self.node(node.operand, level), **self.spot(node))
        if not isinstance(node.op, ast.USub):
            self.refuse_at(node, "这个运算符不允许", "this operator is not allowed")
        operand = self.node(node.operand, level)
        value = operand.value if isinstance(operand, tree.Const) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return tree.Const(-value, **self.spot(node))
        return tree.Negative(operand, **self.spot(node))

    def read_BinOp(self, node: ast.BinOp, level: int) -> tree.Node:
        operator = _ARITHMETIC.get(type(node.op))
        if operator is None:
            self.refuse_at(node, "这个运算符不允许", "this operator is not allowed")
        left, right = self.node(node.left, level), self.node(node.right, level)
        return tree.Arithmetic(operator, left, right, **self.spot(node))

    def read_IfExp(self, node: ast.IfExp, level: int) -> tree.Node:
        test, yes, no = (self.node(part, level) for part in (node.test, node.body, node.orelse))
        return tree.Choice(test, yes, no, **self.spot(node))

    def read_Compare(self, node: ast.Compare, level: int) -> tree.Node:
        left, parts = node.left, []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            piece = ast.Compare(left=left, ops=[operator], comparators=[right])
            ast.copy_location(piece, left)
            parts.append(self.pair(piece, operator, left, right, level))
            left = right
        return parts[0] if len(parts) == 1 else tree.And(tuple(parts), **self.spot(node))

    def pair(
        self, piece: ast.Compare, operator: ast.cmpop, left: ast.expr, right: ast.expr, level: int
    ) -> tree.Node:
        if isinstance(operator, ast.Is | ast.IsNot):
            return self.known(piece, isinstance(operator, ast.IsNot), left, right, level)
        if isinstance(operator, ast.In | ast.NotIn):
            member = self.member(piece, left, right, level)
            return tree.Not(member, **self.spot(piece)) if isinstance(operator, ast.NotIn) else member
        sign = _COMPARE[type(operator)]
        return tree.Compare(sign, self.node(left, level), self.node(right, level), **self.spot(piece))

    def known(
        self, piece: ast.Compare, wanted: bool, left: ast.expr, right: ast.expr, level: int
    ) -> tree.Node:
        if not (isinstance(right, ast.Constant) and right.value is None):
            self.refuse_at(right, "is 只能与 None 连用", "is stands only before None")
        known = tree.Known(self.node(left, level), **self.spot(piece))
        return known if wanted else tree.Not(known, **self.spot(piece))

    def member(self, piece: ast.Compare, left: ast.expr, right: ast.expr, level: int) -> tree.Node:
        operand = self.node(left, level)
        if isinstance(right, ast.Call) and isinstance(right.func, ast.Name) and right.func.id == "range":
            return self.within(piece, operand, right, level)
        if not isinstance(right, ast.Tuple | ast.List | ast.Set) or not right.elts:
            self.refuse_at(
                right, "in 后面须列出至少一个值，如 in ('a', 'b')", "in needs listed values, as in ('a', 'b')"
            )
        items = tuple(self.node(item, level) for item in right.elts)
        return tree.Member(operand, items, **self.spot(piece))

    def within(self, piece: ast.Compare, operand: tree.Node, call: ast.Call, level: int) -> tree.Node:
        if len(call.args) != 2 or call.keywords:
            self.refuse_at(call, "range 需要起、止两个数", "range takes two numbers, start and end")
        start, end = (self.node(bound, level) for bound in call.args)
        at = operand.at
        low = tree.Compare("<=", start, operand, text=f"({start.text}) <= ({operand.text})", at=at)
        high = tree.Compare("<", operand, end, text=f"({operand.text}) < ({end.text})", at=at)
        return tree.And((low, high), **self.spot(piece))

    def read_Subscript(self, node: ast.Subscript, level: int) -> tree.Node:
        if not isinstance(node.value, ast.Name | ast.Attribute):
            self.refuse_at(
                node, "方括号只能跟在表名后", "square brackets stand only behind the name of a table"
            )
        return tree.Lookup(self.dotted(node.value), self.node(node.slice, level), **self.spot(node))

    def read_Call(self, node: ast.Call, level: int) -> tree.Node:
        if node.keywords:
            self.refuse_at(node, "参数不能带名字", "arguments take no names")
        word = node.func.id if isinstance(node.func, ast.Name) else ""
        if word not in WORDS:
            return tree.Fact(self.fact_with_arguments(node, level).key, **self.spot(node))
        if word == "date":
            return self.day(node)
        arguments = tuple(self.node(argument, level) for argument in node.args)
        if word == "is_known" and len(arguments) == 1:
            return tree.Known(arguments[0], **self.spot(node))
        if word in SUGAR and len(arguments) == 1:
            return self.against_today(node, word, arguments[0])
        signature = FUNCTIONS.get(word)
        fits = signature and (
            len(arguments) >= 2 if signature.many else len(arguments) == len(signature.arguments)
        )
        if not fits:
            self.refuse_at(
                node, f"{word} 的参数个数不对，或用错了地方", f"{word}: wrong number of arguments or place"
            )
        return tree.Function(word, arguments, **self.spot(node))

    def against_today(self, node: ast.Call, word: str, argument: tree.Node) -> tree.Node:
        name, first = SUGAR[word]
        today = tree.Fact("today", text="today", at=argument.at)
        pair = (argument, today) if first else (today, argument)
        return tree.Function(name, pair, **self.spot(node))

    def day(self, node: ast.Call) -> tree.Node:
        try:
            (argument,) = node.args
            value = date.fromisoformat(ast.literal_eval(argument))
        except (ValueError, TypeError):
            self.refuse_at(node, "日期写作 date('2024-02-29')", "write a day as date('2024-02-29')")
        return tree.Const(value, **self.spot(node))

    def fact_with_arguments(self, node: ast.Call, level: int) -> tree.Call:
        name = self.dotted(node.func)
        arguments = tuple(self.argument(argument, level) for argument in node.args)
        call = tree.Call(name, arguments, f"{name}({', '.join(map(spelled, arguments))})")
        self.calls.append(call)
        return call

    def argument(self, node: ast.expr, level: int) -> tree.Literal | tree.Fact:
        if level > MOST_LEVELS:
            self.refuse_at(node, "嵌套太深", "nested too deeply")
        if isinstance(node, ast.Name | ast.Attribute):
            return tree.Fact(self.dotted(node), **self.spot(node))
        if isinstance(node, ast.Call):
            word = node.func.id if isinstance(node.func, ast.Name) else ""
            if word not in WORDS:
                return tree.Fact(self.fact_with_arguments(node, level + 1).key, **self.spot(node))
        plain = isinstance(node, ast.Constant | ast.UnaryOp | ast.Call)
        found = self.node(node, level) if plain else None
        if not isinstance(found, tree.Const):
            self.refuse_at(
                node, "事实的参数只能是数字、文字、日期或事实名",
                "arguments of a fact are numbers, texts, days or names of facts",
            )  # fmt: skip
        return found.value


def spelled(argument: tree.Literal | tree.Fact) -> str:
    """Gives the canonical spelling of an argument of a fact."""
    if isinstance(argument, tree.Fact):
        return argument.name
    return f"date('{argument}')" if isinstance(argument, date) else repr(argument)


_WRONG: dict[str, tuple[str, str]] = {
    "Lambda": ("不能写 lambda", "no lambda"),
    "ListComp": ("不能写推导式", "no comprehension"),
    "SetComp": ("不能写推导式", "no comprehension"),
    "DictComp": ("不能写推导式", "no comprehension"),
    "GeneratorExp": ("不能写推导式", "no comprehension"),
    "JoinedStr": ("不能写格式化文字", "no formatted text"),
    "NamedExpr": ("不能赋值", "no assignment"),
    "Starred": ("不能写星号参数", "no starred arguments"),
    "Tuple": ("列出的值只能跟在 in 后", "listed values stand only behind in"),
    "List": ("列出的值只能跟在 in 后", "listed values stand only behind in"),
    "Set": ("列出的值只能跟在 in 后", "listed values stand only behind in"),
    "Dict": ("不能写字典", "no dictionary"),
    "Slice": ("不能取一段", "no slice"),
}
"""What is said about the usual things outside the subset."""
