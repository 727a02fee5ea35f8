"""Rules made ready: each clause as closures, with the facts it reads in the order of its text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from anjia.kernel.expressions import Closure, Expression, compile, parse, tree
from anjia.kernel.specs import RuleSpec
from anjia.kernel.specs.rule import Clause
from anjia.rules.scene import Dictionary, is_ours

KEPT = 1024
"""Most rules that are kept ready; the oldest leave first."""


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """One clause made ready.

    Attributes:
        reads: facts that the clause reads, those of `applies` first.
        told: what every explanation of the clause says alike, as JSON values.
    """

    clause: Clause
    when: Expression
    applies: Expression | None
    met: Closure
    counts: Closure | None
    reads: tuple[str, ...]
    told: dict[str, Any]

    def verdict(self, values: dict[str, Any]) -> str:
        """Gives yes, no, unknown or not_applicable; what may not apply and is met anyway is met."""
        counts = True if self.counts is None else self.counts(values)
        if counts is False:
            return "not_applicable"
        met = self.met(values)
        if met is True:
            return "yes"
        return "no" if met is False and counts is True else "unknown"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule made ready."""

    rule: RuleSpec
    clauses: tuple[CompiledClause, ...]

    def verdict(self, verdicts: list[str]) -> str:
        """Gives the rule's verdict from those of its clauses."""
        if self.rule.reads == "first":
            return "yes" if "yes" in verdicts else "unknown" if "unknown" in verdicts else "no"
        return "no" if "no" in verdicts else "unknown" if "unknown" in verdicts else "yes"


_ready: OrderedDict[int, CompiledRule] = OrderedDict()
_lock = Lock()


def compiled(rule: RuleSpec) -> CompiledRule:
    """Gives a rule made ready; each published version is one object, so it is compiled once.

    Raises:
        AnjiaError: `expression-invalid` when a clause cannot be read.
    """
    found = _ready.get(id(rule))
    # The kept value holds the rule itself, so its id cannot come to name another one.
    if found is not None:
        return found
    made = CompiledRule(rule, tuple(_clause(clause) for clause in rule.clause))
    with _lock:
        _ready[id(rule)] = made
        if len(_ready) > KEPT:
            _ready.popitem(last=False)
    return made


def inlined(node: tree.Node, known: Dictionary) -> tree.Node:
    """Gives a tree in which computed facts stand as the expressions that compute them."""

    def written_out(part: tree.Node) -> tree.Node | None:
        if isinstance(part, tree.Fact) and part.name in known.derived:
            return inlined(known.derived[part.name].expression.tree, known)
        return None

    return rewritten(node, written_out)


def rewritten(node: tree.Node, swap: Callable[[tree.Node], tree.Node | None]) -> tree.Node:
    """Gives a tree with pieces put in place of others.

    Args:
        swap: a piece → what stands in its place, None to keep it and look at the pieces below it.
    """
    found = swap(node)
    if found is not None:
        return found
    match node:
        case tree.And() | tree.Or():
            return replace(node, parts=_all(node.parts, swap))
        case tree.Not() | tree.Known() | tree.Negative():
            return replace(node, operand=rewritten(node.operand, swap))
        case tree.Compare() | tree.Arithmetic():
            return replace(node, left=rewritten(node.left, swap), right=rewritten(node.right, swap))
        case tree.Function():
            return replace(node, arguments=_all(node.arguments, swap))
        case tree.Member():
            return replace(node, operand=rewritten(node.operand, swap), items=_all(node.items, swap))
        case tree.Choice():
            test, yes, no = _all(node.children(), swap)
            return replace(node, test=test, yes=yes, no=no)
        case tree.Lookup():
            return replace(node, key=rewritten(node.key, swap))
    return node


def _all(nodes: tuple[tree.Node, ...], swap: Callable[[tree.Node], tree.Node | None]) -> tuple[tree.Node, ...]:
    return tuple(rewritten(one, swap) for one in nodes)


def reads_of(*expressions: Expression | None) -> tuple[str, ...]:
    """Gives the facts that expressions read, in the order of the text, each once."""
    names = (
        part.table if isinstance(part, tree.Lookup) else part.name
        for one in expressions
        if one is not None
        for part in tree.walk(one.tree)
        if isinstance(part, tree.Fact | tree.Lookup)
    )
    return tuple(dict.fromkeys(name for name in names if not is_ours(name)))


def _clause(clause: Clause) -> CompiledClause:
    when = parse(clause.when)
    applies = parse(clause.applies) if clause.applies else None
    return CompiledClause(
        clause=clause,
        when=when,
        applies=applies,
        met=compile(when),
        counts=None if applies is None else compile(applies),
        reads=reads_of(applies, when),
        told={
            "text": {"zh": clause.text.zh, "en": clause.text.en},
            "remedy": {"zh": clause.remedy.zh, "en": clause.remedy.en},
        },
    )
