"""The smallest changes that would lift a refusal, in order of effort, and the day on which time lifts it.

A way is a set of facts with new values under which the rules no longer refuse, while no smaller part of
it does. The sets are found by trying facts, fewest first, and leaving out only what cannot help; each
was tried by the rules themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from anjia.rules.candidates import Candidates, is_other
from anjia.rules.compiling import CompiledRule
from anjia.rules.effort import LEVELS, effort_of
from anjia.rules.judgement import turn_of
from anjia.rules.scene import Scene
from anjia.rules.trial import NO, OPEN, WORDS, YES, Trial

MOST_TRIES = 4000
"""Most trials of one search; a search that needs more says that it was cut short."""
MOST_WAYS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that must become another.

    Attributes:
        before: the present value; None = not known yet.
        after: the nearest value that helps; see `candidates.is_other` for texts.
        bound: `least` or `most` when every value beyond `after` helps too, else empty.
        choices: of a text: every value that helps, nearest first.
        effort: `act`, `consent`, `record`, `time` or `fixed`.
    """

    fact: str
    before: Any
    after: Any
    effort: str
    bound: str = ""
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that lift a refusal together.

    Attributes:
        verdict: what the rules say then: `yes`, or `unknown` when other facts are still missing.
    """

    changes: tuple[Change, ...]
    verdict: str

    @property
    def effort(self) -> str:
        """The effort of its hardest change."""
        return max((one.effort for one in self.changes), key=LEVELS.index)

    @property
    def order(self) -> tuple[Any, ...]:
        """Where it stands among others: hardest change, all efforts, number of changes."""
        ranks = [LEVELS.index(one.effort) for one in self.changes]
        return (max(ranks), len(ranks), sum(ranks), tuple(one.fact for one in self.changes))


@dataclass(frozen=True, slots=True)
class Ways:
    """What lifts a refusal.

    Attributes:
        ways: least effort first; none when no fact that can change helps.
        from_on: the first later day on which time alone lifts it.
        verdict_on: what the rules say on that day.
        fixed: facts that nobody can change without which nothing helps.
        capped: the search was cut short, so there may be other ways.
    """

    ways: tuple[Way, ...]
    from_on: date | None
    verdict_on: str
    fixed: tuple[str, ...]
    capped: bool


class _CutError(Exception):
    """The search took more trials than it may."""


def ways(rules: Sequence[CompiledRule], scene: Scene, *, tries: int = MOST_TRIES) -> Ways:
    """Gives what lifts the refusal of rules that must hold together."""
    search = _Search(rules, scene, tries)
    efforts = search.efforts
    changeable = [name for name in search.trial.facts if efforts[name] != "fixed"]
    fixed: tuple[str, ...] = ()
    found = search.run(changeable)
    if not found and not search.capped and len(changeable) < len(efforts):
        barred = search.run(list(search.trial.facts))
        fixed = tuple(dict.fromkeys(one.fact for way in barred for one in way.changes if one.effort == "fixed"))
    from_on = turn_of(rules, scene)
    verdict_on = "" if from_on is None else WORDS[search.trial.mask({**search.trial.values, "today": from_on})]
    return Ways(tuple(sorted(found, key=lambda way: way.order)), from_on, verdict_on, fixed, search.capped)


class _Search:
    def __init__(self, rules: Sequence[CompiledRule], scene: Scene, tries: int) -> None:
        self.trial = Trial(rules, scene, stays=True)
        self.candidates = Candidates(self.trial, scene.dictionary, scene.on)
        self.efforts = {name: self._effort(name, scene) for name in self.trial.facts}
        self.capped = False
        self._tries = tries

    def _effort(self, name: str, scene: Scene) -> str:
        found = effort_of(name, scene.dictionary)
        # What is not known yet is found out, not changed.
        return "record" if found == "fixed" and self.trial.values.get(name) is None else found

    def run(self, names: list[str]) -> list[Way]:
        """Gives the ways that change only facts among `names`."""
        names = sorted(names, key=lambda name: LEVELS.index(self.efforts[name]))
        found: list[Way] = []
        try:
            for way in self._sets(names, found):
                found.append(way)
                if len(found) >= MOST_WAYS:
                    raise _CutError
        except _CutError:
            self.capped = True
        self.capped = self.capped or not self.candidates.complete
        return found

    def _may(self, values: Mapping[str, Any], free: frozenset[str]) -> bool:
        """Says whether the refusal may be lifted while facts are open."""
        self._tries -= 1
        if self._tries < 0:
            raise _CutError
        return bool(self.trial.mask(values, free) & (YES | OPEN))

    def _sets(self, names: list[str], found: list[Way]) -> Iterator[Way]:
        every = frozenset(names)
        if not self._may(self.trial.values, every):
            return
        # Each way has these; when they are enough, there is no other one.
        needed = [name for name in names if not self._may(self.trial.values, every - {name})]
        others = [name for name in names if name not in needed]
        for size in range(len(others) + 1):
            before = len(found)
            for chosen in self._chosen(tuple(needed), others, size, found):
                way = self._tried(chosen)
                if way is not None:
                    yield way
            if len(found) > before:
                # Alone with what is needed they are enough, so no other way holds them.
                alone = {one.fact for way in found if len(way.changes) == len(needed) + 1 for one in way.changes}
                others = [name for name in others if name not in alone]
            if (size == 0 and found) or not self._may(self.trial.values, frozenset((*needed, *others))):
                return

    def _chosen(
        self, taken: tuple[str, ...], left: list[str], size: int, found: list[Way]
    ) -> Iterator[tuple[str, ...]]:
        """Gives the sets with `size` more facts that may help and hold none that was found already."""
        have = set(taken)
        if any(have.issuperset(one.fact for one in way.changes) for way in found):
            return
        if not self._may(self.trial.values, frozenset((*taken, *(left if size else ())))):
            return
        if size == 0:
            yield taken
            return
        for place in range(len(left) - size + 1):
            yield from self._chosen((*taken, left[place]), left[place + 1 :], size - 1, found)

    def _tried(self, names: tuple[str, ...]) -> Way | None:
        for values in self._assigned(dict(self.trial.values), names):
            changes = tuple(self._change(name, values) for name in names)
            return Way(changes, WORDS[self.trial.mask(values)])
        return None

    def _assigned(self, values: dict[str, Any], left: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        if not self._may(values, frozenset(left)):
            return
        if not left:
            yield values
            return
        for value in self.candidates.of(left[0], values):
            yield from self._assigned({**values, left[0]: value}, left[1:])

    def _change(self, name: str, values: Mapping[str, Any]) -> Change:
        kind, after = self.candidates.kind(name), values[name]
        before, effort = self.trial.values.get(name), self.efforts[name]
        if kind == "text":
            choices = tuple(one for one in self.candidates.of(name, values) if self._helps(name, one, values))
            return Change(name, before, after, effort, choices=tuple(one for one in choices if not is_other(one)))
        step: Any = timedelta(1) if kind == "date" else 1
        bound = ""
        if kind != "bool":
            up, down = self._helps(name, after + step, values), self._helps(name, after - step, values)
            bound = "least" if up and not down else "most" if down and not up else ""
        return Change(name, before, after, effort, bound)

    def _helps(self, name: str, value: Any, values: Mapping[str, Any]) -> bool:
        return self.trial.mask({**values, name: value}) != NO
