"""Random expressions of every kind and random rows of facts, unknown ones among them, from a seed."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

KINDS: dict[str, str] = {
    "a.flag": "bool", "b.flag": "bool", "benefit.receiving('POL01')": "bool",
    "a.count": "int", "b.count": "int", "cfg.limit": "int",
    "a.sum": "decimal", "b.sum": "decimal",
    "a.name": "text", "b.name": "text",
    "a.born": "date", "b.since": "date", "today": "date",
    "cfg.amounts": "table:int", "cfg.shares": "table:decimal",
}  # fmt: skip
TABLES: dict[str, dict[str, Any]] = {
    "cfg.amounts": {"x": 3, "Ab": -7, "中": 40, "0": 11, "2": 5},
    "cfg.shares": {"x": 0.25, "": 1.5, "é": -2.0, "1": 0.1},
}
COLUMNS = [name for name, kind in KINDS.items() if not kind.startswith("table:")]
TEXTS = ["", "x", "X", "Ab", "ab", "中", "中文", "é", "z", "it's", "a\\b", "~", "𠮷"]
DAYS = [
    date(2000, 2, 29),
    date(2024, 2, 29),
    date(2023, 2, 28),
    date(2024, 3, 1),
    date(1999, 12, 31),
    date(2024, 1, 31),
]
TODAY = [date(2024, 2, 29), date(2023, 2, 28), date(2025, 3, 1), date(2026, 10, 10)]
NUMBERS = [0, 1, 2, 3, -1, -2, 7, -7, 12, 18, 60]
DECIMALS = [0.0, 0.5, 0.1, -0.3, 2.0, 7.25, -11.5, 1e6]


class Cases:
    """Makes expressions and rows; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def day(self) -> date:
        """Gives a day of the last hundred years, often one at the end of a month or of February."""
        if self.random.random() < 0.4:
            return self.random.choice(DAYS)
        return date(1925, 1, 1) + timedelta(days=self.random.randrange(37000))

    def row(self) -> dict[str, Any]:
        """Gives one value for each column; None = unknown, `today` never."""
        values: dict[str, Any] = {name: self._value(KINDS[name]) for name in COLUMNS}
        unknown = [name for name in COLUMNS if self.random.random() < 0.25]
        return {**values, **dict.fromkeys(unknown), "today": self.random.choice(TODAY)}

    def _value(self, kind: str) -> Any:
        choose = self.random.choice
        if kind == "bool":
            return choose([True, False])
        if kind == "int":
            return choose(NUMBERS)
        if kind == "decimal":
            return choose(DECIMALS)
        return choose(TEXTS) if kind == "text" else self.day()

    def expression(self, kind: str, depth: int) -> str:
        """Gives the text of an expression of a kind, at most `depth` levels deep."""
        if depth <= 0 or self.random.random() < 0.08:
            return self._leaf(kind)
        options: list[Any] = getattr(self, f"_{kind}")(depth - 1)
        return f"({self.random.choice(options)()})"

    def _leaf(self, kind: str) -> str:
        names = [name for name, found in KINDS.items() if found == kind]
        if self.random.random() < 0.6:
            return self.random.choice(names)
        value = self._value(kind)
        return f"date('{value}')" if isinstance(value, date) else repr(value)

    def _choice(self, kind: str, depth: int) -> str:
        test, yes, no = (self.expression(part, depth) for part in ("bool", kind, kind))
        return f"{yes} if {test} else {no}"

    def _many(self, kind: str, depth: int) -> str:
        word = self.random.choice(["min", "max"])
        count = self.random.choice([2, 2, 3])
        return f"{word}({', '.join(self.expression(kind, depth) for _ in range(count))})"

    def _bool(self, depth: int) -> list[Any]:
        make, choose = self.expression, self.random.choice

        def compared() -> str:
            kind = choose(["int", "decimal", "text", "date"])
            other = "decimal" if kind == "int" and self.random.random() < 0.3 else kind
            return f"{make(kind, depth)} {choose(['==', '!=', '<', '<=', '>', '>='])} {make(other, depth)}"

        def chained() -> str:
            kind = choose(["int", "decimal", "text", "date"])
            low, middle, high = (make(kind, depth - 1) for _ in range(3))
            return f"{low} {choose(['<', '<='])} {middle} {choose(['<', '<=', '!='])} {high}"

        def member() -> str:
            kind = choose(["int", "text", "date", "bool"])
            items = ", ".join(make(kind, choose([0, 0, 1])) for _ in range(choose([1, 2, 4])))
            return f"{make(kind, depth)} {choose(['in', 'not in'])} [{items}]"

        def aged() -> str:
            age = f"years_since({make('date', 1)})"
            years = choose([0, 1, 16, 18, 60, 80])
            sign = choose(["==", "!=", "<", "<=", ">", ">="])
            return choose([f"{age} {sign} {years}", f"{years} {sign} {age}"])

        return [
            compared, compared, chained, member, aged,
            lambda: f" {choose(['and', 'or'])} ".join(make("bool", depth) for _ in range(choose([2, 2, 3]))),
            lambda: f" {choose(['and', 'or'])} ".join(make("bool", depth) for _ in range(choose([2, 2, 3]))),
            lambda: f"not {make('bool', depth)}",
            lambda: f"is_known({make(choose(['bool', 'int', 'text', 'date', 'decimal']), depth)})",
            lambda: f"{make('date', depth)} is {choose(['', 'not '])}None",
            lambda: f"{make('bool', depth)} {choose(['==', '!='])} {make('bool', depth)}",
            lambda: f"{make('int', depth)} in range({make('int', 0)}, {make('int', 0)})",
            lambda: self._choice("bool", depth),
        ]  # fmt: skip

    def _int(self, depth: int) -> list[Any]:
        make, choose = self.expression, self.random.choice
        unit = lambda: choose(["days", "months", "years"])  # noqa: E731
        return [
            lambda: f"{make('int', depth)} {choose(['+', '-', '*', '//', '%'])} {make('int', depth)}",
            lambda: f"{make('int', depth)} {choose(['//', '%'])} {make('int', depth)}",
            lambda: f"-{make('int', depth)}",
            lambda: f"abs({make('int', depth)})",
            lambda: f"len({make('text', depth)})",
            lambda: f"{unit()}_between({make('date', min(depth, 1))}, {make('date', min(depth, 1))})",
            lambda: (
                f"{choose(['days', 'months'])}_{choose(['since', 'until'])}({make('date', min(depth, 1))})"
            ),
            lambda: f"cfg.amounts[{make(choose(['text', 'int', 'bool']), min(depth, 1))}]",
            lambda: self._many("int", depth),
            lambda: self._choice("int", depth),
        ]

    def _decimal(self, depth: int) -> list[Any]:
        make, choose = self.expression, self.random.choice
        number = lambda: make(choose(["int", "decimal"]), depth)  # noqa: E731
        return [
            lambda: f"{make('decimal', depth)} {choose(['+', '-', '*', '//', '%'])} {number()}",
            lambda: f"{number()} / {number()}",
            lambda: f"-{make('decimal', depth)}",
            lambda: f"abs({make('decimal', depth)})",
            lambda: f"cfg.shares[{make(choose(['text', 'int']), min(depth, 1))}]",
            lambda: self._many("decimal", depth),
            lambda: self._choice("decimal", depth),
        ]

    def _text(self, depth: int) -> list[Any]:
        return [lambda: self._many("text", depth), lambda: self._choice("text", depth)]

    def _date(self, depth: int) -> list[Any]:
        make, choose = self.expression, self.random.choice
        count = lambda: choose([make("int", depth), choose(["120000", "-4000000", "24", "-12", "1"])])  # noqa: E731
        return [
            lambda: f"add_days({make('date', depth)}, {count()})",
            lambda: f"add_months({make('date', depth)}, {count()})",
            lambda: self._many("date", depth),
            lambda: self._choice("date", depth),
        ]
