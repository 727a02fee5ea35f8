"""The form of a case, built from its definition: only what the city does not know is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from anjia.casework import agreement, answers, authority, concerned, facts, writing
from anjia.casework.definition import catalogue_of, item_of
from anjia.casework.models import Case
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.kernel.specs.item import Choice, Field, Topic
from anjia.kernel.specs.text import Words
from anjia.registers import divisions, history

Posted = Mapping[str, str | Sequence[str]]
"""Posted texts by name; a field of type `members` gives a list of ids."""

YESNO = (Choice("yes", Words("是", "Yes")), Choice("no", Words("否", "No")))
LEVELS = (
    Words("区县", "District or county"),
    Words("镇街道", "Town or subdistrict"),
    Words("社区村", "Community or village"),
)
LENGTHS = (6, 9, 12)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the three picks of a division: its post name, words, choices and the code picked."""

    name: str
    label: Words
    choices: tuple[Choice, ...]
    value: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question as shown.

    Attributes:
        value: text to put in the control (`yes`/`no`, an id, ids with commas, an ISO date), empty
            when unanswered.
        levels: for a division, the picks one after another; empty for all other types.
    """

    spec: Field
    value: str
    choices: tuple[Choice, ...]
    error: AnjiaError | None
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicView:
    """One page of the form; complete when nothing required is missing."""

    topic: Topic
    fields: tuple[FieldView, ...]
    complete: bool


def build(
    case: Case, *, posted: Posted | None = None, errors: Mapping[str, AnjiaError] | None = None
) -> list[TopicView]:
    """Gives the topics that are asked now, in order.

    Args:
        posted: what was just typed, shown again in place of what is stored.
        errors: field id → what is wrong with it.
    """
    item = item_of(case)
    plain = facts.flat(case, facts.unanswered(case))
    views: dict[str, tuple[Topic, list[tuple[FieldView, bool]]]] = {}
    for one in answers.asked(item, answers.stored(case, item), plain):
        view = _view(case, one, posted or {}, (errors or {}).get(one.field.id))
        views.setdefault(one.topic.id, (one.topic, []))[1].append((view, _answered(case, one)))
    return [
        TopicView(topic, tuple(view for view, _ in rows), all(done for _, done in rows))
        for topic, rows in views.values()
    ]


def answer(actor: Actor, case: Case, topic_id: str, data: Posted, version: int) -> dict[str, AnjiaError]:
    """Stores the valid answers of one topic and gives what is wrong with the others.

    Only questions that are asked now are read; anything else that was posted is ignored.

    Raises:
        AnjiaError: `case-stale`, `case-closed` (409), `topic-unknown` (404), `grant-…` (403).
    """
    authority.require_applicant(actor, case, "answer")
    with writing.locked(case) as row:
        writing.require_open(row, "draft", "supplement")
        item = item_of(row)
        plain = facts.flat(row, facts.unanswered(row))
        before = answers.stored(row, item)
        after, errors, asked = dict(before), dict[str, AnjiaError](), 0
        for one in answers.asked(item, before | _said(item.topic, topic_id, data), plain):
            if one.topic.id == topic_id:
                asked += 1
                _read(row, one.field, data, plain, after, errors)
        if not asked:
            raise _topic_unknown(topic_id)
        # The same page sent twice changes nothing the second time and is no stale page.
        if after != before:
            if row.version != version:
                raise writing.stale(row)
            _save(row, before, after)
    if item_of(case).about:
        # The register's facts are about whom the answers name.
        facts.refresh(actor, Case.objects.get(pk=case.pk))
    case.refresh_from_db()
    return errors


def incomplete(case: Case) -> list[tuple[Topic, Field]]:
    """Gives the required questions that are asked and have no answer that counts."""
    item = item_of(case)
    plain = facts.flat(case, facts.unanswered(case))
    return [
        (one.topic, one.field)
        for one in answers.asked(item, answers.stored(case, item), plain)
        if not _answered(case, one)
    ]


def choices_of(case: Case, field: Field) -> tuple[Choice, ...]:
    """Gives what may be chosen: declared, members of the household, or outcomes that are not closed."""
    match field.type:
        case "yesno":
            return YESNO
        case "choice":
            return field.choice
        case "member" | "members":
            return _members(case, field)
        case "outcome":
            verdicts = facts.judgement(case).outcomes
            offered = [one for one in item_of(case).outcome if verdicts.get(one.id) in ("yes", "unknown")]
            return tuple(Choice(one.id, one.title, _hint(verdicts[one.id])) for one in offered)
    return ()


def _said(topics: tuple[Topic, ...], topic_id: str, data: Posted) -> dict[str, Any]:
    """Gives the posted answers by field id, so that an answer may open a question on its page."""
    fields = [field for topic in topics if topic.id == topic_id for field in topic.field]
    said: dict[str, Any] = {}
    for field in fields:
        raw = _raw(field, data)
        if raw is None:
            continue
        reader = answers.READERS.get(field.type)
        try:
            text = raw.strip()
            blank: list[int] | None = None if field.type != "members" else []
            said[field.id] = blank if not text else reader(field, text) if reader else text
        except (AnjiaError, ValueError):
            said[field.id] = None
    return said


def _read(
    row: Case, field: Field, data: Posted, plain: dict[str, Any], after: dict[str, Any],
    errors: dict[str, AnjiaError],
) -> None:  # fmt: skip
    raw = _raw(field, data)
    choices = tuple(one.id for one in choices_of(row, field))
    prefixes = tuple(catalogue_of(row).city.number_prefixes)
    try:
        if field.type == "division":
            value = _division(field, raw or "")
        else:
            value = answers.clean(field, raw or "", plain, choices, prefixes)
    except AnjiaError as error:
        errors[field.id] = error
        return
    if value is None:
        after.pop(field.id, None)
    else:
        after[field.id] = value
    if field.type == "division" and field.required and not answers.is_community(value):
        errors[field.id] = _pick_on(field)


def _save(row: Case, before: dict[str, Any], after: dict[str, Any]) -> None:
    fields = {field.id: field for topic in item_of(row).topic for field in topic.field}
    packed = {ident: stored for ident, stored in row.answers.items() if ident in after}
    for ident, value in after.items():
        if before.get(ident) != value:
            packed[ident] = answers.packed(row, fields[ident], value)
    row.answers = packed
    agreement.ask(row, facts.known(row), facts.plain_values(row))
    writing.save(row, answers=packed, outcome=facts.outcome(row))


def _raw(field: Field, data: Posted) -> str | None:
    if field.type == "members":
        # Boxes of which none is ticked are not posted at all: then nobody is chosen.
        given = data.get(field.id, "")
        return given if isinstance(given, str) else ",".join(given)
    if field.type != "division":
        return _text(data, field.id) if field.id in data else None
    # The deepest pick that lies inside the one before it counts; a changed district empties the rest.
    picked = _text(data, field.id)
    for place in range(3):
        code = _text(data, f"{field.id}.{place + 1}")
        if code and (place == 0 or code.startswith(picked[: LENGTHS[place - 1]])):
            picked = code
        elif f"{field.id}.1" in data:
            break
    return picked


def _text(data: Posted, name: str) -> str:
    given = data.get(name, "")
    return given if isinstance(given, str) else (given[-1] if given else "")


def _division(field: Field, code: str) -> str | None:
    if not code:
        if field.required:
            raise _pick_on(field)
        return None
    path = divisions.path(code)
    if not path or path[-1].code != code:
        raise AnjiaError(
            "field-division-unknown",
            f"“{field.label.zh}”不是本市的区划", f"“{field.label.en}” is no division here",
            ("请从列表中选", "Choose from the list"), field=field.id,
        )  # fmt: skip
    return code


def _pick_on(field: Field) -> AnjiaError:
    return AnjiaError(
        "field-empty",
        f"“{field.label.zh}”请选到社区或村", f"“{field.label.en}”: choose down to the community",
        ("请继续选下一级", "Choose the next level"), field=field.id,
    )  # fmt: skip


def _view(case: Case, one: answers.Asked, posted: Posted, error: AnjiaError | None) -> FieldView:
    field = one.field
    raw = _raw(field, posted) if posted else None
    value = _shown(one.value) if raw is None else raw
    if field.type == "division":
        return FieldView(field, value, (), error, _levels(case, field, value))
    return FieldView(field, value, choices_of(case, field), error)


def _levels(case: Case, field: Field, code: str) -> tuple[Level, ...]:
    levels: list[Level] = []
    parent = catalogue_of(case).city.code
    for place, label in enumerate(LEVELS):
        rows = divisions.children(parent)
        chosen = next((row.code for row in rows if code and code.startswith(row.code[: LENGTHS[place]])), "")
        choices = tuple(Choice(row.code, Words(row.name, row.name)) for row in rows)
        levels.append(Level(f"{field.id}.{place + 1}", label, choices, chosen))
        if not chosen:
            break
        parent = chosen
    return tuple(levels)


def _answered(case: Case, one: answers.Asked) -> bool:
    if one.value is None:
        return not one.field.required
    if one.field.type == "division":
        return answers.is_community(one.value)
    if one.field.type == "members":
        return {str(subject) for subject in one.value} <= {choice.id for choice in choices_of(case, one.field)}
    if one.field.type in ("outcome", "member"):
        return str(one.value) in {choice.id for choice in choices_of(case, one.field)}
    return True


def _members(case: Case, field: Field) -> tuple[Choice, ...]:
    """Gives the others of the household: other than the applicant, or than whom the case is about."""
    home = history.household_of(case.person, timezone.localdate(), timezone.now())
    if home is None:
        return ()
    item = item_of(case)
    names_whom = not item.about or f"answers.{field.id}" in item.about
    left_out = case.person if names_whom else concerned.person(case, facts.plain_values(case))
    others = [member for member in home.members if member.subject != left_out]
    return tuple(Choice(str(member.subject), Words(member.name, member.name)) for member in others)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    return str(value)


def _hint(verdict: str) -> Words | None:
    return Words("还有事实待核实", "Some facts are still to be checked") if verdict == "unknown" else None


def _topic_unknown(topic_id: str) -> AnjiaError:
    return AnjiaError(
        "topic-unknown", "现在不需要填这一页", "This page need not be filled in now",
        ("请从办件首页继续", "Go on from the case's first page"), status=404, topic=topic_id,
    )  # fmt: skip
