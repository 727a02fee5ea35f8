"""The booklet of a household as of any day, as a sealed certificate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from anjia.credentials import booklet, documents, issuing
from anjia.kernel.definitions import Catalogue, in_force, loading, publishing
from anjia.kernel.errors import AnjiaError
from anjia.registers import history
from tests.credentials import moving
from tests.credentials.moving import Town
from tests.registers.world import do


@pytest.fixture
def town(db: None) -> Town:
    found = moving.found_town()
    wanted = [one for one in loading.load(moving.CITY).catalogue.all() if one.id == issuing.BOOKLET]
    publishing.publish(Catalogue(wanted), drafted_by="author", published_by="publisher")
    return found


def home(town: Town, on: date, known_at: Any = None) -> int:
    own = history.membership(town.tenant, on, known_at or timezone.now())
    assert own is not None
    return own.household


def content(household: int, on: date, known_at: Any, language: str = "zh") -> dict[str, Any]:
    spec = in_force().get("certificate", issuing.BOOKLET, timezone.localdate()).spec
    return dict(booklet.of_household(household, on, known_at, spec, language)["booklet"])


def test_the_booklet_shows_the_household_of_its_day(town: Town) -> None:
    today = timezone.localdate()
    before, old = timezone.now(), home(town, today)
    moving.decide(town)
    yesterday = today - timedelta(days=1)
    was = content(old, yesterday, timezone.now())
    assert len(was["persons"]) == len(history.household(old, yesterday, timezone.now()).members) > 1
    new = content(home(town, today), today, timezone.now())
    assert {one["name"] for one in new["persons"]} <= {one["name"] for one in was["persons"]}
    assert new["head"]["address"] != was["head"]["address"]
    assert content(old, today, before)["persons"] == content(old, yesterday, before)["persons"]
    assert all(len(one["citizen_no"]) == 18 for one in was["persons"])


def test_a_birth_known_in_part_is_printed_so(town: Town) -> None:
    today = timezone.localdate()
    born = history.person(town.tenant, today, timezone.now()).birth_on
    do("doubt-date", register="particulars", subject=town.tenant, day=born, known="year", field="birth_on")
    pages = content(home(town, today), today, timezone.now())["persons"]
    assert f"{born.year}年" in {one["birth_on"] for one in pages}
    pages = content(home(town, today), today, timezone.now(), "en")["persons"]
    assert str(born.year) in {one["birth_on"] for one in pages}


def test_a_page_says_that_a_fact_on_it_is_under_enquiry(town: Town) -> None:
    today = timezone.localdate()
    assert "核查" not in content(home(town, today), today, timezone.now())["as_of"]
    do("open-enquiry", today, subject=town.tenant, register="particulars", field="birth_on")
    do("open-enquiry", today, subject=town.tenant, register="residence")
    assert "其中 1 项内容正在核查" in content(home(town, today), today, timezone.now())["as_of"]


def test_a_booklet_is_sealed_kept_and_rests_on_no_act(town: Town) -> None:
    today = timezone.localdate()
    known_at = timezone.now()
    made = issuing.issue_booklet(home(town, today), today, known_at, language="en")
    assert documents.content(made).startswith(b"%PDF")
    assert (made.certificate, made.act_id, made.known_at) == (issuing.BOOKLET, None, known_at)
    again = issuing.issue_booklet(home(town, today), today, known_at)
    assert again.number != made.number
    assert not documents.get(made.number).is_revoked


def test_where_there_is_nothing_to_show_no_booklet_is_made(town: Town) -> None:
    with pytest.raises(AnjiaError) as caught:
        issuing.issue_booklet(10**12, timezone.localdate(), timezone.now())
    assert caught.value.code == "household-unknown"
    with pytest.raises(AnjiaError) as caught:
        issuing.issue_booklet(town.collective, timezone.localdate(), timezone.now())
    assert caught.value.code == "booklet-empty"
