"""Answers a question with the approved sentence of a definition; nothing is composed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from anjia.consultation.index import Entry, Index
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.specs import Basis, ItemSpec, RuleSpec, TopicSpec, Words

RULE_FLOOR = 0.3
"""Least likeness at which a rule is named beside a matter."""


@dataclass(frozen=True, slots=True)
class Found:
    """One matter or rule.

    Attributes:
        route: `online` when an item in force runs it, `window`, `terminal`, `elsewhere`, or `rule`.
        slug: address of the item or rule, empty for neither.
        answer: the approved sentence.
        score: likeness, 0 to 1.
    """

    id: str
    title: Words
    answer: Words
    route: str
    slug: str
    basis: tuple[Basis, ...]
    rules: tuple[str, ...]
    score: float

    @property
    def outside(self) -> bool:
        """Another department's matter."""
        return self.route == "elsewhere"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    Attributes:
        best: the closest matter; None when nothing is close enough.
        others: up to two neighbours; without a best one, what is closest all the same.
        rules: rules about it, the closest first.
    """

    question: str
    best: Found | None
    others: tuple[Found, ...]
    rules: tuple[Found, ...]

    @property
    def out_of_scope(self) -> bool:
        """Not the office's matter, or nothing close enough to say that it is."""
        return self.best is None or self.best.outside

    @property
    def ranked(self) -> tuple[str, ...]:
        """Ids of the best three matters, the first as answered."""
        return tuple(one.id for one in ((self.best,) if self.best else ()) + self.others)[:3]


def answer(question: str, catalogue: Catalogue, on: date) -> Answer:
    """Gives the answer to a question from the definitions in force on a day."""
    matters, rules, floor = _indexes(catalogue, on)
    scored = sorted(matters.scores(question).items(), key=lambda pair: (-pair[1], pair[0]))
    found = [_matter(catalogue, on, ident, score) for ident, score in scored[:3]]
    best = found[0] if found and found[0].score >= floor else None
    near = sorted(rules.scores(question).items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [] if best is None or best.outside else [pair for pair in near[:3] if pair[1] >= RULE_FLOOR]
    return Answer(
        question, best, tuple(found[1:] if best else found),
        tuple(_rule(catalogue, on, ident, score) for ident, score in shown),
    )  # fmt: skip


def find_rules(question: str, catalogue: Catalogue, on: date, limit: int = 30) -> list[str]:
    """Gives ids of the rules closest to words, the closest first."""
    _, rules, floor = _indexes(catalogue, on)
    wanted = question.strip().upper()
    named = [ident for ident in rules.entries if f"{ident.upper()}-".startswith(f"{wanted}-")]
    if named:
        return sorted(named, key=lambda ident: (len(ident), ident))[:limit]
    scored = sorted(rules.scores(question).items(), key=lambda pair: (-pair[1], pair[0]))
    return [ident for ident, score in scored if score >= floor / 2][:limit]


def matters(catalogue: Catalogue, on: date) -> dict[str, TopicSpec | ItemSpec]:
    """Gives everything that can be asked about: topics, and items that no topic names."""
    found: dict[str, TopicSpec | ItemSpec] = {one.id: one.spec for one in catalogue.list("topic", on)}
    return {one.id: one.spec for one in catalogue.list("item", on)} | found


@lru_cache(maxsize=8)
def _indexes(catalogue: Catalogue, on: date) -> tuple[Index, Index, float]:
    lexicons = catalogue.list("lexicon", on)
    lexicon = lexicons[0].spec if lexicons else None
    entries = [_entry(catalogue, on, ident, spec) for ident, spec in matters(catalogue, on).items()]
    rules = [_rule_entry(one.spec) for one in catalogue.list("rule", on)]
    return Index(entries, lexicon), Index(rules, lexicon), lexicon.floor if lexicon else 0.2


def _entry(catalogue: Catalogue, on: date, ident: str, spec: TopicSpec | ItemSpec) -> Entry:
    running = catalogue.find("item", ident, on)
    names = [spec.title.zh, spec.title.en, *spec.aliases]
    if running is not None:
        names += [running.spec.title.zh, running.spec.title.en, *running.spec.aliases]
    sentence = spec.answer if isinstance(spec, TopicSpec) else spec.purpose
    outside = isinstance(spec, TopicSpec) and spec.route == "elsewhere"
    return Entry(ident, tuple(dict.fromkeys(names)), f"{sentence.zh} {sentence.en}", outside)


def _rule_entry(rule: RuleSpec) -> Entry:
    clauses = " ".join(clause.text.zh for clause in rule.clause)
    return Entry(rule.id, (rule.title.zh, rule.title.en), f"{rule.plain.zh} {clauses} {rule.plain.en}")


def _matter(catalogue: Catalogue, on: date, ident: str, score: float) -> Found:
    spec = matters(catalogue, on)[ident]
    running = catalogue.find("item", ident, on)
    if running is not None:
        item: ItemSpec = running.spec
        rules = tuple(dict.fromkeys([*item.rules, *(rule for one in item.outcome for rule in one.rules)]))
        return Found(ident, item.title, item.purpose, "online", item.slug, item.basis, rules, score)
    assert isinstance(spec, TopicSpec)
    known = tuple(rule for rule in spec.rules if catalogue.find("rule", rule, on))
    return Found(ident, spec.title, spec.answer, spec.route, "", spec.basis, known, score)


def _rule(catalogue: Catalogue, on: date, ident: str, score: float) -> Found:
    rule: RuleSpec = catalogue.get("rule", ident, on).spec
    basis = tuple(dict.fromkeys(one for clause in rule.clause for one in clause.basis))
    return Found(ident, rule.title, rule.plain, "rule", ident, basis, (), score)
