"""National code tables with their words in both languages, and the citizen number."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.text import Words

FOLDER = Path(__file__).parent / "tables"


@dataclass(frozen=True, slots=True)
class Table(Mapping[str, Words]):
    """One code table: code → words, in the order of the standard.

    Attributes:
        id: short name, `relation`.
        standard: the standard with its year, empty when the table is Anjia's own.
        tag: law, law*, public or assumed: how sure we are of the table.
        provenance: where it was seen, the tag first.
        legacy: older code → code of this table.
    """

    id: str
    standard: str
    tag: str
    provenance: str
    title: Words
    codes: Mapping[str, Words]
    legacy: Mapping[str, str]
    use: str = ""

    def __getitem__(self, code: str) -> Words:
        return self.codes[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def words(self, code: str) -> Words:
        """Gives the words of a code.

        Raises:
            AnjiaError: `code-unknown` when the table has no such code.
        """
        found = self.codes.get(code)
        if found is None:
            raise AnjiaError(
                "code-unknown",
                f"{self.title.zh}代码里没有“{code}”",
                f"{self.title.en}: there is no code “{code}”",
                ("请从代码表中选择", "Choose a code of the table"),
                table=self.id,
                value=code,
            )
        return found


def table(name: str) -> Table:
    """Gives a table by its short name (`relation`) or by its standard, with or without year (`GB/T 4761`).

    Raises:
        AnjiaError: `code-table-unknown`.
    """
    found = _tables().get(name)
    if found is None:
        raise AnjiaError(
            "code-table-unknown",
            f"没有代码表“{name}”",
            f"There is no code table “{name}”",
            ("请使用：" + "、".join(tables()), "Use one of: " + ", ".join(tables())),
            status=500,
        )
    return found


def tables() -> list[str]:
    """Gives the short names of all tables, in order."""
    return sorted({found.id for found in _tables().values()})


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Table]:
    found: dict[str, Table] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        one = _read(path)
        found[one.id] = one
        if one.standard:
            found[one.standard] = found[one.standard.rpartition("-")[0] or one.standard] = one
    return MappingProxyType(found)


def _read(path: Path) -> Table:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    codes = {code: Words(**words) for code, words in content.pop("codes").items()}
    legacy = content.pop("legacy", {})
    title = Words(**content.pop("title"))
    return Table(title=title, codes=MappingProxyType(codes), legacy=MappingProxyType(legacy), **content)
