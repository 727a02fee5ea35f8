"""Contrast of every pair of tokens, class names, weight, and what strict CSP would break."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from anjia.channels.ui import texts

UI = texts.CHANNELS / "ui" / "static" / "ui"
SHEETS = sorted(texts.CHANNELS.glob("*/static/*/*.css"))
TEMPLATES = sorted(texts.CHANNELS.glob("*/templates/**/*.html"))
TEXT = 4.5
CONTROL = 3.0

PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3") for ground in ("card", "bg")],
    *[(ink, ground, TEXT) for ink in ("ink", "ink-2") for ground in ("blue-50", "gold-50", "red-50", "green-50")],
    *[("blue-700", ground, TEXT) for ground in ("card", "bg", "blue-50", "blue-100")],
    *[(f"{tone}-700", f"{tone}-{step}", TEXT) for tone in ("red", "gold", "green") for step in (50, 100)],
    *[(f"{tone}-700", "card", TEXT) for tone in ("red", "gold", "green")],
    ("blue-600", "card", TEXT), ("blue-600", "bg", TEXT), ("on-brand", "brand-fill", TEXT),
    ("on-danger", "danger-fill", TEXT), ("field", "card", CONTROL), ("field", "bg", CONTROL),
    ("on-head", "blue-900", TEXT), ("on-head", "blue-800", TEXT), ("on-head-2", "blue-800", TEXT),
    ("focus", "blue-900", CONTROL), ("focus", "focus-in", CONTROL),
]  # fmt: skip


def tokens(*names: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", (UI / name).read_text(encoding="utf-8")))
    return found


def colour(values: dict[str, str], name: str) -> tuple[float, float, float]:
    value = values[name]
    while value.startswith("var("):
        value = values[value[6:-1]]
    digits = value.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return red, green, blue


def contrast(values: dict[str, str], one: str, other: str) -> float:
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (colour(values, one), colour(values, other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("sheets", [("tokens.css",), ("tokens.css", "dark.css")], ids=["light", "dark"])
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_every_pair_of_colours_has_enough_contrast(sheets: tuple[str, ...], one: str, other: str, least: float) -> None:
    assert contrast(tokens(*sheets), one, other) >= least


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_every_class_starts_with_aj_and_lies_in_a_layer(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.sub(r"\{[^{}]*\}", "{}", text)
    names = re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r'"[^"]*"', "", selectors))
    assert {name for name in names if not name.startswith(("aj-", "htmx-"))} == set()
    assert text.strip().startswith("@layer")


@pytest.mark.parametrize("channel", ["residents", "counter", "verification"])
def test_the_styles_of_a_page_weigh_at_most_twelve_kilobytes(channel: str) -> None:
    paths = [path for path in SHEETS if path.parent.name in ("ui", channel)]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths) <= 12 * 1024


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_has_inline_styles_or_scripts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=|javascript:", text)
    assert not re.search(r"(src|href)=\"https?:", text)


def test_vendored_files_are_those_that_were_reviewed() -> None:
    for one in tomllib.loads((UI / "vendor.toml").read_text(encoding="utf-8"))["file"]:
        assert hashlib.sha256((UI / one["path"]).read_bytes()).hexdigest() == one["sha256"]
        assert (UI / one["licence_file"]).exists()


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (UI / "sprite.svg").read_text(encoding="utf-8")))
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r'\bicon\("([\w-]+)"', text)) | set(re.findall(r'\bicon="([\w-]+)"', text))
        assert named <= drawn, path.name
