"""The tutorial is followed to the letter: its files, its commands, and the page at its end."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from django.test import Client, override_settings

from anjia.conf import main
from anjia.conf.commands import check
from anjia.kernel import definitions

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs/tutorial/a-new-item.md").read_text(encoding="utf-8")
FILE = re.compile(r"Write `([^`]+)`:\n\n```toml\n(.*?)```", re.DOTALL)
FACTS = re.search(r"```json\n(.*?)```", TUTORIAL, re.DOTALL)
COMMANDS = re.findall(r"^\$ anjia (.+)$", TUTORIAL, re.MULTILINE)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The first city's folder with the tutorial's files added."""
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "cities/zibo", folder)
    written = FILE.findall(TUTORIAL)
    assert [name for name, _ in written] == ["rules/T-90.toml", "items/T90-community-household.toml"]
    for name, text in written:
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_city_with_the_new_item_has_no_fault(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "check" in COMMANDS
    assert main.main(["check", str(city)]) == 0
    assert "0 处错误 / faults" in capsys.readouterr().out


def test_a_broken_expression_is_named_with_its_line(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = city / "rules/T-90.toml"
    rule.write_text(rule.read_text("utf-8").replace("not person.own_dwelling", "not person.own_dweling"), "utf-8")
    line = next(n for n, text in enumerate(rule.read_text("utf-8").splitlines(), 1) if "own_dweling" in text)
    assert main.main(["check", str(city)]) == 1
    assert f"T-90.toml:{line}: " in capsys.readouterr().out


@pytest.mark.parametrize(("facts", "status", "word"), [
    (None, 1, "不符合"),
    ({"person.own_dwelling": False, "applicant.own_will": True}, 0, "符合"),
    ({"applicant.own_will": True}, 3, "待"),
])
def test_judging_by_hand_explains_and_exits_by_verdict(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], facts: dict[str, bool] | None, status: int,
    word: str,
) -> None:  # fmt: skip
    assert FACTS is not None
    file = tmp_path / "facts.json"
    file.write_text(FACTS[1] if facts is None else json.dumps(facts), encoding="utf-8")
    judged = [command.split() for command in COMMANDS if command.startswith("judge")]
    assert [words[1] for words in judged] == ["T-90", "T90"]
    with override_settings(ANJIA_CITY=city):
        for _, ident, _, *options in judged:
            assert main.main(["judge", ident, str(file), *options]) == status
            assert word in capsys.readouterr().out or options


@pytest.mark.django_db
def test_the_published_item_has_a_page(city: Path) -> None:
    catalogue, faults = check.checked(city)
    assert faults == []
    with override_settings(ANJIA_CITY=city):
        definitions.publish(catalogue, drafted_by="起草人", published_by="发布人")
        page = Client().get("/items/community-household/")
    assert page.status_code == 200
    assert "落社区公共集体户" in page.content.decode()
