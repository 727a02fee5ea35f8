"""The line of every key of a TOML text, so that a fault can be shown where it stands.

The text must be valid TOML (tomllib has read it); this reader only finds where things are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def positions(text: str) -> dict[Path, int]:
    """Gives path → line (from 1) of every key and every element of an array.

    The line of a text that begins on the line after its quotes is that of its first words.
    """
    return _Reader(text).read()


def nearest(lines: Mapping[Path, int], path: Path) -> int:
    """Gives the line of a path, or of the nearest place around it, 1 when nothing is known."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip()
        return self.lines

    def skip(self) -> None:
        self.at = _match(_SPACE, self.text, self.at)

    def blank(self) -> None:
        self.at = _match(_BLANK, self.text, self.at)

    def header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        keys = list(self.keys())
        self.at += 2 if many else 1
        path = self.under((), keys[:-1])
        path = (*path, keys[-1])
        if many:
            index = self.counts.get(path, -1) + 1
            self.counts[path] = index
            self.mark(path, start)
            path = (*path, index)
        self.mark(path, start)
        return path

    def under(self, path: Path, keys: list[str]) -> Path:
        """Gives the path that a dotted header means: arrays of tables stand at their last element."""
        for key in keys:
            path = (*path, key)
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self.keys())
        self.at += 1
        self.blank()
        for length in range(len(table) + 1, len(path)):
            self.mark(path[:length], start)
        self.lines[path] = self.line(self.value_start())
        self.value(path)

    def keys(self) -> Iterator[str]:
        while True:
            self.blank()
            mark = self.text[self.at]
            if mark in "\"'":
                end = self.string()
                yield self.text[self.at + 1 : end - 1]
            else:
                end = _match(_BARE, self.text, self.at)
                yield self.text[self.at : end]
            self.at = end
            self.blank()
            if self.text[self.at] != ".":
                return
            self.at += 1

    def value(self, path: Path) -> None:
        mark = self.text[self.at]
        if mark in "\"'":
            self.at = self.string()
        elif mark == "[":
            self.array(path)
        elif mark == "{":
            self.table(path)
        else:
            self.at = _match(_SCALAR, self.text, self.at)

    def value_start(self) -> int:
        opening = self.text[self.at : self.at + 4]
        return self.at + 4 if opening in ('"""\n', "'''\n") else self.at

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.skip()
        while self.text[self.at] != "]":
            self.lines[(*path, index)] = self.line(self.value_start())
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def table(self, path: Path) -> None:
        self.at += 1
        self.skip()
        while self.text[self.at] != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.skip()
        if self.text[self.at] == ",":
            self.at += 1
            self.skip()

    def string(self) -> int:
        for pattern in _STRINGS:
            found = pattern.match(self.text, self.at)
            if found:
                return found.end()
        return self.at + 1

    def mark(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, self.line(at))

    def line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1


def _match(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
