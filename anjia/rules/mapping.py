"""Which rule of the city's index stands where, when it is no predicate: `rules/mapping*.toml`.

Most rules are definitions (`R-03.toml`, or several as `R-04-home.toml` and `R-04-job.toml`). A rule that is a
constraint, an act, a step, a page or a job is *mapped*: to the place that does it and to the test that fails
without it. A rule whose capability comes later is *planned*, with the reason; only some chapters may hold such.

    [[mapped]]
    rule = "P-07"
    to = "job"
    where = "anjia/kernel/workdays.py::add_working_days"
    test = "tests/kernel/test_workdays.py::test_a_holiday_is_no_working_day"
    note = {zh = "…", en = "…"}

    [[planned]]
    rule = "V-02"
    reason = {zh = "…", en = "…"}
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.faults import Fault
from anjia.kernel.definitions.positions import nearest, positions
from anjia.kernel.specs.text import Words

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, to which `where` and `test` are relative; an installed package has no tests beside it."""

MAY_WAIT = frozenset({"V", "M", "L", "G", "P"})
"""Chapters in which a rule may be planned: supervision, members, land, and parts of platform and procedure."""

RULE = re.compile(r"([A-Z]+)-(\d+)")

Standing = Literal["mapped", "planned", "unmapped"]


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that something else than a predicate keeps.

    Attributes:
        to: what keeps it; `test` when the law forbids something and only a test can show its absence.
        where: file of the checkout, with `::name` for a name that stands in it.
        test: `tests/….py::test_name` that fails when the rule is not kept.
    """

    rule: str
    to: Literal["constraint", "act", "step", "page", "job", "test"]
    where: str
    test: str
    note: Words


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule whose capability comes later, and why."""

    rule: str
    reason: Words


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mapped: tuple[Mapped, ...] = ()
    planned: tuple[Planned, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleMap:
    """What the mapping files of a city say, and what is wrong with them."""

    mapped: tuple[Mapped, ...] = ()
    planned: tuple[Planned, ...] = ()
    faults: tuple[Fault, ...] = ()

    def places(self, ident: str) -> tuple[Mapped, ...]:
        """Gives what keeps a rule beside definitions."""
        return tuple(one for one in self.mapped if one.rule == ident)

    def reason(self, ident: str) -> Words | None:
        """Gives why a rule waits, None when it does not."""
        return next((one.reason for one in self.planned if one.rule == ident), None)


def index_id(rule: str) -> str:
    """Gives the id in the index of a definition's id: `R-04-home` is part of `R-04`."""
    found = RULE.match(rule)
    return found[0] if found else rule


def standings(idents: Iterable[str], catalogue: Catalogue, rules: RuleMap) -> dict[str, Standing]:
    """Gives how each rule of an index stands; a definition or a mapping goes before a plan."""
    kept = {index_id(one.id) for one in catalogue.list("rule")} | {one.rule for one in rules.mapped}
    waiting = {one.rule for one in rules.planned}
    return {one: "mapped" if one in kept else "planned" if one in waiting else "unmapped" for one in idents}


def files(folder: Path) -> list[Path]:
    """Gives the mapping files of a city's folder."""
    return sorted((folder / "rules").glob("mapping*.toml"))


def read(folder: Path, *, root: Path | None = ROOT) -> RuleMap:
    """Reads the mapping files of a city.

    Args:
        root: the checkout in which `where` and `test` must exist; None leaves them unchecked.
    """
    mapped: list[Mapped] = []
    planned: list[Planned] = []
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for path in files(folder):
        found = _File()
        lines: Mapping[tuple[str | int, ...], int] = {}
        try:
            text = path.read_text(encoding="utf-8")
            lines = positions(text) if tomllib.loads(text) else {}
            found = msgspec.toml.decode(text, type=_File)
        except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
            faults.append(Fault(path, _line(error, lines), "mapping-invalid", f"对照表不合格：{error}", str(error)))
        for at, keys, code, zh, en in _wrong(found, root if _has_tests(root) else None, first, path.name):
            faults.append(Fault(path, nearest(lines, (at, *keys)), code, zh, en))
        mapped += found.mapped
        planned += found.planned
    faults += _both(folder, mapped, planned)
    return RuleMap(tuple(mapped), tuple(planned), tuple(faults))


Wrong = tuple[str, tuple[str | int, ...], str, str, str]


def _wrong(found: _File, root: Path | None, first: dict[str, str], name: str) -> Iterator[Wrong]:
    for index, one in enumerate(found.mapped):
        if not RULE.fullmatch(one.rule):
            yield "mapped", (index, "rule"), "rule-unknown", f"不是规则编号：{one.rule}", f"no rule id: {one.rule}"
        if not (one.note.zh.strip() and one.note.en.strip()):
            yield "mapped", (index, "note"), "words-empty", "说明要有中英文", "the note needs both languages"
        if root is not None:
            for key, wrong in (("where", missing(root, one.where)), ("test", missing_test(root, one.test))):
                if wrong:
                    yield "mapped", (index, key), "mapping-nowhere", f"没有 {wrong}", f"there is no {wrong}"
    for index, plan in enumerate(found.planned):
        chapter = RULE.fullmatch(plan.rule)
        if chapter is None or chapter[1] not in MAY_WAIT:
            yield (
                "planned", (index, "rule"), "rule-may-not-wait",
                f"{plan.rule} 不能留待以后", f"{plan.rule} may not be left for later",
            )  # fmt: skip
        if not (plan.reason.zh.strip() and plan.reason.en.strip()):
            yield "planned", (index, "reason"), "words-empty", "原因要有中英文", "the reason needs both languages"
        if first.setdefault(plan.rule, name) != name or plan.rule in {other.rule for other in found.planned[:index]}:
            yield "planned", (index, "rule"), "rule-twice", f"{plan.rule} 重复", f"{plan.rule} is planned twice"


def _both(folder: Path, mapped: list[Mapped], planned: list[Planned]) -> Iterator[Fault]:
    """Gives the rules that are said to wait and yet stand somewhere."""
    kept = {one.rule for one in mapped} | {index_id(path.stem) for path in (folder / "rules").glob("*-*.toml")}
    for one in planned:
        if one.rule in kept:
            for path in files(folder):
                if f'"{one.rule}"' in path.read_text(encoding="utf-8"):
                    yield Fault(
                        path, 1, "rule-no-plan", f"{one.rule} 已有去处，不再是计划", f"{one.rule} stands already"
                    )
                    break


def missing(root: Path, where: str) -> str:
    """Gives what a place `file` or `file::name` lacks, empty when it is there."""
    path, _, name = where.partition("::")
    file = root / path
    if not path or not file.exists():
        return path or "where"
    return f"{name} in {path}" if name and name not in file.read_text(encoding="utf-8") else ""


def missing_test(root: Path, test: str) -> str:
    """Gives what a test `tests/….py::name` lacks, empty when it is there."""
    path, _, name = test.partition("::")
    if not path.startswith("tests/") or not (root / path).is_file():
        return path or "test"
    return "" if name.split("[")[0] in _tests(root / path) else test


@lru_cache(maxsize=256)
def _tests(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = (one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in names if name.startswith("test_"))


def _has_tests(root: Path | None) -> bool:
    return root is not None and (root / "tests").is_dir()


def _line(error: Exception, lines: Mapping[tuple[str | int, ...], int]) -> int:
    """Gives the line of a fault of form: from Python's text, or from the path that msgspec names."""
    text = str(error)
    at = re.search(r"line (\d+)", text)
    if at:
        return int(at[1])
    place = re.search(r"`\$\.(\w+)\[(\d+|\.\.\.)\]", text)
    keys: Any = (place[1], 0 if place[2] == "..." else int(place[2])) if place else ()
    return nearest(lines, keys)
