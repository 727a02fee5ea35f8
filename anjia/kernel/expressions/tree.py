"""The tree of an expression: one frozen node type per thing that the subset can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

Literal = bool | int | float | str | date


@dataclass(frozen=True, slots=True)
class Node:
    """What every node has.

    Attributes:
        text: the piece in its normal spelling; equal texts mean equal values.
        at: line and column in the source, both from 1.
    """

    text: str = field(kw_only=True)
    at: tuple[int, int] = field(kw_only=True, compare=False, default=(1, 1))

    def children(self) -> tuple[Node, ...]:
        """Gives the direct sub-expressions, left to right."""
        return ()


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A literal; texts, numbers, true, false and days."""

    value: Literal


@dataclass(frozen=True, slots=True)
class Fact(Node):
    """A fact by its dotted name, or a fact with arguments by its canonical name `name('arg')`."""

    name: str


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """The value that a declared table holds under a key; unknown when it holds none."""

    table: str
    key: Node

    def children(self) -> tuple[Node, ...]:
        """Gives the key."""
        return (self.key,)


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A call of one of the closed list of functions."""

    name: str
    arguments: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Gives the arguments."""
        return self.arguments


@dataclass(frozen=True, slots=True)
class Known(Node):
    """True when the operand is known, else false; never unknown itself."""

    operand: Node

    def children(self) -> tuple[Node, ...]:
        """Gives the operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """The number with the other sign."""

    operand: Node

    def children(self) -> tuple[Node, ...]:
        """Gives the operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two numbers under `+ - * / // %`."""

    operator: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        """Gives both operands."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Two values under `== != < <= > >=`; a chain is an `And` of these."""

    operator: str
    left: Node
    right: Node

    def children(self) -> tuple[Node, ...]:
        """Gives both operands."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Member(Node):
    """Whether the operand equals one of the items."""

    operand: Node
    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Gives the operand and the items."""
        return (self.operand, *self.items)


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite; of unknown it is unknown."""

    operand: Node

    def children(self) -> tuple[Node, ...]:
        """Gives the operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class And(Node):
    """False when one part is false, true when all are, else unknown."""

    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Gives the parts."""
        return self.parts


@dataclass(frozen=True, slots=True)
class Or(Node):
    """True when one part is true, false when all are false, else unknown."""

    parts: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Gives the parts."""
        return self.parts


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`yes` when the test is true, `no` when it is false, unknown when the test is."""

    test: Node
    yes: Node
    no: Node

    def children(self) -> tuple[Node, ...]:
        """Gives test, yes and no."""
        return (self.test, self.yes, self.no)


@dataclass(frozen=True, slots=True)
class Call:
    """A fact that takes arguments, as `benefit.receiving('POL01')`.

    Attributes:
        name: the dotted name without arguments.
        arguments: literal values as they are; names of facts and inner calls as `Fact` nodes.
        key: the canonical name under which the facts mapping holds the value.
    """

    name: str
    arguments: tuple[Literal | Fact, ...]
    key: str


def walk(node: Node) -> Iterator[Node]:
    """Gives a node and all nodes below it, parents first."""
    yield node
    for child in node.children():
        yield from walk(child)
