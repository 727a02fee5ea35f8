"""Divisions with the time for which each code held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions

pytestmark = pytest.mark.django_db

LINES = """code,name,level,parent,valid_from,valid_to,managing_area
9901,云市,city,,1990-01-01,,
990101,东县,county,9901,1990-01-01,,
990101001,柳桥镇,town,990101,1990-01-01,2020-01-01,
990101001,柳桥街道,town,990101,2020-01-01,,高新区
990101001001,柳桥社区,community,990101001,1990-01-01,,
990101001002,新社区,community,990101001,2020-01-01,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "divisions.csv").write_text(LINES, encoding="utf-8")
    assert divisions.load(tmp_path) == 6
    return tmp_path


def names(code: str, on: date) -> list[str]:
    return [one.name for one in divisions.path(code, on)]


def test_the_way_down_to_a_code(folder: Path) -> None:
    on = date(2026, 1, 1)
    assert names("990101001001", on) == ["东县", "柳桥街道", "柳桥社区"]
    assert names("990101001000", on) == ["东县", "柳桥街道"]
    assert names("990101", on) == ["东县"]
    assert divisions.name("990101001001", on) == "东县柳桥街道柳桥社区"
    assert divisions.name("880101001001", on) == "880101001001"


def test_as_it_stood_on_a_day(folder: Path) -> None:
    assert names("990101001001", date(2019, 12, 31))[1] == "柳桥镇"
    assert names("990101001001", date(2020, 1, 1))[1] == "柳桥街道"
    before = [one.code for one in divisions.children("990101001", date(2019, 12, 31))]
    after = [one.code for one in divisions.children("990101001", date(2020, 1, 1))]
    assert (before, after) == (["990101001001"], ["990101001001", "990101001002"])


def test_loading_twice_changes_nothing(folder: Path) -> None:
    assert divisions.load(folder) == 0


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    wrong = LINES.replace("990101,东县,county,9901,1990-01-01", "990101,东县,county,9901,never")
    (tmp_path / "divisions.csv").write_text(wrong, encoding="utf-8")
    with pytest.raises(AnjiaError) as caught:
        divisions.load(tmp_path)
    assert caught.value.code == "divisions-malformed"
    assert "divisions.csv:3" in caught.value.message.en


def test_the_station_of_a_place() -> None:
    assert divisions.station_of("990101001001") == "990101001000"
