"""What others wrote is served as it came; views are short; definitions and errors speak both languages."""

from __future__ import annotations

import ast
import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDORED = sorted((ROOT / "anjia").rglob("vendor.toml"))
CITIES = sorted(path.parent for path in (ROOT / "cities").glob("*/city.toml"))
VIEW_LINES = 20
CJK = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Gives every module of the product, parsed."""
    for path in sorted((ROOT / "anjia").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", VENDORED, ids=lambda path: path.parent.name)
def test_files_of_others_are_served_as_they_came_with_their_licence(path: Path) -> None:
    files = tomllib.loads(path.read_text(encoding="utf-8"))["file"]
    assert files
    for one in files:
        assert hashlib.sha256((path.parent / one["path"]).read_bytes()).hexdigest() == one["sha256"]
        assert (path.parent / one["licence_file"]).is_file()


def test_a_view_parses_calls_and_renders() -> None:
    long = {
        f"{path.name}:{node.name}": node.end_lineno - node.lineno + 1
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno is not None
        and any(isinstance(one, ast.Call) and ast.unparse(one.func) == "view" for one in node.decorator_list)
    }
    assert len(long) > 20
    assert {name: lines for name, lines in long.items() if lines > VIEW_LINES + 5} == {}, "docstring included"


@pytest.mark.parametrize("city", CITIES, ids=lambda path: path.name)
def test_all_words_of_the_definitions_are_in_both_languages(city: Path) -> None:
    assert [one for path in sorted(city.rglob("*.toml")) for one in lacking(path)] == []


def lacking(path: Path) -> Iterator[str]:
    """Gives the places of a definition where one of two languages is missing."""

    def walk(value: Any, where: str) -> Iterator[str]:
        if isinstance(value, dict):
            if {"zh", "en"} & set(value) and not all(str(value.get(one, "")).strip() for one in ("zh", "en")):
                yield where
            for key, inner in value.items():
                yield from walk(inner, f"{where}.{key}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from walk(inner, f"{where}[{number}]")

    return walk(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def test_every_error_has_a_code_and_speaks_both_languages() -> None:
    faults = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "AnjiaError" and len(node.args) > 2):
                continue
            code, zh, en = node.args[:3]
            if isinstance(code, ast.Constant) and not CODE.fullmatch(str(code.value)):
                faults.append(f"{path.name}:{node.lineno} {code.value}")
            if re.search("[a-z]", written(zh)) and not CJK.search(written(zh)):
                faults.append(f"{path.name}:{node.lineno} is not Chinese")
            if CJK.search(written(en)):
                faults.append(f"{path.name}:{node.lineno} is not English")
    assert faults == []


def written(node: ast.expr) -> str:
    """Gives the literal part of a sentence, without what is filled in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
