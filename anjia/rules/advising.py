"""Says in words and as JSON values what would turn a no and what would settle an unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from anjia.kernel.specs import FactSpec
from anjia.kernel.specs.text import Words
from anjia.rules.candidates import is_other
from anjia.rules.changing import Change, Way, Ways, ways
from anjia.rules.compiling import CompiledRule
from anjia.rules.effort import effort_of
from anjia.rules.ports import Fact
from anjia.rules.scene import Scene
from anjia.rules.settling import Settling, settling
from anjia.rules.showing import shown

EFFORTS = {
    "act": Words(zh="自己就能办", en="your own act"),
    "consent": Words(zh="要别人同意", en="somebody's consent"),
    "record": Words(zh="要部门的记录改变", en="a department's record"),
    "time": Words(zh="要等时间", en="time"),
    "fixed": Words(zh="不能改变", en="cannot be changed"),
}
BOUNDS = {"least": Words(zh="至少 ", en="at least "), "most": Words(zh="至多 ", en="at most ")}
DAY_BOUNDS = {"least": Words(zh="不早于 ", en="not before "), "most": Words(zh="不晚于 ", en="not after ")}
OTHER = Words(zh="其他", en="another")
CHECKED = Words(zh="须重新核验", en="to be checked again")
OR = Words(zh="或", en=" or ")


def to_json(rules: Sequence[CompiledRule], verdict: str, scene: Scene) -> dict[str, Any] | None:
    """Gives what helps against a verdict of rules that must hold together; None when it is yes.

    Returns:
        For no: `turns` (ways, least effort first, each with `effort`, `verdict` and `changes`), `time`
        (`on`, `days`, `verdict`) or None, `fixed`, `capped`. For unknown: `settles` (equally small
        sets of facts with who holds each), `yes` (values that would make it yes), `unset` (no fact does: the city
        has set no standard for it), `capped`.
    """
    if verdict == "no":
        return _ways(ways(rules, scene), scene)
    return _settling(settling(rules, scene), scene) if verdict == "unknown" else None


def change_words(change: Change, spec: FactSpec | None) -> Words:
    """Gives what a fact must become, in words; a sensitive one is not told."""
    if spec is not None and spec.sensitive:
        return CHECKED
    if change.choices:
        every = [_shown(change.fact, one, spec) for one in change.choices]
        return Words(zh=OR.zh.join(one.zh for one in every), en=OR.en.join(one.en for one in every))
    if is_other(change.after):
        return OTHER
    found = _shown(change.fact, change.after, spec)
    bound = (DAY_BOUNDS if isinstance(change.after, date) else BOUNDS).get(change.bound)
    return found if bound is None else Words(zh=bound.zh + found.zh, en=bound.en + found.en)


def label_of(name: str, scene: Scene) -> Words:
    """Gives the label of a fact."""
    spec = scene.dictionary.specs.get(name)
    return Words(zh=name, en=name) if spec is None else spec.label


def lines(rules: Sequence[CompiledRule], verdict: str, scene: Scene, language: str) -> Iterator[str]:
    """Gives the same as lines of text; none when the verdict is yes."""
    if verdict == "no":
        yield from _way_lines(ways(rules, scene), scene, language)
    elif verdict == "unknown":
        yield from _settling_lines(settling(rules, scene), scene, language)


def _way_lines(found: Ways, scene: Scene, language: str) -> Iterator[str]:
    for way in found.ways:
        parts = [
            f"{_in(label_of(one.fact, scene), language)} → "
            f"{_in(change_words(one, scene.dictionary.specs.get(one.fact)), language)}"
            for one in way.changes
        ]
        head = f"If ({EFFORTS[way.effort].en}): " if language == "en" else f"要是（{EFFORTS[way.effort].zh}）："
        then = (" – then to be judged" if language == "en" else "，再作判断") if way.verdict == "unknown" else ""
        yield head + ("; " if language == "en" else "；").join(parts) + then
    if found.from_on is not None:
        days = (found.from_on - scene.on).days
        is_open = found.verdict_on == "unknown"
        if language == "en":
            yield f"In {days} days, from {found.from_on}{', then to be judged' if is_open else ''}"
        else:
            yield f"再过 {days} 天，从 {found.from_on} 起{'，再作判断' if is_open else ''}"
    if found.fixed:
        names = "、".join(_in(label_of(name, scene), language) for name in found.fixed)
        yield f"Cannot be changed: {names}" if language == "en" else f"不能改变：{names}"
    if found.capped:
        yield _in(CAPPED, language)


def _settling_lines(found: Settling, scene: Scene, language: str) -> Iterator[str]:
    for number, one in enumerate(found.sets):
        names = [f"{_in(label_of(name, scene), language)} ({_in(holder(name, scene), language)})" for name in one]
        head = ("Settled by: " if language == "en" else "查清这些就能定：") if number == 0 else _in(ALSO, language)
        yield head + (", " if language == "en" else "、").join(names)
    if found.unset:
        yield _in(UNSET, language)
    if found.capped:
        yield _in(CAPPED, language)


UNSET = Words(
    zh="事实都有了，缺的是本市还没有公布的标准", en="All facts are there; the city has set no standard for this"
)
CAPPED = Words(zh="没有试完所有可能，可能还有别的办法", en="Not every possibility was tried; there may be others")
ALSO = Words(zh="或者查清：", en="Or by: ")


def holder(name: str, scene: Scene) -> Words:
    """Gives who holds a fact."""
    return scene.fact(name).source


def _ways(found: Ways, scene: Scene) -> dict[str, Any]:
    on, time = found.from_on, None
    if on is not None:
        time = {"on": on.isoformat(), "days": (on - scene.on).days, "verdict": found.verdict_on}
    return {
        "turns": [_way(way, scene) for way in found.ways],
        "time": time,
        "fixed": [{"id": name, "label": _words(label_of(name, scene))} for name in found.fixed],
        "capped": found.capped,
    }


def _way(way: Way, scene: Scene) -> dict[str, Any]:
    return {
        "effort": way.effort,
        "words": _words(EFFORTS[way.effort]),
        "verdict": way.verdict,
        "changes": [_change(one, scene) for one in way.changes],
    }


def _change(one: Change, scene: Scene) -> dict[str, Any]:
    spec = scene.dictionary.specs.get(one.fact)
    hidden = spec is not None and spec.sensitive
    return {
        "id": one.fact,
        "label": _words(label_of(one.fact, scene)),
        "from": None if hidden else _value(one.before),
        "to": None if hidden or is_other(one.after) else _value(one.after),
        "bound": one.bound,
        "choices": [] if hidden else [_value(value) for value in one.choices],
        "shown": _words(change_words(one, spec)),
        "effort": one.effort,
        "holder": _words(holder(one.fact, scene)),
    }


def _settling(found: Settling, scene: Scene) -> dict[str, Any]:
    return {
        "settles": [[_held(name, scene) for name in names] for names in found.sets],
        "yes": _answers(found.yes, scene),
        "unset": found.unset,
        "capped": found.capped,
    }


def _held(name: str, scene: Scene) -> dict[str, Any]:
    spec = scene.dictionary.specs.get(name)
    return {
        "id": name,
        "label": _words(label_of(name, scene)),
        "holder": _words(holder(name, scene)),
        "effort": effort_of(name, scene.dictionary),
        "ask": "" if spec is None else spec.ask,
    }


def _answers(values: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    specs = scene.dictionary.specs
    return {
        name: _value(value)
        for name, value in values.items()
        if not is_other(value) and not (name in specs and specs[name].sensitive)
    }


def _shown(name: str, value: Any, spec: FactSpec | None) -> Words:
    return shown(Fact(name, value, OTHER), spec)


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _in(words: Words, language: str) -> str:
    return words.en if language == "en" else words.zh
