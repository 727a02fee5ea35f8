"""A draft as it would be published: checked as `anjia check` checks, with its examples run."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from anjia.kernel import effects
from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.definitions.faults import Fault
from anjia.kernel.definitions.loading import decode, load
from anjia.kernel.definitions.references import Known, of_one
from anjia.kernel.definitions.writing import toml
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import RuleSpec
from anjia.kernel.specs.rule import Clause, RuleExample
from anjia.population import simulating
from anjia.registers import operations
from anjia.rules import examples

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FILES = {"rule": "rules/draft.toml", "parameter": "city.toml"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One example and what it gives."""

    rule: str
    example: RuleExample
    verdict: str
    failing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it gives what it must."""
        return self.verdict == self.example.expect and set(self.example.failing) <= set(self.failing)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a draft's text is.

    Attributes:
        definition: the version that would be published, None while the text has faults of form.
        faults: with the line of the draft's own text.
        tried: its examples; of a parameter, those of all rules that read it.
    """

    definition: Definition | None
    faults: tuple[Fault, ...]
    tried: tuple[Tried, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether it could be published."""
        return self.definition is not None and not self.faults and all(one.holds for one in self.tried)


def of(kind: str, ident: str, text: str, catalogue: Catalogue) -> Candidate:
    """Gives what the text of a draft is, with every fault that it has.

    Args:
        kind: `rule` or `parameter`.
        catalogue: the definitions in force.
    """
    with tempfile.TemporaryDirectory(prefix="anjia-draft-") as folder:
        path = Path(folder) / FILES[kind]
        path.parent.mkdir(exist_ok=True)
        content = _written(kind, text, catalogue)
        path.write_text(text if content is None else toml(content), encoding="utf-8")
        loaded = load(Path(folder))
        faults = [*_moved(loaded.faults, kind, text, path), *_form(kind, ident, text)]
        found = loaded.catalogue.all()
        if faults or len(found) != 1:
            return Candidate(None, tuple(faults))
        candidate = with_it(catalogue, found[0])
        every = {name: operations.arguments(name) for name in operations.names()}
        known = Known(candidate, every, effects.names())
        checked = [fault for one in _touched(kind, ident, found[0], candidate) for fault in of_one(one, known)]
        definition = _in_place(found[0], catalogue)
    tried = () if checked else tuple(_tried(kind, ident, definition, candidate))
    return Candidate(definition, tuple(_moved(checked, kind, text, path)), tried)


def with_it(catalogue: Catalogue, definition: Definition) -> Catalogue:
    """Gives the catalogue as it would be: the older version ends on the day on which the new one begins."""
    rest = [
        replace(one, valid_to=definition.valid_from)
        if (one.kind, one.id) == (definition.kind, definition.id) and one.holds(definition.valid_from) else one
        for one in catalogue.all()
    ]  # fmt: skip
    same = (definition.kind, definition.id, definition.valid_from)
    return Catalogue([*(one for one in rest if (one.kind, one.id, one.valid_from) != same), definition])


def rules_of(kind: str, ident: str, candidate: Definition, catalogue: Catalogue) -> list[Any]:
    """Gives (old, new) of each rule that a draft touches, on the day on which it would begin."""
    day = candidate.valid_from
    if kind == "parameter":
        return [(one, one) for one in simulating.affected(catalogue, ident, day)]
    old = catalogue.find("rule", ident, day)
    return [(old.spec if old else None, candidate.spec)]


def changed_city(content: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Gives the city's content with one parameter's value ending where its new one begins."""
    start = parameter.get("valid_from")
    rows = []
    for row in content["parameter"]:
        if row["id"] == parameter.get("id"):
            if _day(row["valid_from"]) >= start:
                continue
            if row.get("valid_to") is None or _day(row["valid_to"]) > start:
                row = {**row, "valid_to": start}
        rows.append(row)
    return {**content, "valid_from": start, "parameter": [*rows, parameter]}


def _written(kind: str, text: str, catalogue: Catalogue) -> dict[str, Any] | None:
    """Gives the city's content with the parameter of a draft; None for a rule, or when it cannot be read."""
    if kind != "parameter":
        return None
    try:
        parameter = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    if not isinstance(parameter.get("valid_from"), date):
        return None
    return changed_city(plain(catalogue.list("city")[0]), parameter)


def plain(definition: Definition) -> dict[str, Any]:
    """Gives a definition's content as its file has it, with its days as days; the database holds them as text."""
    content: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(definition.content))
    for row in (content, *content.get("parameter", ())):
        for name in ("valid_from", "valid_to"):
            if row.get(name) is not None:
                row[name] = _day(row[name])
            else:
                row.pop(name, None)
    if definition.kind != "rule":
        return content
    for row in content["example"]:
        row["on"] = _day(row["on"])
        row["facts"] = {name: _dated(value) for name, value in row["facts"].items()}
    content["clause"] = [_ordered(one, Clause) for one in content["clause"]]
    content["example"] = [_ordered(one, RuleExample) for one in content["example"]]
    return _ordered(content, RuleSpec)


