"""A rule as people read it: words, grounds, parameters, versions, examples and who uses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.channels.rulebook import naming
from anjia.channels.ui import dates
from anjia.consultation import answering
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.specs import RuleSpec, Words


@dataclass(frozen=True, slots=True)
class Change:
    """One text then and now; None where there was none."""

    then: Words | None
    now: Words | None
    conditions: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule; `changes` against the version before it, `on` a day on which it held."""

    on: date
    until: date | None
    digest: str
    shown: bool
    current: bool
    changes: tuple[Change, ...]
    first: bool


def index(question: str) -> dict[str, Any]:
    """Gives the chapters with their rules, or the rules closest to words."""
    catalogue, today = publishing.in_force(), dates.today()
    rules = {one.id: one.spec for one in catalogue.list("rule", today)}
    found = [rules[ident] for ident in answering.find_rules(question, catalogue, today)] if question else []
    return {"question": question, "found": found, "chapters": _chapters(catalogue, today, list(rules.values()))}


def version(ident: str, on: str) -> Definition:
    """Gives the version of a rule that held on a day, today's when the day cannot be read.

    Raises:
        AnjiaError: `definition-unknown` (404).
    """
    try:
        day = date.fromisoformat(on)
    except ValueError:
        day = dates.today()
    return publishing.in_force().get("rule", ident, day)


def page(definition: Definition) -> dict[str, Any]:
    """Gives everything that the page of a rule shows, beside its form."""
    catalogue, today = publishing.in_force(), dates.today()
    rule: RuleSpec = definition.spec
    shown = versions(catalogue, definition)
    chapter = catalogue.find("chapter", rule.chapter, today)
    return {
        "rule": rule,
        "chapter": chapter.spec.title if chapter else Words(rule.chapter, rule.chapter),
        "assumed": any(basis.tag == "assumed" for clause in rule.clause for basis in clause.basis),
        "parameters": parameters(catalogue, definition, today),
        "versions": shown,
        "old": not any(one.shown and one.current for one in shown),
        "items": items(catalogue, rule.id, today),
        "topics": topics(catalogue, rule.id, today),
        "examples": [(one, naming.told(one, catalogue)) for one in rule.example],
    }


def versions(catalogue: Catalogue, shown: Definition) -> list[Version]:
    """Gives the versions of a rule, the newest first, each with what it changed."""
    found = [one for one in catalogue.all() if (one.kind, one.id) == ("rule", shown.id)]
    before: Sequence[Definition | None] = [None, *found[:-1]]
    return [
        Version(
            one.valid_from, one.valid_to, one.digest[:12], one.digest == shown.digest, one.holds(dates.today()),
            tuple(changes(old.spec, one.spec)) if old else (), old is None,
        )
        for old, one in zip(before, found, strict=True)
    ][::-1]  # fmt: skip


def changes(old: RuleSpec, new: RuleSpec) -> Iterator[Change]:
    """Gives what differs between two versions: words, and conditions whose words may be the same."""
    if old.plain != new.plain:
        yield Change(old.plain, new.plain)
    then, now = {one.id: one for one in old.clause}, {one.id: one for one in new.clause}
    for ident in dict.fromkeys([*now, *then]):
        one, other = then.get(ident), now.get(ident)
        if one is None or other is None:
            yield Change(one.text if one else None, other.text if other else None)
        elif (one.text, one.when, one.applies) != (other.text, other.when, other.applies):
            conditions = ("", "") if one.when == other.when else (one.when, other.when)
            yield Change(one.text, other.text, conditions)


def parameters(catalogue: Catalogue, definition: Definition, on: date) -> list[Any]:
    """Gives the city's parameters that a rule reads, with every span of days."""
    wanted = {name.removeprefix("cfg.") for name in naming.names(definition.spec, catalogue, on)}
    wanted |= {str(value).removeprefix("cfg.") for value in definition.spec.params.values()}
    return sorted(
        (one for one in catalogue.city.parameter if one.id in wanted), key=lambda one: (one.id, one.valid_from)
    )


def items(catalogue: Catalogue, ident: str, on: date) -> list[Any]:
    """Gives the items in force that judge by a rule."""
    found = [one.spec for one in catalogue.list("item", on)]
    return [one for one in found if ident in one.rules or any(ident in outcome.rules for outcome in one.outcome)]


def topics(catalogue: Catalogue, ident: str, on: date) -> list[Any]:
    """Gives the matters that rest on a rule and that no item runs yet."""
    found = [one.spec for one in catalogue.list("topic", on) if catalogue.find("item", one.id, on) is None]
    return [one for one in found if ident in one.rules]


def _chapters(catalogue: Catalogue, on: date, rules: Sequence[RuleSpec]) -> list[tuple[str, Words, list[RuleSpec]]]:
    titles = {one.id: one.spec for one in catalogue.list("chapter", on)}
    known = sorted({rule.chapter for rule in rules}, key=lambda one: (titles[one].place if one in titles else 99, one))
    return [
        (one, titles[one].title if one in titles else Words(one, one), [rule for rule in rules if rule.chapter == one])
        for one in known
    ]
