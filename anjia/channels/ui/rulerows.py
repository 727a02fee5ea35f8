"""Rule rows: a judgement as people read it, what needs action first; residents and staff alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from anjia.kernel.specs import Basis, LawSpec, Words
from anjia.rules import Judgement, advising, changing, settling
from anjia.rules.scene import Scene

Verdict = Literal["unmet", "lacking", "unknown", "met", "not_applicable"]
ORDER: tuple[Verdict, ...] = ("unmet", "lacking", "unknown", "met", "not_applicable")
TRIES = 1000
"""Most trials of a search for a page, which must not wait for it (about 50 ms)."""
ICONS: dict[str, str] = {
    "met": "check", "lacking": "warning", "unmet": "cross", "unknown": "question", "not_applicable": "minus",
}  # fmt: skip
TONES: dict[str, str] = {
    "met": "green", "lacking": "gold", "unmet": "red", "unknown": "gold", "not_applicable": "plain",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One fact that the clause used, with its source and time; `value` None = not known yet."""

    label: Words
    value: str | Words | None
    source: Words | None
    at: datetime | None
    detail: Words | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do next: words, and where the button leads when there is one."""

    text: Words
    href: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One clause with verdict, words, basis, facts and remedy.

    Attributes:
        laws: name of a law that the basis cites → since when it is in force, and where its text is.
    """

    id: str
    rule_id: str
    verdict: Verdict
    text: Words
    basis: tuple[Basis, ...]
    found: tuple[Found, ...]
    remedy: Remedy | None
    from_on: date | None
    actions: tuple[Remedy, ...] = field(default=())
    laws: Mapping[str, LawSpec] = field(default_factory=dict)

    @property
    def icon(self) -> str:
        """Name of the verdict's icon."""
        return ICONS[self.verdict]

    @property
    def tone(self) -> str:
        """Tone of the verdict: green, gold, red or plain."""
        return TONES[self.verdict]


@dataclass(frozen=True, slots=True)
class Turn:
    """One way to lift a refusal: what each fact must become, and what that takes.

    Attributes:
        effort: `act`, `consent`, `record` or `time`.
        changes: label of the fact, what it must become, who holds it.
        judged_then: other facts are still missing after it.
    """

    effort: str
    changes: tuple[tuple[Words, Words, Words], ...]
    judged_then: bool


@dataclass(frozen=True, slots=True)
class Help:
    """What turns a no, or what settles an unknown.

    Attributes:
        turns: least effort first.
        from_on: the day on which time alone lifts the refusal, in `days` days; `judged_then` when
            other facts are still missing on it.
        settles: label and holder of each fact of the smallest set that settles the unknown.
        fixed: labels of facts that nobody can change without which nothing helps.
        capped: the search was cut short.
        unset: no fact settles the unknown; the city has set no standard for it.
    """

    turns: tuple[Turn, ...] = ()
    from_on: date | None = None
    days: int = 0
    judged_then: bool = False
    settles: tuple[tuple[Words, Words], ...] = ()
    fixed: tuple[Words, ...] = ()
    capped: bool = False
    unset: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.turns or self.from_on or self.settles or self.fixed or self.unset)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many clauses say what."""

    met: int
    lacking: int
    unknown: int
    unmet: int
    not_applicable: int

    @property
    def total(self) -> int:
        """Number of clauses."""
        return self.met + self.lacking + self.unknown + self.unmet + self.not_applicable

    @property
    def verdict(self) -> Verdict:
        """The clause verdict that weighs most."""
        counts = {name: getattr(self, name) for name in ("unmet", "lacking", "unknown")}
        return next((name for name in ORDER if counts.get(name)), "met")

    @property
    def icon(self) -> str:
        """Name of the verdict's icon."""
        return ICONS[self.verdict]

    @property
    def tone(self) -> str:
        """Tone of the verdict."""
        return TONES[self.verdict]


