"""The smallest sets of facts that would settle an unknown, whatever they turn out to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from anjia.kernel.expressions import tree
from anjia.rules.candidates import Candidates
from anjia.rules.compiling import CompiledRule
from anjia.rules.scene import Scene
from anjia.rules.trial import OPEN, YES, Trial

MOST_TRIES = 4000
"""Most trials of one search; a search that needs more says that it was cut short."""
MOST_SETS = 3


@dataclass(frozen=True, slots=True)
class Settling:
    """What settles an unknown.

    Attributes:
        sets: the smallest sets of facts after which the verdict is yes or no; several when equally small.
        yes: values of the first set that would make it yes; empty when none does.
        capped: the search was cut short: the set settles, but may not be the smallest.
    """

    sets: tuple[tuple[str, ...], ...]
    yes: Mapping[str, Any]
    capped: bool

    @property
    def unset(self) -> bool:
        """Whether no fact settles it: what is missing is a parameter that the city has not set."""
        return not self.sets and not self.capped


class _CutError(Exception):
    """The search took more trials than it may."""


def settling(rules: Sequence[CompiledRule], scene: Scene, *, tries: int = MOST_TRIES) -> Settling:
    """Gives the facts that settle rules which are unknown together; no set when nothing does."""
    return _Search(rules, scene, tries).run()


class _Search:
    def __init__(self, rules: Sequence[CompiledRule], scene: Scene, tries: int) -> None:
        self.trial = Trial(rules, scene, stays=False)
        self.candidates = Candidates(self.trial, scene.dictionary, scene.on)
        self._tries = tries
        known = (part for root in self.trial.trees for part in tree.walk(root) if isinstance(part, tree.Known))
        # To know these too can open a question that was closed; all others only help.
        self._asked = {part.name for one in known for part in tree.walk(one) if isinstance(part, tree.Fact)}

    def run(self) -> Settling:
        """Gives the smallest sets."""
        unknown = tuple(name for name in self.trial.facts if self.trial.values.get(name) is None)
        sets, capped = [unknown], False
        try:
            if not self._may_settle(unknown):
                return Settling((), {}, not self.candidates.complete)
            needed = tuple(
                name
                for name in unknown
                if name not in self._asked and not self._may_settle(tuple(one for one in unknown if one != name))
            )
            sets = self._smallest(needed, [name for name in unknown if name not in needed])
        except _CutError:
            capped = True
        self._tries = max(self._tries, MOST_TRIES // 4)
        try:
            yes = self._yes(self.trial.values, sets[0])
        except _CutError:
            yes = {}
        return Settling(tuple(sets), yes, capped or not self.candidates.complete)

    def _smallest(self, needed: tuple[str, ...], others: list[str]) -> list[tuple[str, ...]]:
        """Gives the smallest sets; each holds what is needed in any case."""
        for size in range(len(others) + 1):
            found = [
                chosen for more in combinations(others, size) if self._settles(chosen := self._ordered(needed, more))
            ]
            if found:
                return found[:MOST_SETS]
        return []

    def _may_settle(self, names: tuple[str, ...]) -> bool:
        """Says whether the facts settle it, some of those that `is_known` asks about left out if need be."""
        asked = [name for name in names if name in self._asked]
        return any(
            self._settles(tuple(name for name in names if name not in left_out))
            for size in range(len(asked) + 1)
            for left_out in combinations(asked, size)
        )

    def _ordered(self, needed: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
        wanted = {*needed, *more}
        return tuple(name for name in self.trial.facts if name in wanted)

    def _settles(self, names: tuple[str, ...], values: Mapping[str, Any] | None = None) -> bool:
        """Says whether the verdict is settled whatever the facts turn out to be."""
        self._tries -= 1
        if self._tries < 0:
            raise _CutError
        values = self.trial.values if values is None else values
        if not self.trial.mask(values, frozenset(names)) & OPEN:
            return True
        if not names:
            return False
        first, left = names[0], names[1:]
        return all(self._settles(left, {**values, first: one}) for one in self.candidates.of(first, values))

    def _yes(self, values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        """Gives values of the facts under which the verdict is yes; facts that then do not matter are left out."""
        self._tries -= 1
        if self._tries < 0:
            raise _CutError
        if self.trial.mask(values) == YES:
            return {name: value for name, value in values.items() if self.trial.values.get(name) is None}
        if not names or not self.trial.mask(values, frozenset(names)) & YES:
            return {}
        for one in self.candidates.of(names[0], values):
            found = self._yes({**values, names[0]: one}, names[1:])
            if found:
                return found
        return {}
