"""The services of one purpose that a person may ask for now, judged on what the register says alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from anjia.casework import cases, outcomes, registered
from anjia.casework.models import Case
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import ItemSpec
from anjia.kernel.specs.item import Step
from anjia.registers import operations
from anjia.registers.preview import preview
from anjia.rules.judgement import ClauseJudgement, ItemJudgement
from anjia.rules.judging import judge_item, wanted_checks
from anjia.rules.ports import Fact, FactRequest

UNKNOWN = "argument-missing"
"""Code with which an operation is refused while something that it needs is unknown."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One service as it stands for a person today.

    Attributes:
        open: the person's case of it that is under way, None without one.
        checks: facts that whoever takes the first step has to see.
        refusal: what the register itself would refuse, None when it would be done or that is not known yet.
    """

    item: ItemSpec
    judged: ItemJudgement
    open: Case | None
    checks: tuple[str, ...]
    refusal: AnjiaError | None

    @property
    def step(self) -> Step:
        """The step that is taken first."""
        return self.item.step[0]

    @property
    def is_barred(self) -> bool:
        """Says whether a clause or the register itself bars it."""
        return self.judged.verdict == "no" or self.refusal is not None

    @property
    def refusing(self) -> tuple[ClauseJudgement, ...]:
        """The clauses that bar it; empty while one outcome is open or may be."""
        if self.judged.verdict != "no":
            return ()
        return tuple(
            clause for one in self.judged.rules if not one.is_advice
            for clause in one.clauses if clause.verdict == "no"
        )  # fmt: skip


def of_person(person: int, purpose: str, *, actor: int | None = None) -> list[Offer]:
    """Gives the services of a purpose with their verdicts for a person, by id; no department is asked.

    Args:
        actor: id of the officer who asks.
    """
    catalogue, today = publishing.in_force(), timezone.localdate()
    items = [one.spec for one in catalogue.list("item", today) if one.spec.data_purpose == purpose]
    if not items:
        return []
    request = FactRequest(
        item=items[0], catalogue=catalogue, interfaces=(), person=person, case_number="", purpose=purpose,
        known={}, on=today, on_behalf=actor,
    )  # fmt: skip
    facts = {fact.id: fact for fact in registered.SOURCE.facts(request)}
    return [_offer(person, item, catalogue, facts) for item in sorted(items, key=lambda one: one.id)]


def _offer(person: int, item: ItemSpec, catalogue: Catalogue, facts: Mapping[str, Fact]) -> Offer:
    judged = judge_item(item, catalogue, facts, timezone.localdate())
    checks = wanted_checks(judged, item.step[0])
    return Offer(item, judged, cases.find_open(person, item.id), checks, _refusal(person, judged))


def _refusal(person: int, judged: ItemJudgement) -> AnjiaError | None:
    """Gives why none of the outcomes that the rules leave open would be written; the first reason found."""
    found = None
    for ident, verdict in judged.outcomes.items():
        if verdict == "no":
            continue
        plain = {**judged.scene.values, "outcome": ident}
        try:
            for change, arguments in outcomes.changes_of(judged.item, person, plain):
                preview(operations.prepare(change.do, arguments, on=timezone.localdate()))
        except AnjiaError as error:
            if error.code == UNKNOWN:
                return None
            found = found or error
        else:
            return None
    return found
