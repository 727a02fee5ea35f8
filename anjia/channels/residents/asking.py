"""One page of a case's form: its fields as the macros want them, and what depends on what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from anjia.casework import facts, forms
from anjia.casework.definition import fact_spec, item_of
from anjia.casework.forms import FieldView, TopicView
from anjia.casework.models import Case
from anjia.channels.ui import rulerows, texts
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions import parse
from anjia.kernel.specs.item import Topic

INLINE = 12
"""Choices whose labels are at most this long stand side by side."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field for a macro.

    Attributes:
        dependent: it may come and go, so it stands in a group of its own that may be swapped.
        steers: others depend on it, so that a change asks the server for the groups.
    """

    name: str
    kind: str
    label: str
    hint: str
    error: str
    value: str
    required: bool
    options: list[dict[str, str]]
    levels: list[dict[str, Any]]
    max_length: int
    dependent: bool
    steers: bool

    @property
    def inline(self) -> bool:
        """Short choices stand side by side."""
        return len(self.options) <= 3 and all(len(one["label"]) <= INLINE and not one["hint"] for one in self.options)

    @property
    def anchor(self) -> str:
        """Id of the control to which an error jumps."""
        return f"{self.name}.1" if self.levels else self.name


def page(
    case: Case, topic_id: str, posted: Mapping[str, Any] | None = None, errors: Mapping[str, AnjiaError] | None = None
) -> dict[str, Any] | None:
    """Gives the page of one topic, None when it is not asked now."""
    topics = forms.build(case, posted=posted, errors=errors)
    places = {one.topic.id: place for place, one in enumerate(topics)}
    if topic_id not in places:
        return None
    at = places[topic_id]
    shown = questions(topics[at])
    return {
        "case": case,
        "item": item_of(case),
        "topic": topics[at].topic,
        "groups": groups(topics[at].topic, shown),
        "found": found(case, topics[at].topic),
        "at": at + 1,
        "of": len(topics),
        "back": _back(case, topics, at),
        "errors": [{"field": one.anchor, "message": one.error} for one in shown if one.error],
        "last": at + 1 == len(topics),
    }


def found(case: Case, topic: Topic) -> list[tuple[str, str]]:
    """Gives what is known already and shown for checking: label and value; sensitive facts never."""
    known = facts.unanswered(case) if topic.shows else {}
    rows = []
    for ident in topic.shows:
        fact, spec = known.get(ident), fact_spec(case, ident)
        if fact is None or fact.value is None or spec is None or spec.sensitive:
            continue
        value = rulerows.shown(fact.value, spec)
        rows.append((texts.words(spec.label), value if isinstance(value, str) else texts.words(value)))
    return rows


def swapped(case: Case, topic_id: str, posted: Mapping[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Gives the groups of a topic that the page must put in place of its own."""
    view = next((one for one in forms.build(case, posted=posted) if one.topic.id == topic_id), None)
    visible = request.POST.getlist("shown")
    steered = request.headers.get("HX-Trigger-Name", "")
    return {"case": case, "groups": changed(view.topic, questions(view), visible, steered) if view else []}


def posted(data: QueryDict) -> dict[str, Any]:
    """Gives what was posted, a list where one name came several times."""
    return {name: values[0] if len(values) == 1 else values for name, values in data.lists()}


def version(data: QueryDict) -> int:
    """Gives the version of the case that the page showed, 0 when it says none."""
    text = data.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else 0


def key(data: QueryDict) -> uuid.UUID:
    """Gives the key under which a form is sent once.

    Raises:
        AnjiaError: `key-missing` (422) when the page did not carry one.
    """
    try:
        return uuid.UUID(data.get("key", ""))
    except ValueError as error:
        raise AnjiaError(
            "key-missing",
            "这一页没有带上提交编号，没有提交",
            "The page carried no key; nothing was sent",
            ("请返回上一页，重新提交", "Go back and send the page again"),
            status=422,
        ) from error


def questions(view: TopicView) -> list[Question]:
    """Gives the fields of a topic for the macros."""
    steering = _steering(view.topic)
    return [_question(field, field.spec.id in steering) for field in view.fields]


def groups(topic: Topic, shown: Sequence[Question]) -> list[tuple[str, Question | None]]:
    """Gives every field of a topic in order: shown ones, and empty groups for those that may come."""
    by_name = {one.name: one for one in shown}
    return [(spec.id, by_name.get(spec.id)) for spec in topic.field if spec.id in by_name or spec.show_when]


def changed(
    topic: Topic, shown: Sequence[Question], visible: Sequence[str], steered: str
) -> list[tuple[str, Question | None]]:
    """Gives the groups that came, went or hang on the control just used; all others stay untouched.

    Args:
        visible: names of the fields that the page shows now.
        steered: name of the control that was changed.
    """
    return [
        (name, question)
        for name, question in groups(topic, shown)
        if (question is not None) != (name in visible)
        or (question is not None and question.levels and steered.startswith(f"{name}."))
    ]


def _question(view: FieldView, steers: bool) -> Question:
    spec = view.spec
    return Question(
        name=spec.id,
        kind=spec.type,
        label=texts.words(spec.label),
        hint=texts.words(spec.hint),
        error=texts.words(view.error.message) if view.error else "",
        value=view.value,
        required=spec.required,
        options=_options(view),
        levels=[_level(level) for level in view.levels],
        max_length=spec.max_length,
        dependent=bool(spec.show_when),
        steers=steers or spec.type == "division",
    )


def _options(view: FieldView) -> list[dict[str, str]]:
    made = [_option(one) for one in view.choices]
    if made and not view.spec.required and view.spec.type in ("member", "choice", "yesno"):
        made.append({"value": "", "label": texts.text("residents", "form.none"), "hint": ""})
    return made


def _level(level: Any) -> dict[str, Any]:
    return {
        "name": level.name,
        "label": texts.words(level.label),
        "value": level.value,
        "options": [_option(choice) for choice in level.choices],
    }


def _option(choice: Any) -> dict[str, str]:
    return {"value": choice.id, "label": texts.words(choice.label), "hint": texts.words(choice.hint)}


def _steering(topic: Topic) -> set[str]:
    names = {name for field in topic.field if field.show_when for name in parse(field.show_when).names}
    facts = {field.fact: field.id for field in topic.field if field.fact}
    said = {name.removeprefix("answers.") for name in names if name.startswith("answers.")}
    outcome = {field.id for field in topic.field if field.type == "outcome" and "outcome" in names}
    return said | outcome | {ident for fact, ident in facts.items() if fact in names}


def _back(case: Case, topics: Sequence[TopicView], at: int) -> str:
    if at:
        return reverse("residents:form", args=[case.number, topics[at - 1].topic.id])
    return reverse("residents:home")
