"""Answers truth-valued expressions for a block of rows in packed bits: where they hold, and where they do not.

Eight rows lie in a byte, so that `and`, `or` and `not` over unknowns cost next to nothing and only the
comparisons below them read columns. A row in neither is unknown. The meaning is that of `columns`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import OPERATORS, mistyped
from anjia.kernel.expressions.columns import Array, Block, Reading, Stored, compared, truths

Bits = NDArray[np.uint8]
Claim = tuple[Bits, Bits]
"""Where it is true and where it is false, eight rows a byte, most significant first; never both.

Either may be a single byte that holds for all rows; bits after the last row mean nothing.
"""

BLOCK = 131_072
"""Rows a block: what lies in bits is small, and a call of NumPy must be worth its while."""
ALL, NONE = np.array(255, np.uint8), np.array(0, np.uint8)
UNKNOWN: Claim = (NONE, NONE)


class Claims(Reading):
    """Truth-valued expressions made ready over columns, as `Reading`."""

    __slots__ = ()

    def claims(self, start: int, stop: int) -> list[Claim]:
        """Gives the claim of each expression for a block of rows, and lets go of what it read of stored columns.

        Raises:
            AnjiaError: as `Reading.pairs`.
        """
        piece = _Claimed(Block(self._columns, self._tables, start, stop))
        found = [piece.read(root, text) for root, text in zip(self._roots, self._texts, strict=True)]
        for held in self._columns.values():
            if not isinstance(held, tuple):
                held.release(start, stop)
        return found


class _Claimed:
    """One block of rows; remembers the pieces that it has answered."""

    __slots__ = ("block", "done", "known")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.done: dict[str, Claim] = {}
        self.known: dict[str, Bits] = {}

    def read(self, node: tree.Node, text: str) -> Claim:
        try:
            return self.claim(node)
        except TypeError as error:
            raise mistyped(text, error) from error

    def claim(self, node: tree.Node) -> Claim:
        found = self.done.get(node.text)
        if found is None:
            found = self.done[node.text] = _ANSWERS.get(type(node), _Claimed.other)(self, node)
        return found

    def sure(self, node: tree.Node) -> Bits:
        """Gives where a piece is known."""
        found = self.known.get(node.text)
        if found is None:
            block, held = self.block, self._stored(node)
            flags = block.pair(node)[1] if held is None else held.sure(block.start, block.stop)
            found = self.known[node.text] = packed(flags)
        return found

    def other(self, node: tree.Node) -> Claim:
        values, _ = self.block.pair(node)
        return _split(truths(values), self.sure(node))

    def known_(self, node: tree.Known) -> Claim:
        sure = self.sure(node.operand)
        return sure, ~sure

    def negated(self, node: tree.Not) -> Claim:
        yes, no = self.claim(node.operand)
        return no, yes

    def conjunction(self, node: tree.And) -> Claim:
        every, never = ALL, NONE
        for part in node.parts:
            yes, no = self.claim(part)
            every, never = every & yes, never | no
        return every, never

    def disjunction(self, node: tree.Or) -> Claim:
        some, none = NONE, ALL
        for part in node.parts:
            yes, no = self.claim(part)
            some, none = some | yes, none & no
        return some, none

    def choice(self, node: tree.Choice) -> Claim:
        (test, not_test), yes, no = self.claim(node.test), self.claim(node.yes), self.claim(node.no)
        return (test & yes[0]) | (not_test & no[0]), (test & yes[1]) | (not_test & no[1])

    def compare(self, node: tree.Compare) -> Claim:
        sure = self.sure(node.left) & self.sure(node.right)
        return _split(self._compared(node.operator, node.left, node.right), sure)

    def member(self, node: tree.Member) -> Claim:
        known, found, rest = self.sure(node.operand), NONE, ALL
        for item in node.items:
            other = self.sure(item)
            found = found | (packed(self._compared("==", node.operand, item)) & known & other)
            rest = rest & other
        return found, known & rest & ~found

    def _stored(self, node: tree.Node) -> Stored | None:
        held = self.block.columns.get(node.name) if isinstance(node, tree.Fact) else None
        return None if isinstance(held, tuple) else held

    def _compared(self, sign: str, left: tree.Node, right: tree.Node) -> Array:
        held, (others, _) = self._stored(left), self.block.pair(right)
        if held is not None and not others.ndim:
            found = held.compared(sign, others, self.block.start, self.block.stop)
            if found is not None:
                return found
        (values, known), (others, other_known) = self.block.pair(left), self.block.pair(right)
        return compared(OPERATORS[sign], values, others, known & other_known)


def packed(flags: Array) -> Bits:
    """Gives truth values as bits; a single one as a byte of them."""
    if flags.ndim:
        return np.packbits(flags)
    return ALL if flags else NONE


def _split(values: Array, sure: Bits) -> Claim:
    yes = packed(values) & sure
    return yes, yes ^ sure


_ANSWERS: dict[type[tree.Node], Callable[[_Claimed, Any], Claim]] = {
    tree.Known: _Claimed.known_,
    tree.Not: _Claimed.negated,
    tree.And: _Claimed.conjunction,
    tree.Or: _Claimed.disjunction,
    tree.Choice: _Claimed.choice,
    tree.Compare: _Claimed.compare,
    tree.Member: _Claimed.member,
}
