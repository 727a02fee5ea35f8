"""A case as its applicant sees it: what is next, how far it is, what happened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from anjia.casework import consents, deadlines, facts, forms, outcomes, waiting
from anjia.casework.definition import item_of
from anjia.casework.models import OPEN_STATES, Case
from anjia.casework.models import Step as StepDone
from anjia.channels.ui import dates, texts
from anjia.credentials import documents
from anjia.kernel.definitions import publishing
from anjia.kernel.models import Actor
from anjia.kernel.specs import ItemSpec, Words
from anjia.registers import divisions

CHANNEL = "residents"
TONES = {
    "draft": "plain", "open": "blue", "supplement": "gold", "decided": "green", "refused": "red", "withdrawn": "plain",
}  # fmt: skip
EDITABLE = ("draft", "supplement")
OPEN = OPEN_STATES
VERDICT_TONES = {"refuse": "red", "supplement": "red", "pass": "green", "submit": "blue"}


@dataclass(frozen=True, slots=True)
class Brief:
    """A case in a list."""

    case: Case
    item: ItemSpec
    tone: str
    steps: list[dict[str, str]]
    due_on: date | None
    due_days: int
    href: str
    action: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happened."""

    title: str
    on: str
    text: str
    tone: str


def brief(case: Case) -> Brief:
    """Gives a case for a list, with where its one next action leads."""
    item = item_of(case)
    editable = case.state in EDITABLE
    href = next_page(case) if editable else reverse("residents:case", args=[case.number])
    action = {"draft": "item.resume", "supplement": "case.supplement_go"}.get(case.state, "")
    return Brief(
        case,
        item,
        TONES[case.state],
        steps(case, item),
        case.due_on,
        deadlines.days_left(case.due_on) or 0,
        href,
        action and _t(action),
    )


def steps(case: Case, item: ItemSpec) -> list[dict[str, str]]:
    """Gives the steps from submission to the end, each done, now, next or failed."""
    idents = [step.id for step in item.step]
    sent = case.submitted_at is not None
    at = idents.index(case.next_step) if case.next_step in idents else (len(idents) if case.decided_at else -1)
    made = [{"label": _t("case.submit"), "state": "done" if sent else "now", "note": _short(case.submitted_at)}]
    for place, step in enumerate(item.step):
        state = "next" if not sent or place > at else "done" if place < at else "now"
        if case.state == "refused" and state != "done":
            state = "failed" if place == max(at, 0) else "next"
        if case.state == "withdrawn" and state == "now":
            state = "next"
        note = _t("item.visit") if step.visit and state != "done" else ""
        made.append({"label": texts.words(step.title), "state": state, "note": note})
    end = {"decided": "done", "refused": "failed"}.get(case.state, "next")
    made.append({"label": _t("case.done"), "state": end, "note": _short(case.decided_at)})
    return made


def progress(case: Case, person: int) -> dict[str, Any]:
    """Gives everything that the page of a case shows."""
    item = item_of(case)
    done = list(case.steps.order_by("id"))
    asked = consents.of_case(case) if case.state != "withdrawn" else []
    return {
        "case": case,
        "item": item,
        "brief": brief(case),
        "outcome": outcomes.outcome_of(case).title,
        "station": station_name(case),
        "next_step": deadlines.step_of(case),
        "awaited": waiting.awaited(case),
        "supplement": next((one.note for one in reversed(done) if one.verdict == "supplement"), ""),
        "refusal": next((one.note for one in reversed(done) if one.verdict == "refuse"), ""),
        "consents": [{"spec": consents.spec_of(one), "row": one} for one in asked],
        "events": [event(item, one) for one in reversed(done)],
        "documents": documents.of_case(case.number) if case.decided_at else [],
        "may_withdraw": case.state in OPEN,
        "own": person == case.person,
    }


def event(item: ItemSpec, done: StepDone) -> Event:
    """Gives one step done in words; officers are named by their step, not by their name."""
    title = next((texts.words(step.title) for step in item.step if step.id == done.step), "")
    note = done.note if done.verdict in ("supplement", "refuse") else ""
    tone = VERDICT_TONES.get(done.verdict, "plain")
    return Event(_t(f"case.h_{done.verdict}", step=title), dates.moment(done.at), note, tone)


def station_name(case: Case) -> Words:
    """Gives the name of the station in charge of a case."""
    return station_of(case.station)


def station_of(code: str) -> Words:
    """Gives the name of a station: that of its town."""
    station = publishing.in_force().city.station
    path = divisions.path(divisions.station_of(code))
    town = path[-1].name if path else ""
    return Words(zh=station.zh.format(town=town), en=station.en.format(town=town))


def next_page(case: Case, after: str = "") -> str:
    """Gives the first page of the form that is not complete, or the pre-check."""
    topics = forms.build(case)
    idents = [one.topic.id for one in topics]
    # The page that was just saved is shown again only when an answer opened a new question on it.
    start = idents.index(after) if after in idents else 0
    waiting = [one.topic.id for one in (*topics[start:], *topics[:start]) if not one.complete]
    if waiting:
        return reverse("residents:form", args=[case.number, waiting[0]])
    following = idents[start + 1 :] if after in idents else []
    if following:
        return reverse("residents:form", args=[case.number, following[0]])
    return reverse("residents:result", args=[case.number])


def begin(actor: Actor, case: Case) -> str:
    """Asks register and departments for a fresh case and gives the page to go on with."""
    return next_page(facts.refresh(actor, case))


def proceed(actor: Actor, case: Case, topic: str) -> str:
    """Gives the page after a saved one; the last page asks the departments again."""
    target = next_page(case, topic)
    if target == reverse("residents:result", args=[case.number]):
        fresh = facts.refresh(actor, case)
        # What was learnt may open a question that nobody could ask before.
        return next_page(fresh, forms.build(fresh)[-1].topic.id if forms.build(fresh) else "")
    return target


def new_key() -> str:
    """Gives the key of a form that may be sent once."""
    return str(uuid.uuid4())


def _short(at: datetime | None) -> str:
    """Gives month and day, for the narrow columns of the steps; the page says the full date below."""
    return dates.day(at)[5:]


def _t(key: str, **values: Any) -> str:
    return texts.text(CHANNEL, key, **values)
