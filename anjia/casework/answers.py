"""Answers of the form: which questions are asked, and what a posted answer means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from anjia.casework import values
from anjia.casework.models import Case
from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.specs.item import Field, ItemSpec, Topic

SEALED_TYPES = ("citizen_no", "phone")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
COMMUNITY = re.compile(r"\d{12}")
FILL = ("请填写后继续", "Fill it in and go on")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that is asked with what is known, and its answer so far."""

    topic: Topic
    field: Field
    value: Any


def stored(case: Case, item: ItemSpec) -> dict[str, Any]:
    """Gives all stored answers by field id, those of hidden questions too."""
    known = {field.id for topic in item.topic for field in topic.field}
    return {
        ident: values.unpack(packed, case=case.uid, name=f"answers.{ident}")
        for ident, packed in case.answers.items()
        if ident in known
    }


def packed(case: Case, field: Field, value: Any) -> dict[str, Any]:
    """Gives the stored form of an answer."""
    return values.pack(value, case=case.uid, name=f"answers.{field.id}", sealed=field.type in SEALED_TYPES)


def asked(item: ItemSpec, answered: Mapping[str, Any], known: dict[str, Any]) -> Iterator[Asked]:
    """Gives the questions that are asked, in order, and enters their answers into `known`.

    A question is asked when its `show_when` is true; unknown hides it. A hidden answer does not count.
    """
    for topic in item.topic:
        if not _holds(topic.show_when, known):
            continue
        for field in topic.field:
            if _holds(field.show_when, known):
                # Nobody ticked is an answer too: most people come alone.
                value = answered.get(field.id, [] if field.type == "members" else None)
                enter(field, value, known)
                yield Asked(topic, field, value)


def enter(field: Field, value: Any, known: dict[str, Any]) -> None:
    """Puts an answer under its names into the values that expressions read.

    What the city knows of a fact is not overwritten by an answer.
    """
    for name, one in named(field, value).items():
        if name != field.fact or known.get(name) is None:
            known[name] = one


def named(field: Field, value: Any) -> dict[str, Any]:
    """Gives an answer under each name that expressions know it by; nothing while it is unanswered."""
    if value is None or (field.type == "division" and not is_community(value)):
        return {}
    names = {f"answers.{field.id}": value}
    if field.type == "members":
        names[f"answers.{field.id}.count"] = len(value)
    if field.type == "outcome":
        names["outcome"] = value
    if field.fact:
        names[field.fact] = value
    return names


def is_community(code: Any) -> bool:
    """Says whether a picked code names a community, not a district or town."""
    return isinstance(code, str) and COMMUNITY.fullmatch(code) is not None and not code.endswith("000")


def clean(field: Field, raw: str, known: Mapping[str, Any], choices: tuple[str, ...], prefixes: tuple[str, ...]) -> Any:
    """Gives the value of a posted text, None for an empty one that may be left out.

    Args:
        known: values for the field's own check.
        choices: ids that may be chosen, for fields of choice.
        prefixes: address codes of synthetic citizen numbers.

    Raises:
        AnjiaError: what is wrong with this answer and how to put it right.
    """
    text = CONTROL.sub("", raw).strip()
    if field.type == "members":
        return _members(field, text, choices)
    if not text:
        if field.required:
            raise _wrong("field-empty", field, "还没有填写", "is not filled in", FILL)
        return None
    if len(text) > field.max_length:
        raise _wrong(
            "field-too-long", field, f"超过 {field.max_length} 个字",
            f"is longer than {field.max_length} characters",
            ("请写短一些", "Shorten it"),
        )  # fmt: skip
    if field.type in ("choice", "member", "outcome", "yesno") and text not in choices:
        raise _stranger(field)
    value = READERS.get(field.type, _text)(field, text)
    if field.type == "citizen_no":
        _check_number(field, text, prefixes)
    _check(field, value, known)
    return value


def _check_number(field: Field, text: str, prefixes: tuple[str, ...]) -> None:
    fault = citizen_no.validate(text.upper(), synthetic_prefixes=prefixes)
    if fault is not None:
        raise fault


def _check(field: Field, value: Any, known: Mapping[str, Any]) -> None:
    if not field.check:
        return
    here = dict(known)
    here.pop(field.fact, None)
    enter(field, value, here)
    # Only a clear no is wrong: what cannot be checked now is checked by the officer.
    if evaluate(parse(field.check), here) is False:
        words = field.check_error
        raise _wrong(
            "field-check-failed", field,
            words.zh if words else "不符合要求", words.en if words else "is not valid",
            ("请核对后改正", "Check and correct it"),
        )  # fmt: skip


def _text(field: Field, text: str) -> str:
    return text


def _number(field: Field, text: str) -> int | Decimal:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > 2**53 - 1:
        raise _wrong("field-not-number", field, "不是数字", "is not a number", ("请填数字", "Enter a number"))
    return int(value) if value == value.to_integral_value() else value


def _date(field: Field, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(
            "field-not-date", field, "不是有效日期", "is not a valid date",
            ("请按 2026-01-31 的样式填写", "Write it like 2026-01-31"),
        ) from error  # fmt: skip


def _yesno(field: Field, text: str) -> bool:
    if text not in ("yes", "no"):
        raise _stranger(field)
    return text == "yes"


def _phone(field: Field, text: str) -> str:
    plain = re.sub(r"[\s]", "", text)
    if not PHONE.fullmatch(plain):
        raise _wrong(
            "field-not-phone", field, "不是有效的电话号码", "is not a valid phone number",
            ("请填 11 位手机号，或带区号的固定电话", "Enter a mobile number, or a landline with area code"),
        )  # fmt: skip
    return plain


def _number_of_person(field: Field, text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def _member(field: Field, text: str) -> int:
    return int(text)


def members(field: Field, text: str) -> list[int]:
    """Gives the subjects of a posted list (ids with commas between); nobody chosen is an empty list."""
    return [int(part) for part in text.split(",") if part]


def _members(field: Field, text: str, choices: tuple[str, ...]) -> list[int]:
    picked = [part for part in text.split(",") if part]
    if not set(picked) <= set(choices) or len(set(picked)) < len(picked):
        raise _stranger(field)
    return members(field, text)


READERS: Mapping[str, Callable[[Field, str], Any]] = {
    "number": _number,
    "date": _date,
    "yesno": _yesno,
    "phone": _phone,
    "citizen_no": _number_of_person,
    "member": _member,
    "members": members,
}


def _holds(expression: str, known: Mapping[str, Any]) -> bool:
    return not expression or evaluate(parse(expression), known) is True


def _stranger(field: Field) -> AnjiaError:
    return _wrong(
        "field-choice-unknown",
        field,
        "不在可选范围内",
        "is not one of the choices",
        ("请从列出的选项中选", "Choose from those listed"),
    )


def _wrong(code: str, field: Field, zh: str, en: str, remedy: tuple[str, str]) -> AnjiaError:
    return AnjiaError(code, f"“{field.label.zh}”{zh}", f"“{field.label.en}” {en}", remedy, field=field.id)