def rows(
    judgements: Iterable[Any],
    *,
    spec_of: Callable[[str], Any],
    action: Callable[[str], Sequence[Remedy]] = lambda _: (),
) -> list[RuleRow]:
    """Gives the rows of judged rules, what needs action first.

    Args:
        judgements: `rules.Judgement`, each with its clauses.
        spec_of: fact id → `FactSpec` or None; gives labels and shown values.
        action: a clause's `action` (`consent:owner`) → buttons; empty where none leads anywhere.
    """
    made = [_row(judgement, clause, spec_of, action) for judgement in judgements for clause in judgement.clauses]
    return sorted(made, key=lambda row: ORDER.index(row.verdict))


def help_of(judgements: Sequence[Judgement], *, most: int = 3) -> Help:
    """Gives what turns a no of rules that must hold together, or what settles an unknown; empty when yes.

    Args:
        judgements: the rules that the outcome needs, judged over one scene.
        most: most ways that are shown.
    """
    required = [one for one in judgements if not one.is_advice]
    verdicts = [one.verdict for one in required]
    rules = [one.compiled for one in required]
    if "no" in verdicts:
        return _turning(changing.ways(rules, required[0].scene, tries=TRIES), required[0].scene, most)
    if "unknown" not in verdicts:
        return Help()
    scene, found = required[0].scene, settling.settling(rules, required[0].scene, tries=TRIES)
    names = found.sets[0] if found.sets else ()
    held = tuple((advising.label_of(name, scene), advising.holder(name, scene)) for name in names)
    return Help(settles=held, capped=found.capped, unset=found.unset)


def _turning(found: changing.Ways, scene: Scene, most: int) -> Help:
    specs = scene.dictionary.specs
    turns = [
        Turn(
            way.effort,
            tuple(
                (
                    advising.label_of(one.fact, scene),
                    advising.change_words(one, specs.get(one.fact)),
                    advising.holder(one.fact, scene),
                )
                for one in way.changes
            ),
            way.verdict == "unknown",
        )
        for way in found.ways[:most]
    ]
    fixed = tuple(advising.label_of(name, scene) for name in found.fixed)
    days = 0 if found.from_on is None else (found.from_on - scene.on).days
    return Help(tuple(turns), found.from_on, days, found.verdict_on == "unknown", (), fixed, found.capped)


def summary(made: Sequence[RuleRow]) -> Summary:
    """Counts the verdicts of rows."""
    return Summary(**{name: sum(row.verdict == name for row in made) for name in ORDER})


def verdict_of(clause: Any, *, can_act: bool) -> Verdict:
    """Gives the word for a judged clause: unknown asks, it never reads as a refusal."""
    if clause.verdict == "yes":
        return "met"
    if clause.verdict == "not_applicable":
        return "not_applicable"
    if clause.verdict == "no":
        return "unmet"
    return "lacking" if can_act else "unknown"


def _row(judgement: Any, judged: Any, spec_of: Callable[[str], Any], action: Callable[..., Any]) -> RuleRow:
    clause = judged.clause
    buttons = tuple(action(clause.action)) if clause.action else ()
    verdict = verdict_of(judged, can_act=bool(clause.action) and clause.action != "visit")
    open_ = verdict in ("unmet", "lacking", "unknown")
    return RuleRow(
        id=clause.id,
        rule_id=judgement.rule.id if hasattr(judgement.rule, "id") else str(judgement.rule),
        verdict=verdict,
        text=clause.text,
        basis=tuple(clause.basis),
        found=tuple(_found(fact, spec_of) for fact in judged.facts),
        remedy=Remedy(clause.remedy) if open_ else None,
        from_on=judged.from_on,
        actions=buttons if open_ else (),
        laws=judged.laws,
    )


def _found(fact: Any, spec_of: Callable[[str], Any]) -> Found:
    spec = spec_of(fact.id)
    label = spec.label if spec else Words(zh=fact.id, en=fact.id)
    return Found(label, shown(fact.value, spec), fact.source, fact.at, fact.detail)


def shown(value: Any, spec: Any) -> str | Words | None:
    """Gives a fact's value as the dictionary shows it, None when it is not known."""
    if value is None:
        return None
    key = str(value).lower() if isinstance(value, bool) else str(value)
    if spec and key in spec.shown:
        found: Words = spec.shown[key]
        return found
    if isinstance(value, bool):
        return Words(zh="是", en="Yes") if value else Words(zh="否", en="No")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value}{f' {spec.unit}' if spec and spec.unit else ''}"
