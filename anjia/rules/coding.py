"""Expressions made ready for a snapshot: computed facts inlined, parameters put in, texts as numbers.

Texts of a snapshot are places in one sorted list. A text of a rule that occurs in it becomes its place;
any other becomes a number between its neighbours, so that equality and order hold among them all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anjia.kernel.definitions import vocabulary
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.expressions import Expression, tree
from anjia.kernel.expressions.checking import Kinds
from anjia.rules.compiling import inlined
from anjia.rules.scene import Dictionary
from anjia.rules.snapshot import SHIFT, Column, Snapshot

LENGTH = "len:"
"""Before a fact's name: the column of the lengths of its texts."""

PLAIN, BY_TEXT = "#", "#text"
"""After a table's name: found by the value itself, or by the number of a text."""


class Codes:
    """The numbers of texts: those of a snapshot, and any others that expressions mention."""

    def __init__(self, snapshot: Snapshot, mentioned: Iterable[str]) -> None:
        self._found: dict[str, int] = {}
        absent: dict[int, list[str]] = {}
        held = _Sorted(snapshot)
        for text in sorted(set(mentioned)):
            place = bisect_left(held, text)
            if place < len(held) and held[place] == text:
                self._found[text] = place << SHIFT
            else:
                absent.setdefault(place, []).append(text)
        for place, texts in absent.items():
            for rank, text in enumerate(texts):
                self._found[text] = (place << SHIFT) - len(texts) + rank

    def of(self, text: str) -> int:
        """Gives the number of a text that was mentioned."""
        return self._found[text]


@dataclass(frozen=True, slots=True)
class _Sorted:
    snapshot: Snapshot

    def __len__(self) -> int:
        return len(self.snapshot.texts)

    def __getitem__(self, place: int) -> str:
        return str(self.snapshot.texts[place].as_py())


@dataclass(frozen=True, slots=True)
class Coded:
    """Expressions ready for `kernel.expressions.Reading` over a snapshot.

    Attributes:
        columns: what they read: columns of the snapshot, lengths of texts, the day.
        tables: tables of the parameters, with texts as numbers.
    """

    expressions: list[Expression]
    columns: dict[str, Any]
    tables: dict[str, Mapping[Any, Any]]


def resolved(expression: Expression, known: Dictionary, parameters: Mapping[str, Any]) -> Expression:
    """Gives an expression with computed facts as what computes them and parameters as their values.

    An age compared with a parameter thereby becomes a threshold of birth dates.
    """
    root = _settled(inlined(expression.tree, known), parameters)
    names = {part.name for part in tree.walk(root) if isinstance(part, tree.Fact)}
    tables = frozenset(part.table for part in tree.walk(root) if isinstance(part, tree.Lookup))
    calls = (*expression.calls, *(call for one in known.derived.values() for call in one.expression.calls))
    return Expression(expression.text, root, frozenset(names) | tables, calls, tables)


def coded(
    expressions: Sequence[Expression], snapshot: Snapshot, kinds: Mapping[str, str], tables: Mapping[str, Any]
) -> Coded:
    """Gives resolved expressions with texts as numbers, and what they read of a snapshot but the day.

    Args:
        kinds: name → kind, as of `kernel.definitions.vocabulary`.
        tables: `cfg.<id>` → its entries.
    """
    mentioned = [*_mentioned(expressions), *(text for one in tables.values() for text in _texts_of(one))]
    codes = Codes(snapshot, mentioned)
    found = [_coded(one, Kinds(one, kinds), codes) for one in expressions]
    names = {name for one in found for name in one.names}
    columns: dict[str, Any] = {name: snapshot.column(name) for name in names if name in snapshot.names}
    for name in names:
        if name.startswith(LENGTH) and name.removeprefix(LENGTH) in snapshot.names:
            columns[name] = _lengths(snapshot, name.removeprefix(LENGTH))
    entries: dict[str, Mapping[Any, Any]] = {}
    for name, table in tables.items():
        values = {key: codes.of(value) if isinstance(value, str) else value for key, value in table.items()}
        entries[f"{name}{PLAIN}"] = values
        entries[f"{name}{BY_TEXT}"] = {codes.of(key): value for key, value in values.items() if isinstance(key, str)}
    return Coded(found, columns, entries)


def kinds_of(catalogue: Catalogue) -> dict[str, str]:
    """Gives the kinds of all names that a rule may use."""
    return vocabulary.of_catalogue(catalogue)


def _mentioned(expressions: Sequence[Expression]) -> Iterator[str]:
    for one in expressions:
        for part in tree.walk(one.tree):
            if isinstance(part, tree.Const) and isinstance(part.value, str):
                yield part.value


def _texts_of(table: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield from (one for one in (key, value) if isinstance(one, str))


def _settled(node: tree.Node, parameters: Mapping[str, Any]) -> tree.Node:
    if isinstance(node, tree.Fact) and node.name.startswith("cfg."):
        value = parameters.get(node.name.removeprefix("cfg."))
        return node if value is None or isinstance(value, dict) else tree.Const(value, text=node.text, at=node.at)
    return _over(node, lambda child: _settled(child, parameters))


def _coded(expression: Expression, kinds: Kinds, codes: Codes) -> Expression:
    def walk(node: tree.Node) -> tree.Node:
        match node:
            case tree.Const(value=str() as text):
                return replace(node, value=codes.of(text))
            case tree.Function(name="len", arguments=(tree.Fact(name=name),)):
                return tree.Fact(f"{LENGTH}{name}", text=node.text, at=node.at)
            case tree.Lookup():
                table = node.table + (BY_TEXT if kinds.of(node.key) == "text" else PLAIN)
                return replace(node, table=table, key=walk(node.key))
        return _over(node, walk)

    root = walk(expression.tree)
    names = {part.name for part in tree.walk(root) if isinstance(part, tree.Fact)}
    return replace(expression, tree=root, names=frozenset(names))


def _over(node: tree.Node, walk: Any) -> tree.Node:
    """Gives a node with its children replaced; its text stays, since it means the same."""
    match node:
        case tree.And() | tree.Or():
            return replace(node, parts=tuple(walk(part) for part in node.parts))
        case tree.Not() | tree.Known() | tree.Negative():
            return replace(node, operand=walk(node.operand))
        case tree.Compare() | tree.Arithmetic():
            return replace(node, left=walk(node.left), right=walk(node.right))
        case tree.Function():
            return replace(node, arguments=tuple(walk(part) for part in node.arguments))
        case tree.Member():
            return replace(node, operand=walk(node.operand), items=tuple(walk(part) for part in node.items))
        case tree.Choice():
            return replace(node, test=walk(node.test), yes=walk(node.yes), no=walk(node.no))
        case tree.Lookup():
            return replace(node, key=walk(node.key))
    return node


def _lengths(snapshot: Snapshot, name: str) -> Column:
    column = snapshot.column(name)
    places, inverse = np.unique(np.where(column.known, column.value, 0), return_inverse=True)
    lengths = np.array([len(text or "") for text in snapshot.text(places)], dtype=np.int32)
    return Column("int", lengths[inverse], column.known)
