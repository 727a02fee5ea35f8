"""Every sentence in both languages; every key that is asked for exists and none lies idle."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.utils import translation

from anjia.channels.ui import texts

CHANNELS = sorted(path.parent.name for path in texts.CHANNELS.glob("*/texts.toml"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ASKED = re.compile(r"""\bt\(\s*"([a-z0-9_.]+)"\s*[,)]""")


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_sentence_is_there_in_chinese_and_english_with_the_same_values(channel: str) -> None:
    for key, entry in texts.entries(channel).items():
        assert entry["zh"].strip(), key
        assert entry["en"].strip(), key
        if "en_one" not in entry:
            assert fields(entry["zh"]) == fields(entry["en"]), key
        assert set(entry) <= {"zh", "en", "en_one", "zh_one"}, key


@pytest.mark.parametrize("channel", [name for name in CHANNELS if name != texts.SHARED])
def test_no_channel_hides_a_shared_sentence(channel: str) -> None:
    assert not set(texts.entries(channel)) & set(texts.entries(texts.SHARED))


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_key_that_a_template_asks_for_exists(channel: str) -> None:
    for path in templates(channel):
        for key in ASKED.findall(path.read_text(encoding="utf-8")):
            assert texts.find(channel, key), f"{path.name}: {key}"


@pytest.mark.parametrize("channel", CHANNELS)
def test_templates_hold_no_prose_of_their_own(channel: str) -> None:
    for path in templates(channel):
        assert not CHINESE.search(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("channel", CHANNELS)
def test_words_that_the_brief_forbids_are_never_said(channel: str) -> None:
    for key, entry in texts.entries(channel).items():
        for word in ("系统错误", "非法", "请联系管理员", "尊敬的", "！", "进行办理"):
            assert word not in entry["zh"], key
        assert "!" not in entry["en"], key


def test_no_sentence_of_the_residents_lies_idle() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("residents", "ui")
        for path in (texts.CHANNELS / folder).rglob("*")
        if path.suffix in (".py", ".html")
    )
    for key in texts.entries("residents"):
        table, _, last = key.partition(".")
        stem = re.sub(r"_[a-z_]+$|(?<=\.)[A-Z0-9]+$", "", key)
        # `t("case.h_" ~ verdict)` asks for a family of keys by their stem; Python leaves out the table.
        asked = (f'"{key}"', f'"{stem}_" ~', f"{stem}_{{", f'"{table}." ~', f'"{last}"')
        assert any(text in source for text in asked), key


def test_the_singular_is_taken_for_one() -> None:
    with translation.override("en"):
        assert texts.text("ui", "summary.title", n=1) == "Please change this answer"
        assert texts.text("ui", "summary.title", n=2) == "Please change these 2 answers"


def test_an_unknown_key_fails() -> None:
    with pytest.raises(texts.UnknownTextError):
        texts.text("residents", "nothing.here")


def templates(channel: str) -> list[Path]:
    return sorted((texts.CHANNELS / channel / "templates").rglob("*.html"))


def test_undefined_names_fail(rf: Any, db: None) -> None:
    template = engines["jinja2"].from_string("{{ nobody_set_this }}")
    with pytest.raises(Exception, match="nobody_set_this"):
        template.render({}, rf.get("/"))
