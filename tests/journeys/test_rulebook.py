"""The rule book and the consultation in a real browser: reading, trying, asking; in every view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.channels.rulebook.conftest import published  # noqa: F401

People = Callable[..., Page]


def test_a_rule_is_found_read_and_tried(people_of: People, inspect: Any, published: Any) -> None:  # noqa: F811
    page = people_of()
    page.goto("/rules/")
    page.get_by_role("searchbox").fill("房东同意")
    page.get_by_role("button", name="查").click()
    page.get_by_role("link", name="S-20").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("在租住的房屋落户")
    page.locator('[id="lease.filed"]').get_by_role("radio").nth(1).check()
    expect(page.locator("#answer")).to_contain_text("不符合这条规则")
    assert page.url.endswith("/rules/S-20/")
    inspect("/rules/", name="rules")
    inspect("/rules/?q=公共集体户", name="rules-found")
    inspect("/rules/S-20/", name="rule")
    inspect("/rules/S-20/?example=3", name="rule-tried")
    inspect("/rules/S-01/?example=0", name="rule-advice")
    inspect("/rules/S-20/?on=2024-03-01", name="rule-old", views=("standard", "desk"))


def test_a_question_is_answered_with_a_way_out(inspect: Any, published: Any) -> None:  # noqa: F811
    inspect("/search/?q=租的房子能落户吗", name="ask-online")
    inspect("/search/?q=户口簿写满了", name="ask-window")
    inspect("/search/?q=电费怎么交", name="ask-elsewhere")
    inspect("/search/?q=龘龘龘", name="ask-nothing")
