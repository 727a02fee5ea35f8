"""The desk for the dwelling where somebody wants to settle tells the own share and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from simulators.departments.archive import Archive
from simulators.departments.desks import Question, settle_dwelling

ME, OTHER = "37039919800101001X", "370399198001010021"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive(tmp_path / "archive.sqlite3")
    add(opened, "A", [ME], "住宅", "2019-05-01")
    add(opened, "B", [ME, OTHER], "公寓", "2022-05-01")
    add(opened, "C", [OTHER], "住宅", "2023-05-01")
    yield opened
    opened.close()


def add(archive: Archive, number: str, holders: list[str], usage: str, on: str) -> None:
    archive.add("title", {
        "title_no": number, "holders": [{"no": one, "share": 1 / len(holders)} for one in holders], "usage": usage,
        "land_right": "出让", "address": "某号", "place_code": f"place {number}", "registered_on": on,
        "seized": False, "mortgaged": True,
    })  # fmt: skip


def asked(archive: Archive, citizen_no: str = ME, **arguments: str) -> dict[str, Any] | None:
    return settle_dwelling(archive, Question(citizen_no, "某", arguments, date(2024, 3, 1)))


def test_without_a_number_the_latest_one(archive: Archive) -> None:
    found = asked(archive)
    assert found is not None
    assert (found["title_no"], found["usage"], found["holders"], found["share"]) == ("B", "公寓", 2, 0.5)


def test_the_one_asked_for(archive: Archive) -> None:
    found = asked(archive, title_no="A")
    assert found is not None
    assert (found["is_holder"], found["share"]) == (True, 1.0)


def test_somebody_else_s_dwelling_shows_no_name(archive: Archive) -> None:
    found = asked(archive, title_no="C")
    assert found is not None
    assert (found["is_holder"], found["share"]) == (False, 0.0)
    assert OTHER not in str(found)
    assert "mortgaged" not in found


def test_nothing_is_found(archive: Archive) -> None:
    assert asked(archive, title_no="Z") is None
    assert asked(archive, "370399198001010047") is None
