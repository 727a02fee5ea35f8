"""What the counter's pages show, made from casework, credentials and the registers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from anjia.casework import cases, consents, deadlines, flow, hearing
from anjia.casework.definition import fact_spec, item_of
from anjia.casework.models import Case, Statement
from anjia.channels.ui import masking, rulerows, texts
from anjia.credentials import documents
from anjia.kernel import codes, grants
from anjia.kernel.expressions.functions import years_between
from anjia.registers import history, people
from anjia.registers.history import ChangeView, HouseholdView, MemberView
from anjia.registers.place import subject_of
from anjia.rules import listing

PURPOSE = "settlement"
"""Purpose of the counter's look at cases; each item names its own for the steps."""

PLACES = {
    "work": ("case", "read", PURPOSE),
    "moves": ("move", "read", PURPOSE),
    "register": ("household", "read", "household-register"),
    "collectives": ("household", "read", "household-register"),
    "permits": ("permit", "read", "residence"),
    "cards": ("card", "read", "id-card"),
    "rules": (listing.REGISTER, listing.COUNT, listing.PURPOSE),
    "supervision": ("access", "review", "supervision"),
}
PAGE = 50


def places(actor: Any) -> list[str]:
    """Gives the parts of the counter that an actor may open."""
    return [name for name, needs in PLACES.items() if grants.find(actor, *needs) is not None]


def first_page(actor: Any) -> str:
    """Gives the page on which an actor starts."""
    found = places(actor)
    if not found or "work" in found:
        return reverse("counter:home")
    return reverse("counter:supervision" if "supervision" in found else "counter:rules")


def checks(posted: QueryDict) -> dict[str, bool]:
    """Gives what the officer saw: ticked boxes, and the clear yes or no of checks that may be against the person."""
    seen = dict.fromkeys(posted.getlist("check"), True)
    said = {name.removeprefix("either:"): posted.get(name) for name in posted if name.startswith("either:")}
    return seen | {name: value == "yes" for name, value in said.items() if value in ("yes", "no")}


def words(pair: Any) -> str:
    """Gives a pair of sentences in the page's language."""
    return texts.words(pair)


def work(request: HttpRequest) -> dict[str, Any]:
    """Gives the list of work: the cases of the area that are due first, by default those for me."""
    mine = request.GET.get("show", "mine") != "all"
    after = row_key(request.GET.get("after", ""))
    found = cases.queue(request.allowed, after=after, limit=PAGE)  # type: ignore[attr-defined]
    last = found[-1] if len(found) == PAGE else None
    if mine:
        acts = grants.actions_of(request.user)
        found = [case for case in found if (step := deadlines.step_of(case)) and ("case", step.action) in acts]
    names = people.names_of(case.person for case in found)
    return {
        "queue": [_row(case, names.get(case.person, "")) for case in found],
        "mine": mine,
        "after": f"{last.due_on}_{last.pk}" if last else None,
    }


def case(request: HttpRequest, number: str) -> dict[str, Any]:
    """Gives everything that the page of a case shows."""
    found = cases.get(request.allowed, number)  # type: ignore[attr-defined]
    desk = flow.desk(request.user, found)
    # Advice (the order of addresses) bars nothing, so it is not counted among the requirements.
    required = [one for one in desk.rules if not one.is_advice]
    rows = rulerows.rows(required, spec_of=lambda ident: fact_spec(found, ident))
    summary = rulerows.summary(rows)
    action = next((one for one in desk.actions if one.allowed), None)
    refusal = next(
        (one.refusal for one in desk.actions if desk.next_step and one.step.id == desk.next_step.id), None
    )
    following = deadlines.step_after(found, desk.next_step.id) if desk.next_step else None
    before, after = _households(desk.preview)
    return {
        **work(request),
        "section": "work",
        "desk": desk,
        "name": people.name_of(found.person),
        "rows": rows,
        "help": rulerows.help_of(required) if desk.next_step else None,
        "summary": summary,
        "verdict_title": _title(summary),
        "chosen": next((one for one in desk.outcomes if one.chosen), None),
        "action": action,
        "refusal": None if action else refusal,
        "following": following,
        "last": desk.next_step is not None and following is None,
        "key": uuid.uuid4(),
        "answers": [(words(one.spec.label), _answer(one)) for one in desk.answers if one.value],
        "consents": [
            SimpleNamespace(title=consents.spec_of(one).title, state=one.state) for one in desk.consents
        ],
        "hearing": _hearing(found),
        "taken": [_taken(found, step) for step in desk.steps],
        "before": [] if found.state in ("decided", "refused", "withdrawn") else before,
        "after": after if desk.next_step else _now(found),
        "documents": [_document(found, one) for one in documents.of_case(number)],
    }


