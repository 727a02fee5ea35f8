"""Which of an item's outcomes a case goes for, and to which office it belongs then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from anjia.casework import answers, concerned
from anjia.casework.answers import is_community
from anjia.casework.definition import item_of
from anjia.casework.models import Case
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.specs.item import Change, ItemSpec, Outcome
from anjia.registers import history
from anjia.rules.judgement import ItemJudgement

PLACE_ARGUMENTS = ("place",)
DIVISION_ARGUMENTS = ("division",)


def choose(case: Case, judgement: ItemJudgement) -> str:
    """Gives the outcome: the applicant's choice while it is open, else the first that holds.

    Unknown comes after yes; when nothing is open, the applicant's choice or the first stands, so
    that the explanation has something to speak of.
    """
    item = item_of(case)
    stored = answers.stored(case, item)
    picked = next(
        (stored.get(f.id) for t in item.topic for f in t.field if f.type == "outcome" and stored.get(f.id)),
        "",
    )
    verdicts: Mapping[str, str] = judgement.outcomes
    if picked and verdicts.get(picked) in ("yes", "unknown"):
        return str(picked)
    for wanted in ("yes", "unknown"):
        for outcome in item.outcome:
            if verdicts.get(outcome.id) == wanted:
                return outcome.id
    return str(picked) if picked in verdicts else item.outcome[0].id


def outcome_of(case: Case) -> Outcome:
    """Gives the chosen outcome's declaration (the first while none is chosen)."""
    item = item_of(case)
    return next((one for one in item.outcome if one.id == case.outcome), item.outcome[0])


def changes(case: Case, plain: Mapping[str, Any]) -> list[tuple[Change, dict[str, Any]]]:
    """Gives the register operations that apply, each with its arguments' values (None = unknown)."""
    return changes_of(item_of(case), concerned.person(case, plain), plain)


def changes_of(item: ItemSpec, person: int | None, plain: Mapping[str, Any]) -> list[tuple[Change, dict[str, Any]]]:
    """Gives the same for a person without a case; `plain` names the outcome."""
    applied = []
    for change in item.change:
        if not change.when or evaluate(parse(change.when), plain) is True:
            arguments = {name: evaluate(parse(text), plain) for name, text in change.values.items()}
            applied.append((change, {"person": person, **arguments}))
    return applied


def destination(case: Case, plain: Mapping[str, Any]) -> str | None:
    """Gives the division (12 digits) to which the case goes, None while it is unknown."""
    for _, arguments in changes(case, plain):
        for name in PLACE_ARGUMENTS:
            if arguments.get(name):
                return str(arguments[name])[:12]
        for name in DIVISION_ARGUMENTS:
            if is_community(arguments.get(name)):
                return str(arguments[name])
        household = arguments.get("household")
        home = history.find_household(int(household), timezone.localdate(), timezone.now()) if household else None
        if home is not None:
            return str(home.division)
    return None
