"""Rules tried over facts of which some are still open: which verdicts remain possible.

A verdict that is possible is a bit of a mask. The masks are never too small, so a search may leave out
what they exclude; with no fact open they hold exactly the verdict that the rules give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anjia.kernel.expressions import tree
from anjia.kernel.expressions.closures import closure
from anjia.rules.compiling import CompiledClause, CompiledRule, inlined
from anjia.rules.scene import Dictionary, Scene, is_ours

YES, NO, OPEN = 1, 2, 4
ANY = YES | NO | OPEN
WORDS = {YES: "yes", NO: "no", OPEN: "unknown"}

Values = Mapping[str, Any]
Mask = Callable[[Values, frozenset[str]], int]

_TOTAL = (tree.Const, tree.Fact, tree.Compare, tree.Member, tree.Function)
_PARTIAL = ("add_days", "add_months")


class Trial:
    """Rules that must hold together, ready to be tried.

    Args:
        stays: an open fact may also stay as it is; else it becomes known, whatever it is.

    Attributes:
        facts: every fact that decides, computed ones by their parts, in the order of the text.
        values: what is known now.
        trees: the expressions of the clauses, computed facts written out.
    """

    def __init__(self, rules: Sequence[CompiledRule], scene: Scene, *, stays: bool) -> None:
        computed = {name: one for name, one in scene.dictionary.derived.items() if name not in scene.given}
        self._known = Dictionary(scene.dictionary.specs, computed)
        self.values: dict[str, Any] = {**scene.given, "today": scene.on}
        self.trees: list[tree.Node] = []
        self._rules = [(rule.rule.reads, [self._clause(one, stays) for one in rule.clauses]) for rule in rules]
        names = (part.name for root in self.trees for part in tree.walk(root) if isinstance(part, tree.Fact))
        self.facts = tuple(dict.fromkeys(name for name in names if not is_ours(name)))

    def mask(self, values: Values, free: frozenset[str] = frozenset()) -> int:
        """Gives the verdicts that are possible while the facts in `free` are open."""
        found = YES
        for reads, clauses in self._rules:
            found = _AND[found][_rule(reads, clauses, values, free)]
            if found == NO:
                return NO
        return found

    def _clause(self, clause: CompiledClause, stays: bool) -> tuple[Mask | None, Mask]:
        when = inlined(clause.when.tree, self._known)
        self.trees.append(when)
        if clause.applies is None:
            return None, _mask(when, stays)
        applies = inlined(clause.applies.tree, self._known)
        self.trees.append(applies)
        return _mask(applies, stays), _mask(when, stays)


def _rule(reads: str, clauses: list[tuple[Mask | None, Mask]], values: Values, free: frozenset[str]) -> int:
    first = reads == "first"
    table, found = (_OR, NO) if first else (_AND, YES)
    for counts, met in clauses:
        applies = YES if counts is None else counts(values, free)
        part = _clause_mask(applies, met(values, free) if applies != NO else ANY, NO if first else YES)
        found = table[found][part]
    return found


def _clause_mask(applies: int, met: int, otherwise: int) -> int:
    """Gives the verdicts of a clause; one that does not apply counts as `otherwise`."""
    found = otherwise if applies & NO else 0
    if applies & ~NO:
        found |= met & (YES | OPEN)
        if met & NO:
            found |= (NO if applies & YES else 0) | (OPEN if applies & OPEN else 0)
    return found


def _mask(node: tree.Node, stays: bool) -> Mask:
    match node:
        case tree.And() | tree.Or():
            return _joined(node, stays)
        case tree.Not():
            inner = _mask(node.operand, stays)
            return lambda values, free: _NOT[inner(values, free)]
        case tree.Choice():
            test, yes, no = (_mask(part, stays) for part in node.children())
            return lambda values, free: _chosen(test(values, free), yes, no, values, free)
        case tree.Known():
            return _known(node, stays)
    return _atom(node, stays)


def _joined(node: tree.And | tree.Or, stays: bool) -> Mask:
    parts = tuple(_mask(part, stays) for part in node.parts)
    table, start = (_AND, YES) if isinstance(node, tree.And) else (_OR, NO)

    def run(values: Values, free: frozenset[str]) -> int:
        found = start
        for part in parts:
            found = table[found][part(values, free)]
        return found

    return run


def _chosen(test: int, yes: Mask, no: Mask, values: Values, free: frozenset[str]) -> int:
    found = OPEN if test & OPEN else 0
    if test & YES:
        found |= yes(values, free)
    if test & NO:
        found |= no(values, free)
    return found


def _known(node: tree.Known, stays: bool) -> Mask:
    value, names = closure(node), _names(node)
    plain = isinstance(node.operand, tree.Fact)

    def run(values: Values, free: frozenset[str]) -> int:
        if not names & free:
            return YES if value(values) else NO
        if not plain:
            return YES | NO
        stays_unknown = stays and any(values.get(name) is None for name in names)
        return YES | NO if stays_unknown else YES

    return run


def _atom(node: tree.Node, stays: bool) -> Mask:
    value, names = closure(node), _names(node)
    pieces = list(tree.walk(node))
    strict = all(isinstance(piece, _TOTAL) and not isinstance(piece, tree.Member) for piece in pieces)
    total = all(
        isinstance(piece, _TOTAL) and not (isinstance(piece, tree.Function) and piece.name in _PARTIAL)
        for piece in pieces
    )

    def run(values: Values, free: frozenset[str]) -> int:
        if not names & free:
            return _OF[value(values)]
        unknown = [name for name in names if values.get(name) is None]
        if strict and not free.issuperset(unknown):
            return OPEN
        open_ = not total or (unknown if stays else not free.issuperset(unknown))
        return ANY if open_ else YES | NO

    return run


def _names(node: tree.Node) -> frozenset[str]:
    parts = (part.table if isinstance(part, tree.Lookup) else getattr(part, "name", "") for part in tree.walk(node)
             if isinstance(part, tree.Fact | tree.Lookup))  # fmt: skip
    return frozenset(parts)


def _table(join: Callable[[int, int], int]) -> tuple[tuple[int, ...], ...]:
    bits = (YES, NO, OPEN)
    return tuple(
        tuple(sum({join(x, y) for x in bits if a & x for y in bits if b & y}) for b in range(8)) for a in range(8)
    )


_OF = {True: YES, False: NO, None: OPEN}
_NOT = tuple((NO if m & YES else 0) | (YES if m & NO else 0) | (m & OPEN) for m in range(8))
_AND = _table(lambda x, y: NO if NO in (x, y) else OPEN if OPEN in (x, y) else YES)
_OR = _table(lambda x, y: YES if YES in (x, y) else OPEN if OPEN in (x, y) else NO)
