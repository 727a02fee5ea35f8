"""Computes expressions over whole columns with NumPy, in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import MOST, OPERATORS, entry, mistyped, overflow
from anjia.kernel.expressions.functions import FUNCTIONS
from anjia.kernel.expressions.grammar import Expression
from anjia.kernel.expressions.periods import PERIODS
from anjia.kernel.expressions.thresholds import rewrite
from anjia.kernel.expressions.turnings import settled

Array = NDArray[Any]
Pair = tuple[Array, Array]
"""Values and, of the same length, whether each is known; a value that is not known means nothing."""

BLOCK = 65536
SPARSE = 2
"""Periods are computed for known rows alone when they are fewer than one in so many."""


class Stored(Protocol):
    """A column that lies elsewhere, in narrower types, and is widened a block at a time."""

    def block(self, start: int, stop: int) -> Pair:
        """Gives the rows from start (included) to stop: days as `datetime64[D]`, whole numbers as int64."""

    def sure(self, start: int, stop: int) -> Array:
        """Gives which rows are known; a single value when it holds for all."""

    def compared(self, sign: str, value: Array, start: int, stop: int) -> Array | None:
        """Gives rows compared with a single value as `block` has it, without widening them; None when it cannot."""

    def release(self, start: int, stop: int) -> None:
        """Lets go of what holds rows that will not be read again soon."""


class Reading:
    """Expressions made ready over columns; threads may read different blocks at the same time.

    Args:
        expressions, columns, tables: as of `columns`; a column may also be `Stored`.
    """

    __slots__ = ("_columns", "_roots", "_tables", "_texts")

    def __init__(
        self,
        expressions: Sequence[Expression],
        columns: Mapping[str, tuple[Any, Any] | Stored],
        tables: Mapping[str, Mapping[Any, Any]] | None = None,
    ) -> None:
        self._texts = [expression.text for expression in expressions]
        self._tables = tables or {}
        self._columns = {
            name: (_plain(held[0]), _plain(held[1])) if isinstance(held, tuple) else held
            for name, held in columns.items()
        }
        today = _single(self._columns.get("today"))
        trees = [expression.tree for expression in expressions]
        self._roots = [rewrite(one if today is None else settled(one, today)) for one in trees]

    def pairs(self, start: int, stop: int) -> list[Pair]:
        """Gives (values, known) of each expression for a block of rows.

        Either may be a single value that holds for all rows, and may be shared between expressions;
        a value that is not known means nothing.

        Raises:
            AnjiaError: `fact-mistyped`, `expression-overflow` as `compile`.
        """
        piece = Block(self._columns, self._tables, start, stop)
        return [piece.read(root, text) for root, text in zip(self._roots, self._texts, strict=True)]

    def full(self, start: int, stop: int) -> list[Pair]:
        """Gives the same with one value for each row, false where a truth value is unknown."""
        return [_full(values, known, stop - start) for values, known in self.pairs(start, stop)]


def columns(
    expressions: Sequence[Expression],
    columns: Mapping[str, tuple[Any, Any] | Stored],
    n: int,
    *,
    tables: Mapping[str, Mapping[Any, Any]] | None = None,
    block: int = BLOCK,
) -> list[Pair]:
    """Gives the values of many expressions for n rows in one pass.

    Args:
        expressions: what `parse` gave; pieces that they share are computed once a block.
        columns: fact name → (values, known), each an array of n rows, or a single value and True or
            False for all rows (`today`, parameters). Texts as object or `<U` arrays, days as
            `datetime64[D]`, whole numbers as int64; or a `Stored` column. An absent name is unknown.
        tables: table name → its entries.
        block: rows a block.

    Returns:
        For each expression (values: (n,), known: (n,) bool); truth values are False where unknown.

    Raises:
        AnjiaError: `fact-mistyped`, `expression-overflow` as `compile`.
    """
    reading = Reading(expressions, columns, tables)
    parts = [reading.full(start, min(start + block, n)) for start in range(0, max(n, 1), block)]
    if len(parts) == 1:
        return parts[0]
    return [
        (np.concatenate([part[i][0] for part in parts]), np.concatenate([part[i][1] for part in parts]))
        for i in range(len(expressions))
    ]


def _single(held: Pair | Stored | None) -> date | None:
    """Gives the day that holds for all rows, None when there is no such day."""
    if not isinstance(held, tuple) or held[0].ndim or held[0].dtype.kind != "M" or not (held[1].ndim == 0 and held[1]):
        return None
    day = held[0].astype("datetime64[D]").item()
    return day if isinstance(day, date) else None


def _full(values: Array, known: Array, length: int) -> Pair:
    known = np.broadcast_to(known, (length,)).copy()
    values = np.broadcast_to(values, (length,)).copy()
    return (values & known if values.dtype == np.bool_ else values), known


def _plain(values: Any) -> Array:
    if isinstance(values, date):
        return np.array(values, dtype="datetime64[D]")
    array = values if isinstance(values, np.ndarray) else np.array(values)
    return array.astype(np.int64) if array.dtype.kind in "iu" and array.dtype != np.int64 else array


class Block:
    """One block of rows; remembers the pieces that it has computed."""

    def __init__(
        self, columns: Mapping[str, Pair | Stored], tables: Mapping[str, Mapping[Any, Any]], start: int, stop: int
    ) -> None:
        self.columns, self.tables, self.start, self.stop = columns, tables, start, stop
        self.done: dict[str, Pair] = {}

    def read(self, node: tree.Node, text: str) -> Pair:
        """Gives the pair of a whole expression."""
        try:
            return self.pair(node)
        except TypeError as error:
            raise mistyped(text, error) from error

    def pair(self, node: tree.Node) -> Pair:
        """Gives values and known of a node; both may be single values that hold for all rows."""
        found = self.done.get(node.text)
        if found is None:
            found = self.done[node.text] = _READERS[type(node)](self, node)
        return found

    def const(self, node: tree.Const) -> Pair:
        return _plain(node.value), _TRUE

    def fact(self, node: tree.Fact) -> Pair:
        if node.name not in self.columns:
            return _NOTHING
        held = self.columns[node.name]
        if not isinstance(held, tuple):
            return held.block(self.start, self.stop)
        values, known = held
        here = slice(self.start, self.stop)
        return values[here] if values.ndim else values, known[here] if known.ndim else known

    def lookup(self, node: tree.Lookup) -> Pair:
        entries, (keys, known) = self.tables.get(node.table), self.pair(node.key)
        sure = np.broadcast_to(known, np.shape(keys) or np.shape(known))
        if entries is None or keys is _NOTHING[0] or not np.any(sure):
            return _NOTHING
        keys = np.broadcast_to(keys, sure.shape)
        distinct, inverse = np.unique(np.where(sure, keys, keys[sure].flat[0]), return_inverse=True)
        found = [entry(entries, _scalar(key)) for key in distinct]
        held = np.array([value is not None for value in found], dtype=bool)
        if not held.any():
            return _NOTHING
        sample = next(value for value in found if value is not None)
        values = _plain(np.array([sample if value is None else value for value in found]))
        inverse = inverse.reshape(sure.shape)
        return values[inverse], held[inverse] & sure

    def function(self, node: tree.Function) -> Pair:
        pairs = [self.pair(argument) for argument in node.arguments]
        known = _all([pair[1] for pair in pairs])
        if node.name in PERIODS:
            return _period(PERIODS[node.name], [pair[0] for pair in pairs], known)
        if FUNCTIONS[node.name].many:
            return self._extreme(node.name, pairs), known
        ((values, _),) = pairs
        if node.name == "abs":
            return np.abs(_numbers(values)), known
        return np.array([len(text) if isinstance(text, str) else 0 for text in values.flat]).reshape(
            values.shape
        ), known

    def _extreme(self, name: str, pairs: list[Pair]) -> Array:
        better = OPERATORS["<" if name == "min" else ">"]
        values, known = pairs[0]
        for other, other_known in pairs[1:]:
            if values is _NOTHING[0] or other is _NOTHING[0]:
                return _NOTHING[0]
            values = np.where(compared(better, other, values, known & other_known), other, values)
            known = known & other_known
        return values

    def known(self, node: tree.Known) -> Pair:
        return self.pair(node.operand)[1], _TRUE

    def negative(self, node: tree.Negative) -> Pair:
        values, known = self.pair(node.operand)
        return -_numbers(values), known

    def arithmetic(self, node: tree.Arithmetic) -> Pair:
        (left, left_known), (right, right_known) = self.pair(node.left), self.pair(node.right)
        known, sign = left_known & right_known, node.operator
        left, right = _numbers(left), _numbers(right)
        whole = left.dtype == right.dtype == np.int64 and sign != "/"
        if sign in ("+", "-", "*"):
            if whole:
                left, right = _within(sign, left, right, known)
            return _SIGNS[sign](left, right), known
        known = known & (right != 0)
        right = np.where(right == 0, 1, right)
        if whole:
            return (left // right if sign == "//" else left % right), known
        return _divided(sign, left.astype(float), right.astype(float)), known

    def compare(self, node: tree.Compare) -> Pair:
        (left, left_known), (right, right_known) = self.pair(node.left), self.pair(node.right)
        known = left_known & right_known
        return compared(OPERATORS[node.operator], left, right, known), known

    def member(self, node: tree.Member) -> Pair:
        values, known = self.pair(node.operand)
        found, sure = np.array(False), _TRUE
        for item in node.items:
            other, other_known = self.pair(item)
            both = known & other_known
            found = found | (compared(OPERATORS["=="], values, other, both) & both)
            sure = sure & other_known
        return found, known & (found | sure)

    def negated(self, node: tree.Not) -> Pair:
        values, known = self.pair(node.operand)
        return ~truths(values) & known, known

    def conjunction(self, node: tree.And) -> Pair:
        every, never = _TRUE, np.array(False)
        for part in node.parts:
            values, known = self.pair(part)
            every, never = every & (truths(values) & known), never | (~truths(values) & known)
        return every, every | never

    def disjunction(self, node: tree.Or) -> Pair:
        some, none = np.array(False), _TRUE
        for part in node.parts:
            values, known = self.pair(part)
            some, none = some | (truths(values) & known), none & (~truths(values) & known)
        return some, some | none

    def choice(self, node: tree.Choice) -> Pair:
        (test, known), yes, no = self.pair(node.test), self.pair(node.yes), self.pair(node.no)
        test = truths(test)
        if yes[0] is _NOTHING[0] or no[0] is _NOTHING[0]:
            values = no[0] if yes[0] is _NOTHING[0] else yes[0]
            return values, known & np.where(test, yes[1], no[1])
        return np.where(test, yes[0], no[0]), known & np.where(test, yes[1], no[1])


_TRUE = np.array(True)
_NOTHING: Pair = (np.array(False), np.array(False))
_SIGNS: dict[str, Callable[[Array, Array], Array]] = {"+": np.add, "-": np.subtract, "*": np.multiply}


def _period(compute: Callable[..., Pair], values: list[Array], known: Array) -> Pair:
    """Gives a function of days; where few rows are known it is computed for those alone."""
    if known.ndim and np.count_nonzero(known) * SPARSE < len(known):
        rows = np.flatnonzero(known)
        found, inside = compute(*(side[rows] if side.ndim else side for side in values), known[rows])
        spread, sure = np.zeros(len(known), found.dtype), np.zeros(len(known), bool)
        spread[rows], sure[rows] = found, inside
        return spread, sure
    found, inside = compute(*values, known)
    return found, known & inside


def _all(flags: list[Array]) -> Array:
    result = flags[0]
    for flag in flags[1:]:
        result = result & flag
    return result


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _numbers(values: Array) -> Array:
    if values.dtype.kind in "if":
        return values
    if values is _NOTHING[0]:
        return np.array(0)
    raise TypeError(f"numbers expected, not {values.dtype}")


def truths(values: Array) -> Array:
    """Gives truth values as they are, and refuses others."""
    if values.dtype != np.bool_:
        raise TypeError(f"truth values expected, not {values.dtype}")
    return values


def compared(holds: Callable[[Any, Any], Any], left: Array, right: Array, known: Array) -> Array:
    """Gives values compared row by row; where one is not known the answer means nothing."""
    if left is _NOTHING[0] or right is _NOTHING[0]:
        return _NOTHING[0]
    if left.dtype.kind != "O" and right.dtype.kind != "O":
        return np.asarray(holds(left, right))
    filled = [np.where(known, side, "") if side.dtype.kind == "O" else side for side in (left, right)]
    return np.asarray(holds(*filled)).astype(bool)


def _within(sign: str, left: Array, right: Array, known: Array) -> Pair:
    """Gives the operands, with zero where unknown when they are large; refuses what leaves 64 bits."""
    if _bound(sign, left, right) <= MOST:
        return left, right
    left, right = np.where(known, left, 0), np.where(known, right, 0)
    if _bound(sign, left, right) > MOST:
        exact = _SIGNS[sign](left.astype(object), right.astype(object))
        if np.any(np.abs(exact) > MOST):
            raise overflow()
    return left, right


def _bound(sign: str, left: Array, right: Array) -> int:
    ends = [max(abs(int(side.max(initial=0))), abs(int(side.min(initial=0)))) for side in (left, right)]
    return ends[0] * ends[1] if sign == "*" else ends[0] + ends[1]


def _divided(sign: str, left: Array, right: Array) -> Array:
    quotient = left / right
    if sign == "/":
        return quotient
    whole = np.floor(quotient)
    return whole if sign == "//" else left - right * whole


_READERS: dict[type[tree.Node], Callable[[Block, Any], Pair]] = {
    tree.Const: Block.const,
    tree.Fact: Block.fact,
    tree.Lookup: Block.lookup,
    tree.Function: Block.function,
    tree.Known: Block.known,
    tree.Negative: Block.negative,
    tree.Arithmetic: Block.arithmetic,
    tree.Compare: Block.compare,
    tree.Member: Block.member,
    tree.Not: Block.negated,
    tree.And: Block.conjunction,
    tree.Or: Block.disjunction,
    tree.Choice: Block.choice,
}
