"""The rule text of the day on which a case was opened judges it to its end, however often the rule changes."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.casework import facts
from anjia.casework.definition import catalogue_of
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.definitions.loading import decode
from anjia.rules import to_text
from tests.casework import steps
from tests.casework.conftest import Staff

STRICTER = "lease.filed and days_between(lease.start, today) >= 10950"


def changed(definition: Definition, when: str, valid_from: date) -> Definition:
    """Gives a rule whose first clause asks for something else, from a day on."""
    content: dict[str, Any] = copy.deepcopy(dict(definition.content))
    content["clause"][0]["when"] = when
    content["valid_from"] = valid_from
    spec = decode("rule", content)
    return Definition("rule", spec.id, digest_of(content), content, spec, valid_from, None, definition.path)


@pytest.fixture
def versions(staff: Staff, departments: Any, catalogue: Catalogue) -> tuple[Any, Any]:
    """A case of yesterday, and one of today, the first day of the stricter rule."""
    today = timezone.localdate()
    new = steps.answered(staff, facts.refresh(staff.tenant, steps.opened(staff)))
    version = changed(catalogue.get("rule", "tenant"), STRICTER, today)
    assert publishing.publish(Catalogue([version]), drafted_by="author", published_by="publisher") == 1
    old = steps.fresh(new)
    old.opened_on = today - timedelta(1)
    return old, new


def clause(judged: Any) -> str:
    return next(one.verdict for rule in judged.rules if rule.rule.id == "tenant" for one in rule.clauses)


def test_an_old_case_is_judged_by_the_old_text_and_a_new_one_by_the_new(versions: tuple[Any, Any]) -> None:
    old, new = versions
    digests = [catalogue_of(case).get("rule", "tenant").digest for case in (old, new)]
    assert digests[0] != digests[1]
    assert [publishing.by_digest(one).spec.clause[0].when for one in digests] == ["lease.filed", STRICTER]
    assert [clause(facts.judgement(case)) for case in (old, new)] == ["yes", "no"]


def test_the_explanation_and_its_day_follow_the_text_of_the_case(versions: tuple[Any, Any]) -> None:
    old, new = versions
    assert "再过" not in to_text(facts.judgement(old), advise=True)
    told = to_text(facts.judgement(new), advise=True)
    assert "再过" in told
    assert str(date(2020, 1, 1) + timedelta(10950)) in told