def clauses(request: HttpRequest, number: str) -> tuple[Case, list[dict[str, str]]]:
    """Gives a case and the clauses on which it may be refused."""
    found = cases.get(request.allowed, number)  # type: ignore[attr-defined]
    judged = flow.desk(request.user, found).rules
    return found, [
        {"value": f"{one.rule.id}.{part.clause.id}", "label": words(part.clause.text), "hint": ""}
        for one in judged
        if not one.is_advice
        for part in one.clauses
        if part.verdict == "no"
    ]


def household(view: HouseholdView, *, before: HouseholdView | None = None) -> dict[str, Any]:
    """Gives a household as the register panel shows it; who comes is marked by word and colour."""
    known = {member.subject: member for member in (before.members if before else ())}
    return {
        "title": f"{kind_words(view.kind)}{f' {view.number}' if view.number and view.subject > 0 else ''}",
        "number": view.number if view.subject > 0 else "",
        "address": view.address,
        "members": [_member(member, known.get(member.subject), before is not None) for member in view.members],
    }


def kind_words(kind: str) -> str:
    """Gives the words of a household's kind."""
    return label("household_kind", kind)


def label(name: str, code: str) -> str:
    """Gives the words of a code, the code itself when the table does not know it."""
    table = codes.table(name)
    return words(table[code]) if code in table else code


def change(one: ChangeView, names: Mapping[int, str]) -> dict[str, str]:
    """Gives one entry of the register's story as the timeline shows it."""
    who = masking.name(names.get(one.subject, ""))
    tone = {"opened": "blue", "closed": "plain", "corrected": "red"}[one.what]
    title = texts.text("counter", f"change.{one.register}_{one.what}")
    return {"title": title, "text": who, "on": f"{one.on} · {timezone.localtime(one.at):%Y-%m-%d %H:%M}", "tone": tone}


def _row(case: Case, name: str) -> SimpleNamespace:
    step = deadlines.step_of(case)
    return SimpleNamespace(
        number=case.number, name=name, title=item_of(case).title, due_on=case.due_on,
        days=_days(case.due_on), step=step.title if step else item_of(case).title,
        online=case.channel == "residents",
    )  # fmt: skip


def _days(due_on: date | None) -> int:
    left = deadlines.days_left(due_on) or 0
    # Late is late, even when only days off have passed since.
    return min(left, -1) if due_on is not None and due_on < timezone.localdate() else left


def row_key(text: str) -> tuple[date | None, int] | None:
    """Gives the key of a page's last row from `day_id`, None for what cannot be read."""
    day, _, number = text.partition("_")
    try:
        return (None if day == "None" else date.fromisoformat(day), int(number)) if text else None
    except ValueError:
        return None


def _title(summary: Any) -> str:
    counts = {"total": summary.total - summary.not_applicable, "met": summary.met, "unmet": summary.unmet}
    open_ = summary.unknown + summary.lacking
    key = "case.verdict_no" if summary.unmet else "case.verdict_open" if open_ else "case.verdict_yes"
    return texts.text("counter", key, open=open_, **counts)


