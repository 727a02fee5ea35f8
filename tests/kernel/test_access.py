"""The record of looks, as the person and as the supervisor see it."""

from __future__ import annotations

from typing import Any

import pytest

from anjia.kernel import access
from anjia.kernel.models import Actor
from anjia.kernel.specs.text import Words

pytestmark = pytest.mark.django_db


def look(**more: Any) -> int:
    given = {
        "actor": None, "subject": 7, "register": "person", "fields": ("name",), "purpose": "p", "ground": "g",
    } | more  # fmt: skip
    return access.record(**given)


def test_the_person_sees_the_newest_first_and_pages_by_key() -> None:
    ids = [look() for _ in range(5)]
    first = access.of_person(7, limit=2)
    assert [row.pk for row in first] == ids[:2:-1]
    assert [row.pk for row in access.of_person(7, before_id=first[-1].pk)] == ids[2::-1]
    assert access.of_person(8) == []


def test_who_looked_is_told_in_words() -> None:
    actor = Actor.objects.create_actor("a", None, kind="staff", name_zh="钱")
    look(actor=actor.pk)
    look(who=Words(zh="民政局", en="Civil affairs"))
    look()
    assert [row.who_zh for row in access.of_person(7)] == ["系统", "民政局", "钱"]


def test_what_the_law_withholds_is_hidden_from_the_person_and_counted_to_the_supervisor() -> None:
    look(withheld=True)
    look(withheld=True, subject=8)
    look()
    assert len(access.of_person(7)) == 1
    assert (access.withheld_count(7), access.withheld_count()) == (1, 2)
    assert [row.subject for row in access.withheld()] == [8, 7]


def test_one_query_is_one_line_and_an_unanswered_one_is_seen() -> None:
    look(request_id="q1", outcome="asked")
    look(request_id="q1", outcome="answered")
    look(request_id="q2", outcome="asked")
    assert [row.outcome for row in access.of_person(7)] == ["asked", "answered"]