def _ordered(content: dict[str, Any], spec: type) -> dict[str, Any]:
    names = [name for name in spec.__struct_fields__ if name in content]  # type: ignore[attr-defined]
    return {name: content[name] for name in names}


def _dated(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else value


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _form(kind: str, ident: str, text: str) -> list[Fault]:
    """Gives the faults that only a draft can have: another id, a day that has passed."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    found = []
    if content.get("id") != ident:
        found.append(_fault(text, "id", "draft-renamed", f"编号须为 {ident}", f"the id must be {ident}"))
    if not isinstance(content.get("valid_from"), date):
        found.append(_fault(text, "valid_from", "date-missing", "缺少生效日期", "the first day in force is missing"))
    return found


def too_early(candidate: Definition, today: date) -> bool:
    """Says whether a version would reach back: what is published begins tomorrow at the earliest."""
    return candidate.valid_from < today + timedelta(days=1)


def _fault(text: str, key: str, code: str, zh: str, en: str) -> Fault:
    lines = text.splitlines()
    line = next((n for n, one in enumerate(lines, 1) if one.startswith(key)), 1)
    return Fault(Path("draft.toml"), line, code, zh, en)


def _moved(faults: Sequence[Fault], kind: str, text: str, path: Path) -> list[Fault]:
    """Gives faults with lines of the draft; a parameter stands at the end of its city's file."""
    shift = 0
    if kind == "parameter" and path.is_file():
        shift = len(path.read_text(encoding="utf-8").splitlines()) - len(text.strip().splitlines())
    return [
        replace(one, path=Path("draft.toml"), line=max(1, one.line - shift)) if one.path == path else one
        for one in faults
    ]  # fmt: skip


def _touched(kind: str, ident: str, found: Definition, candidate: Catalogue) -> list[Definition]:
    return [found] if kind == "rule" else [found, *_readers(ident, found, candidate)]


def _readers(ident: str, found: Definition, candidate: Catalogue) -> list[Definition]:
    """Gives the rules that read a parameter, with the days of their examples as days."""
    touched = {one.id for one in simulating.affected(candidate, ident, found.valid_from)}
    rules = [one for one in candidate.list("rule", found.valid_from) if one.id in touched]
    return [replace(one, content=plain(one), spec=decode("rule", plain(one))) for one in rules]


def _tried(kind: str, ident: str, definition: Definition, candidate: Catalogue) -> list[Tried]:
    rules: list[RuleSpec] = [definition.spec]
    if kind == "parameter":
        rules = [one.spec for one in _readers(ident, definition, candidate)]
    return [_try(rule, example, candidate) for rule in rules for example in rule.example]


def _try(rule: RuleSpec, example: RuleExample, candidate: Catalogue) -> Tried:
    try:
        judged = examples.judged(rule, candidate, example.facts, example.on)
    except AnjiaError as error:
        return Tried(rule.id, example, error.message.zh, ())
    return Tried(rule.id, example, judged.verdict, tuple(o.clause.id for o in judged.clauses if o.verdict == "no"))


def _in_place(found: Definition, catalogue: Catalogue) -> Definition:
    """Gives the definition with the file of its older version, beside which its texts and layouts lie."""
    old = catalogue.find(found.kind, found.id)
    folder = catalogue.list("city")[0].path.parent
    return replace(found, digest=digest_of(found.content), path=old.path if old else folder / f"rules/{found.id}.toml")
