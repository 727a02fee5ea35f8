"""The rule book shows every rule in words, then and now, and judges answers without keeping them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anjia.channels.rulebook import naming, reading, trying
from anjia.kernel.definitions import Catalogue
from tests.channels.rulebook.conftest import LATER

pytestmark = pytest.mark.django_db


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_index_lists_every_rule_by_chapter(published: Catalogue) -> None:
    page = body(Client().get("/rules/"))
    for one in published.list("rule"):
        assert f'href="/rules/{one.id}/"' in page
    assert "S 落户" in page


@pytest.mark.parametrize(("words", "ident"), [("S-21", "S-21"), ("房东同意", "S-20"), ("公共集体户", "S-21")])
def test_a_rule_is_found_by_number_and_by_words(words: str, ident: str, published: Catalogue) -> None:
    assert ident in [one.id for one in reading.index(words)["found"]]


def test_every_rule_has_a_page_in_both_languages_and_its_examples_can_be_tried(published: Catalogue) -> None:
    for language in ("zh-hans", "en"):
        client = Client()
        client.cookies["anjia_language"] = language
        for one in published.list("rule"):
            page = body(client.get(f"/rules/{one.id}/"))
            assert page.count("?example=") == len(one.spec.example), one.id


def test_an_example_gives_in_the_form_the_verdict_that_its_definition_expects(published: Catalogue) -> None:
    tried = 0
    for one in published.list("rule"):
        askable = {spec.id for spec in trying.facts(one.spec, published, trying._day(one))}
        for number, example in enumerate(one.spec.example):
            # A form cannot say that a text is known to be empty: an empty answer is no answer.
            if set(example.facts) <= askable and "" not in example.facts.values():
                tried += 1
                assert trying.blank(one, str(number))["result"]["verdict"] == example.expect, (one.id, example.name)
    assert tried > 40


def test_answers_are_judged_at_once_and_nothing_is_stored(published: Catalogue) -> None:
    posted = {"on": "2026-11-25", "lease.filed": "false"}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = body(Client().post("/rules/S-20/", posted))
    assert "按您填的，不符合这条规则" in page
    assert "请房东到住建部门备案" in page
    assert [
        one["sql"] for one in asked if not one["sql"].lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ] == []


def test_what_is_not_known_is_asked_for_and_never_refused(published: Catalogue) -> None:
    page = body(Client().post("/rules/S-20/", {"on": "2026-11-25"}))
    assert "还不能判断" in page
    assert "不符合这条规则" not in page


def test_a_script_gets_the_answer_alone(published: Catalogue) -> None:
    page = body(Client().post("/rules/S-20/", {"on": "2026-11-25"}, headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert "还不能判断" in page


@pytest.mark.parametrize(
    ("name", "value"), [("on", "2026-02-30"), ("on", ""), ("lease.start", "yesterday"), ("lease.filed", "perhaps")]
)
def test_a_wrong_answer_is_named_and_not_judged(name: str, value: str, published: Catalogue) -> None:
    page = body(Client().post("/rules/S-20/", {"on": "2026-11-25", name: value}))
    assert 'role="alert"' in page
    assert "按您填的" not in page


def test_time_alone_is_told_with_its_day(published: Catalogue) -> None:
    posted = {
        "on": "2026-11-25", "lease.filed": "true", "lease.start": "2026-12-01", "lease.end": "2027-11-30",
        "lessor.is_holder": "true", "lessor.consents": "true",
    }  # fmt: skip
    assert "2026 年 12 月 1 日" in body(Client().post("/rules/S-20/", posted))


def test_text_then_and_now_stand_side_by_side(published: Catalogue) -> None:
    now = body(Client().get("/rules/S-20/"))
    assert "新文本" in now
    assert "这是旧文本" not in now
    then = body(Client().get("/rules/S-20/?on=2024-03-01"))
    assert "这是旧文本" in then
    old, new = published.get("rule", "S-20", LATER.replace(year=2024)), published.get("rule", "S-20", LATER)
    shown = reading.versions(published, new)
    assert [one.digest for one in shown] == [new.digest[:12], old.digest[:12]]
    assert [change.now.zh for change in shown[0].changes if change.now] == ["租赁合同须已备案（新文本）"]


def test_parameters_come_with_their_days_and_the_items_that_use_the_rule(published: Catalogue) -> None:
    page = body(Client().get("/rules/S-20/"))
    assert "租期下限" in page
    assert "/items/lease-settlement/" in page
    assert "假定，待本市确认" in page


def test_a_rule_that_nobody_knows_is_not_found(published: Catalogue) -> None:
    assert Client().get("/rules/S-999/").status_code == 404


def test_the_names_of_computed_facts_are_followed_to_their_parts(published: Catalogue) -> None:
    for one in published.list("rule"):
        assert {spec.source for spec in trying.facts(one.spec, published, LATER)} & {"derived"} == set()
        assert naming.names(one.spec, published, LATER) or not one.spec.clause


def test_the_search_page_answers_with_sentence_article_and_a_way_out(published: Catalogue) -> None:
    page = body(Client().get("/search/?q=户口簿写满了"))
    assert "居民户口簿换领、补领" in page
    assert "可以网上办" in page
    assert "户口帮办" in page
    assert "规则书" in page
    elsewhere = body(Client().get("/search/?q=电费怎么交"))
    assert "我们不代为答复" in elsewhere