def _answer(field: Any) -> str:
    chosen = next((choice.label for choice in field.choices if choice.id == field.value), None)
    if chosen is not None:
        return words(chosen)
    return masking.number(field.value) if field.spec.type in ("citizen_no", "phone") else field.value


def _taken(case: Case, step: Any) -> dict[str, str]:
    spec = next((one for one in item_of(case).step if one.id == step.step), None)
    done = texts.text("counter", f"verdict.{step.verdict}")
    tone = {"refuse": "red", "supplement": "red", "pass": "green"}.get(step.verdict, "blue")
    who = step.actor_name or texts.text("counter", "case.system")
    return {
        "title": f"{words(spec.title)} {done}" if spec else done,
        "text": f"{who}{f' · {step.note}' if step.note else ''}",
        "on": f"{timezone.localtime(step.at):%Y-%m-%d %H:%M}",
        "tone": tone,
    }


def _households(preview: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if preview is None:
        return [], []
    before = {view.subject: view for view in preview.before}
    return (
        [household(view) for view in preview.before],
        [household(view, before=before.get(view.subject) or _nobody(view)) for view in preview.after],
    )


def _nobody(view: HouseholdView) -> HouseholdView:
    """Gives the same household as it is now without the newcomers; a new one is empty."""
    now = history.find_household(view.subject, timezone.localdate(), timezone.now()) if view.subject > 0 else None
    return now or HouseholdView(view.subject, "", view.kind, "", None, "", "", "", ())


def _now(case: Case) -> list[dict[str, Any]]:
    found = history.household_of(case.person, timezone.localdate(), timezone.now())
    return [household(found)] if found else []


def _member(member: MemberView, before: MemberView | None, compare: bool) -> dict[str, Any]:
    change_word, tone = "", "green"
    if compare and before is None:
        change_word = texts.text("counter", "after.in")
    elif compare and before is not None and before.relation != member.relation:
        change_word, tone = texts.text("counter", "after.changed"), "blue"
    return {
        "relation": label("relation", member.relation),
        "name": masking.name(member.name),
        "facts": texts.text("counter", "after.facts", sex=label("sex", member.sex), age=age(member.birth_on)),
        "change": change_word,
        "tone": tone,
        # Somebody who is only to be registered has no page yet.
        "href": reverse("counter:person", args=[member.subject]) if member.subject > 0 else "",
    }


def _document(case: Case, document: Any) -> dict[str, str]:
    title = document.title_en if texts.is_english() else document.title_zh
    href = reverse("counter:document", args=[case.number, document.number])
    return {"href": href, "title": title, "note": document.number, "tag": "", "tone": "plain", "icon": "document"}


def age(birth_on: date) -> int:
    """Gives the full years of somebody today."""
    return years_between(birth_on, timezone.localdate())


def collectives() -> str:
    """Gives the address of the list of collective households."""
    return reverse("counter:collectives")


def _hearing(case: Case) -> list[SimpleNamespace]:
    """Gives who is heard in a case, what each said, and where each would rather go."""
    rows = hearing.of_case(case) if item_of(case).party else []
    named = hearing.names(rows)
    return [SimpleNamespace(row=one, name=named.get(one.person, ""), goes=_goes(one)) for one in rows]


def _goes(one: Statement) -> str:
    wish = one.wish or one.dwelling
    if wish and wish.isdecimal():
        found = history.place(subject_of(wish), timezone.localdate(), timezone.now())
        return str(found["printed"]) if found else wish
    return texts.text("counter", f"hearing.g_{wish or 'order'}")


def marks(changes: Iterable[ChangeView]) -> list[date]:
    """Gives the days on which something changed, and today, in order."""
    return days(one.on for one in changes)


def days(changed: Iterable[date]) -> list[date]:
    """Gives the last of some days up to today, and today, in order."""
    today = timezone.localdate()
    return sorted({one for one in changed if one <= today} | {today})[-8:]
