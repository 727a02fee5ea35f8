"""Gherkin files as cases: each scenario, each row of its examples, with its background, as plain steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

RULE = re.compile(r"^(\s*)Rule:", re.M)
LANGUAGE = re.compile(r"^\s*#\s*language\s*:", re.M)

Row = dict[str, str]


@dataclass(frozen=True)
class Step:
    """One step: its text without the keyword, and the rows of its table by column."""

    text: str
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The rows of a table whose first row names the columns."""
        head, *body = self.cells or ((),)
        return [dict(zip(head, row, strict=True)) for row in body]

    @property
    def values(self) -> Row:
        """The one row of a table, or its rows of name and value."""
        if self.cells and self.cells[0] == ("naam", "waarde"):
            return dict(row for row in self.cells[1:])  # type: ignore[misc]
        return self.rows[0] if len(self.cells) > 1 else {}


@dataclass(frozen=True)
class Case:
    """One runnable case of a file.

    Attributes:
        file: path within the suite.
        line: line of the scenario, or of the row of examples that fills it.
    """

    file: str
    line: int
    title: str
    steps: tuple[Step, ...]

    @property
    def ident(self) -> str:
        """File and line, by which a case is named."""
        return f"{self.file}:{self.line}"


def cases(folder: Path, file: str) -> Iterator[Case]:
    """Gives the cases of one file of the suite."""
    text = (folder / file).read_text(encoding="utf-8")
    # The suite writes the English word in files that are Dutch.
    text = RULE.sub(r"\1Regel:", text)
    if not LANGUAGE.search(text):
        text = f"# language: nl\n{text}"
    document = Parser().parse(text)
    lines = dict(_lines(document["feature"]))
    for pickle in Compiler().compile({**document, "uri": file}):
        steps = tuple(Step(step["text"].strip(), _cells(step)) for step in pickle["steps"])
        yield Case(file, lines[pickle["astNodeIds"][-1]], pickle["name"], steps)


def _cells(step: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    table = step.get("argument", {}).get("dataTable", {})
    return tuple(tuple(cell["value"] for cell in row["cells"]) for row in table.get("rows", ()))


def _lines(node: Any) -> Iterator[tuple[str, int]]:
    """Gives the line of every node of a parsed file by its id."""
    if isinstance(node, dict):
        if "id" in node and "location" in node:
            yield node["id"], node["location"]["line"]
        for value in node.values():
            yield from _lines(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _lines(value)
