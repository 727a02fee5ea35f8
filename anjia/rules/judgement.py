"""What judging gives: verdicts at once; facts, traces and turning days when somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from anjia.kernel.expressions import Expression, Trace, trace, tree
from anjia.kernel.specs import ItemSpec, LawSpec, RuleSpec
from anjia.kernel.specs.rule import Clause
from anjia.rules.compiling import CompiledClause, CompiledRule
from anjia.rules.ports import Fact
from anjia.rules.scene import Scene
from anjia.rules.turning import first_turn, moving


class ClauseJudgement:
    """One clause judged.

    Attributes:
        verdict: `yes`, `no`, `unknown` or `not_applicable`.
    """

    __slots__ = ("_facts", "compiled", "scene", "verdict")

    def __init__(self, compiled: CompiledClause, verdict: str, scene: Scene) -> None:
        self.compiled = compiled
        self.verdict = verdict
        self.scene = scene
        self._facts: tuple[Fact, ...] | None = None

    def __repr__(self) -> str:
        return f"ClauseJudgement({self.clause.id!r}, {self.verdict!r})"

    @property
    def clause(self) -> Clause:
        """The clause as it is declared."""
        return self.compiled.clause

    @property
    def laws(self) -> dict[str, LawSpec]:
        """The texts that its basis cites, by name, as they are in force on the day; those declared."""
        known = self.scene.dictionary.laws
        return {one.law: known[one.law] for one in self.clause.basis if one.law in known}

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that the clause reads, with source and moment, unknown ones too."""
        if self._facts is None:
            self._facts = tuple([self.scene.fact(name) for name in self.compiled.reads])
        return self._facts

    @property
    def trace(self) -> Trace:
        """The value of each piece of the clause (of its `applies` when it does not apply)."""
        shown = self.compiled.when
        if self.verdict == "not_applicable" and self.compiled.applies is not None:
            shown = self.compiled.applies
        return trace(shown, self.scene.values)

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the facts whose absence leaves the clause unknown, computed ones by their parts."""
        if self.verdict != "unknown":
            return ()
        values, known = self.scene.values, self.scene.dictionary
        names = self._open().names
        unknown = [name for name in self.compiled.reads if name in names and values.get(name) is None]
        parts = [part for name in unknown for part in known.parts(name)]
        return tuple(dict.fromkeys(part for part in parts if values.get(part) is None))

    @property
    def from_on(self) -> date | None:
        """The first later day on which time alone makes a `no` something else, None if never."""
        if self.verdict != "no":
            return None
        trees = moving(self.compiled, self.scene.dictionary)
        if not trees:
            return None
        return first_turn(
            self.scene.on,
            trees,
            self.scene.values,
            lambda day: self.compiled.verdict(self.scene.at(day)) != "no",
        )

    def _open(self) -> Expression:
        applies, counts = self.compiled.applies, self.compiled.counts
        if applies is not None and counts is not None and counts(self.scene.values) is None:
            return applies
        return self.compiled.when


class Judgement:
    """One rule judged.

    Attributes:
        verdict: `yes`, `no` or `unknown`.
        clauses: in the order of the rule.
    """

    __slots__ = ("clauses", "compiled", "scene", "verdict")

    def __init__(self, compiled: CompiledRule, scene: Scene) -> None:
        values = scene.values
        verdicts = [clause.verdict(values) for clause in compiled.clauses]
        pairs = zip(compiled.clauses, verdicts, strict=True)
        self.compiled = compiled
        self.scene = scene
        self.verdict = compiled.verdict(verdicts)
        self.clauses = tuple([ClauseJudgement(clause, verdict, scene) for clause, verdict in pairs])

    def __repr__(self) -> str:
        return f"Judgement({self.rule.id!r}, {self.verdict!r})"

    @property
    def rule(self) -> RuleSpec:
        """The rule as it is declared."""
        return self.compiled.rule

    @property
    def is_advice(self) -> bool:
        """Whether the rule only advises: it bars nothing."""
        return self.rule.reads == "first"

    @property
    def first(self) -> ClauseJudgement | None:
        """Of a rule that reads `first`: the first clause that holds."""
        if not self.is_advice:
            return None
        return next((one for one in self.clauses if one.verdict == "yes"), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the facts that leave the rule unknown; none when it is decided anyway."""
        if self.verdict != "unknown":
            return ()
        return tuple(dict.fromkeys(name for one in self.clauses for name in one.missing))

    @property
    def from_on(self) -> date | None:
        """The first later day on which time alone makes a `no` something else, None if never."""
        return turn_of((self.compiled,), self.scene) if self.verdict == "no" else None


class ItemJudgement:
    """A service item judged: each outcome by the common rules and its own.

    Attributes:
        plan: outcome id → the rules that it needs; advice is not among them.
        rules: every rule of the item once, common ones first.
        outcomes: outcome id → `yes`, `no` or `unknown`.
    """

    __slots__ = ("item", "outcomes", "plan", "rules", "scene")

    def __init__(
        self,
        item: ItemSpec,
        plan: Mapping[str, Sequence[CompiledRule]],
        rules: tuple[Judgement, ...],
        scene: Scene,
    ) -> None:
        verdicts = {one.rule.id: one.verdict for one in rules}
        self.item = item
        self.plan = plan
        self.rules = rules
        self.scene = scene
        self.outcomes = {ident: joined([verdicts[one.rule.id] for one in needed]) for ident, needed in plan.items()}

    def __repr__(self) -> str:
        return f"ItemJudgement({self.item.id!r}, {self.outcomes!r})"

    @property
    def verdict(self) -> str:
        """The best that is open: `yes` when an outcome is, `unknown` when one may be, else `no`."""
        found = self.outcomes.values()
        return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the facts that would settle the outcomes that are still unknown, in order of need."""
        open_now = [rules for ident, rules in self.plan.items() if self.outcomes[ident] == "unknown"]
        needed = {one.rule.id for rules in open_now for one in rules}
        found = (name for one in self.rules if one.rule.id in needed for name in one.missing)
        return tuple(dict.fromkeys(found))

    @property
    def from_on(self) -> date | None:
        """The first later day on which time alone opens an outcome, when none is open now."""
        if self.verdict != "no":
            return None
        days = [turn_of(rules, self.scene) for rules in self.plan.values()]
        return min((day for day in days if day is not None), default=None)


def joined(verdicts: Sequence[str]) -> str:
    """Gives the verdict of rules that must all hold."""
    return "no" if "no" in verdicts else "unknown" if "unknown" in verdicts else "yes"


def turn_of(rules: Sequence[CompiledRule], scene: Scene) -> date | None:
    """Gives the first later day on which rules together are no longer refused, None if never."""
    trees: list[tree.Node] = []
    for rule in rules:
        parts = [(clause, moving(clause, scene.dictionary)) for clause in rule.clauses]
        standing = (clause for clause, found in parts if not found)
        # What time does not touch stays as it is: one such refusal is enough.
        if rule.rule.reads == "all" and any(one.verdict(scene.values) == "no" for one in standing):
            return None
        trees += [root for _, found in parts for root in found]
    if not trees:
        return None

    def turned(day: date) -> bool:
        values = scene.at(day)
        return all(rule.verdict([one.verdict(values) for one in rule.clauses]) != "no" for rule in rules)

    return first_turn(scene.on, trees, scene.values, turned)
