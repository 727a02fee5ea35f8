"""The calendar of eligibility: whom time alone brings into a rule's reach, or out of it, and from which day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from anjia.kernel import access
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.grants import Allowed
from anjia.kernel.specs import RuleSpec
from anjia.registers import people
from anjia.rules import foreseeing, hiding
from anjia.rules.finding import WORDS
from anjia.rules.foreseeing import Turns
from anjia.rules.listing import within
from anjia.rules.snapshot import Snapshot

NOTIFIED = (("no", "yes"), ("yes", "no"))
"""Turns that are told: somebody is reached, or no longer is; an unknown asks and is not told."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person, one rule, one day."""

    rule: RuleSpec
    subject: int
    day: date
    before: str
    after: str
    division: str
    name: str = ""


def timed(catalogue: Catalogue, on: date, only: str = "") -> list[RuleSpec]:
    """Gives the rules in force that depend on the day; advice bars and opens nothing and is left out.

    Raises:
        AnjiaError: `definition-unknown` (404) when the one that is asked for is not in force.
    """
    parameters = catalogue.parameters(on)
    rules = [catalogue.get("rule", only, on)] if only else catalogue.list("rule", on)
    return [
        one.spec for one in rules
        if one.spec.reads == "all" and foreseeing.is_timed(one.spec, catalogue, on, parameters)
    ]  # fmt: skip


def calendar(
    rules: Sequence[RuleSpec], snapshot: Snapshot, on: date, until: date, catalogue: Catalogue
) -> Iterator[Turns]:
    """Gives, rule by rule, the next turn of everybody after `on` and not after `until`."""
    parameters = catalogue.parameters(on)
    for rule in rules:
        yield foreseeing.turns(rule, snapshot, on, until, parameters, catalogue=catalogue)


def counts(found: Turns) -> dict[str, int | None]:
    """Gives how many turn from which answer to which, `no→yes`; under ten is None."""
    counted = Counter(f"{WORDS[found.before[row]]}→{WORDS[found.after[row]]}" for row in found.rows())
    return {name: count if count >= hiding.LEAST else None for name, count in sorted(counted.items())}


def to_notify(found: Turns, snapshot: Snapshot) -> Iterator[Turn]:
    """Gives whom to tell, by day, without names: for the job that writes to the persons themselves."""
    codes, place = snapshot.divisions
    for row in found.rows():
        before, after = WORDS[found.before[row]], WORDS[found.after[row]]
        if (before, after) in NOTIFIED:
            day: Any = found.day[row].astype(date)
            yield Turn(found.rule, int(snapshot.subjects[row]), day, before, after, codes[place[row]])


def listed(allowed: Allowed, found: Turns, snapshot: Snapshot, limit: int) -> list[Turn]:
    """Gives whom to tell in an actor's area, with names where the grant shows them; each look is recorded.

    Args:
        allowed: of `rule`, action `list`.
    """
    inside = set(snapshot.subjects[np.flatnonzero(within(snapshot, allowed))].tolist())
    taken = [one for one in to_notify(found, snapshot) if one.subject in inside][:limit]
    names = people.names_of(one.subject for one in taken) if allowed.shows("name") else {}
    for one in taken:
        access.look(
            allowed, one.subject, register=f"rule:{one.rule.id}", fields=("turn", "name") if names else ("turn",),
            ground=f"{one.rule.id} {one.rule.title.zh} / {one.rule.title.en}",
        )  # fmt: skip
    return [
        Turn(one.rule, one.subject, one.day, one.before, one.after, one.division, names.get(one.subject, ""))
        for one in taken
    ]  # fmt: skip
