"""A service is found by people's own words, and not named when nothing is close."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from anjia.channels.residents import searching
from anjia.kernel.specs import Words


def item(ident: str, zh: str, en: str, *aliases: str) -> Any:
    return SimpleNamespace(id=ident, title=Words(zh, en), aliases=aliases)


ITEMS = [
    item("lease", "租房落户", "Settlement by lease", "租的房子落户", "没买房落户"),
    item("purchase", "购房落户", "Settlement by purchase", "买房落户"),
    item("birth", "出生登记", "Registration of a birth", "孩子上户口", "新生儿落户"),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("租的房子能落户吗", "lease"),
        ("我买了房想落户", "purchase"),
        ("小孩怎么上户口", "birth"),
        ("settle by lease", "lease"),
    ],
)
def test_the_closest_service_comes_first(question: str, expected: str) -> None:
    assert searching.find(question, ITEMS)[0].id == expected


@pytest.mark.parametrize("question", ["社保卡丢了", "", "hello", "？？？"])
def test_nothing_close_names_nothing(question: str) -> None:
    assert searching.find(question, ITEMS) == []
