"""Trying a rule: a form made from its facts; the answers judge the rule and are not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.channels.rulebook import naming
from anjia.channels.ui import dates, rulerows, texts
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import FactSpec, RuleSpec, Words
from anjia.rules.judgement import Judgement
from anjia.rules.judging import judge
from anjia.rules.ports import Fact
from anjia.rules.scene import is_ours

FILLED_IN = Words(zh="您填写的", en="Filled in by you")
MOST_DIGITS = 9
YEARS = range(1900, 2101)
CHANNEL = "rulebook"


@dataclass(frozen=True, slots=True)
class Field:
    """One fact as a question; an empty value says that it is not known."""

    name: str
    kind: str
    label: str
    hint: str
    options: list[dict[str, str]]
    value: str
    error: str


def blank(definition: Definition, example: str) -> dict[str, Any]:
    """Gives the form, filled and judged with one of the rule's examples when its place is given."""
    rule: RuleSpec = definition.spec
    if not (example.isdigit() and int(example) < len(rule.example)):
        return _page(definition, {"on": _day(definition).isoformat()})
    chosen = rule.example[int(example)]
    given = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in chosen.facts.items()
    }
    return tried(definition, {**given, "on": chosen.on.isoformat()})


def tried(definition: Definition, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the form with the judgement of its answers; wrong answers are named and not judged."""
    catalogue, errors, values = publishing.in_force(), dict[str, str](), dict[str, Any]()
    try:
        on = _date(str(posted.get("on", "")))
    except ValueError:
        on, errors["on"] = _day(definition), texts.text(CHANNEL, "try.bad_date")
    for spec in facts(definition.spec, catalogue, on):
        text = str(posted.get(spec.id, "")).strip()[:60]
        try:
            values[spec.id] = _value(spec, text) if text else None
        except ValueError:
            errors[spec.id] = texts.text(CHANNEL, "try.bad_date" if spec.type == "date" else "try.bad_number")
    page = _page(definition, posted, errors)
    return page if errors else page | _judged(definition.spec, catalogue, values, on)


def facts(rule: RuleSpec, catalogue: Catalogue, on: date) -> list[FactSpec]:
    """Gives the facts that a rule rests on and a person can know, in order; computed ones by their parts."""
    found = [catalogue.find("fact", name, on) for name in naming.names(rule, catalogue, on) if not is_ours(name)]
    return [one.spec for one in found if one is not None and one.spec.source != "derived"]


def _page(definition: Definition, posted: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    wrong, catalogue = errors or {}, publishing.in_force()
    specs = facts(definition.spec, catalogue, _day(definition))
    shown = [_field(spec, str(posted.get(spec.id, ""))[:60], wrong.get(spec.id, "")) for spec in specs]
    return {
        "fields": shown,
        "on": str(posted.get("on", ""))[:10],
        "on_error": wrong.get("on", ""),
        "errors": [{"field": _anchor(name, shown), "message": text} for name, text in wrong.items()],
        "result": None,
    }


def _judged(rule: RuleSpec, catalogue: Catalogue, values: Mapping[str, Any], on: date) -> dict[str, Any]:
    given = {name: Fact(name, value, FILLED_IN) for name, value in values.items() if value is not None}
    try:
        judged = judge(rule, given, on=on, parameters=catalogue.parameters(on), catalogue=catalogue)
        return {"result": _result(judged, catalogue)}
    except (AnjiaError, ArithmeticError, ValueError):
        return {"errors": [{"field": "on", "message": texts.text(CHANNEL, "try.cannot")}]}


def _result(judged: Judgement, catalogue: Catalogue) -> dict[str, Any]:
    def spec_of(ident: str) -> FactSpec | None:
        found = catalogue.find("fact", ident)
        return found.spec if found else None

    rows = rulerows.rows([judged], spec_of=spec_of)
    if judged.is_advice:
        rows = [row for row in rows if row.verdict == "met"][:1]
    labels = [texts.words(spec.label) for spec in map(spec_of, judged.missing) if spec]
    return {
        "verdict": judged.verdict, "rows": rows, "from_on": judged.from_on, "missing": labels,
        "tone": {"yes": "green", "no": "red", "unknown": "gold"}[judged.verdict], "advice": judged.is_advice,
    }  # fmt: skip


def _field(spec: FactSpec, value: str, error: str) -> Field:
    kind = "choice" if spec.type == "bool" else "select" if spec.type == "text" and spec.shown else spec.type
    return Field(spec.id, kind, texts.words(spec.label), texts.words(spec.source_label), _options(spec), value, error)


def _options(spec: FactSpec) -> list[dict[str, str]]:
    if spec.type == "bool":
        told = [("true", rulerows.shown(True, spec)), ("false", rulerows.shown(False, spec))]
        unknown = {"value": "", "label": texts.text(CHANNEL, "try.unknown"), "hint": ""}
        return [*({"value": key, "label": texts.words(word), "hint": ""} for key, word in told), unknown]
    return [{"value": key, "label": texts.words(word), "hint": ""} for key, word in spec.shown.items()]


def _value(spec: FactSpec, text: str) -> Any:
    match spec.type:
        case "bool":
            if text not in ("true", "false"):
                raise ValueError(text)
            return text == "true"
        case "date":
            return _date(text)
        case "int" | "decimal":
            if len(text) > MOST_DIGITS:
                raise ValueError(text)
            number = float(text)
            if number != number or (spec.type == "int" and not number.is_integer()):
                raise ValueError(text)
            return int(number) if number.is_integer() else number
    return text


def _date(text: str) -> date:
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def _day(definition: Definition) -> date:
    """Gives today, or the last day of a version that has ended."""
    today = dates.today()
    return today if definition.holds(today) else definition.valid_from


def _anchor(name: str, shown: list[Field]) -> str:
    return name if name == "on" or any(one.name == name for one in shown) else "on"
