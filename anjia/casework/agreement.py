"""What a case asks of other people, and the facts that their answers settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from anjia.casework import concerned, notices, values
from anjia.casework.definition import item_of
from anjia.casework.models import Case, Consent
from anjia.kernel.expressions import evaluate, parse
from anjia.kernel.specs.item import Consent as ConsentSpec
from anjia.kernel.specs.text import Words
from anjia.registers import people
from anjia.rules.ports import Fact

OWN = Words("本人登录回答", "Answered under the person's own sign-in")
SELF = Words("申请人就是该权利人", "The applicant is that person")
SILENT = Words("到期没有回答，按未同意处理", "No answer within the term; this counts as no consent")
WAITING = Words("已发出征求意见，等待本人回答", "Asked; waiting for the person's answer")
ABSENT = Words("登记簿中没有此人，请到窗口当面核实", "Not in the register here; settled at the window")


def of_case(case: Case) -> list[Consent]:
    """Gives the case's consents that count, in order."""
    return list(case.consents.exclude(state="void").order_by("id"))


def ask(case: Case, known: Mapping[str, Fact], plain: Mapping[str, Any]) -> bool:
    """Asks whomever the facts name, once; gives whether anything changed.

    Runs under the case's lock. A person whom the facts no longer name, or who need no longer be
    asked, is asked no more.

    Args:
        plain: values for the declaration's `when`.
    """
    changed = False
    for spec in item_of(case).consent:
        who = plain.get(spec.who)
        person = concerned.named(who)
        current = case.consents.filter(consent=spec.id).exclude(state="void").first()
        wanted = not spec.when or evaluate(parse(spec.when), plain) is True
        elsewhere = current is not None and (who is not None or spec.who in known) and current.person != person
        dropped = current is not None and current.state == "asked" and not wanted
        if current is not None and (elsewhere or dropped):
            Consent.objects.filter(pk=current.pk).update(state="void")
            current, changed = None, True
        if wanted and current is None and person is not None and person != case.person:
            _put(case, spec, person)
            changed = True
    return changed


def facts(case: Case) -> Iterable[Fact]:
    """Gives the facts that consents settle; a question without an answer is unknown until its term ends."""
    rows = {row.consent: row for row in of_case(case)}
    for spec in item_of(case).consent:
        row = rows.get(spec.id)
        if row is None:
            yield _unasked(case, spec)
        elif row.state == "asked" and timezone.localdate() > row.due_on:
            yield Fact(spec.fact, False, OWN, None, SILENT)
        elif row.state == "asked":
            yield Fact(spec.fact, None, OWN, None, WAITING)
        else:
            yield Fact(spec.fact, row.state == "agreed", OWN, row.answered_at, None)


def _unasked(case: Case, spec: ConsentSpec) -> Fact:
    stored = case.facts.get(spec.who)
    if stored is None or stored.get("kind") == "none":
        return Fact(spec.fact, None, OWN, None, None)
    number = _who(case, spec)
    person = people.find_by_number(number) if number is not None else None
    if person == case.person:
        return Fact(spec.fact, True, SELF, None, None)
    # Somebody whom the register knows is only not asked here.
    return Fact(spec.fact, None, OWN, None, ABSENT if person is None else None)


def _who(case: Case, spec: ConsentSpec) -> str | None:
    from_store = case.facts[spec.who]
    value = values.unpack(from_store, case=case.uid, name=spec.who)
    return str(value) if value is not None else None


def _put(case: Case, spec: ConsentSpec, person: int) -> None:
    now = timezone.now()
    row = Consent.objects.create(
        case=case,
        consent=spec.id,
        person=person,
        asked_at=now,
        due_on=timezone.localdate(now) + timedelta(days=spec.term_days),
    )
    notices.send(
        f"consent:{row.pk}:asked",
        person=person,
        case=case,
        kind="consent",
        title=spec.title,
        body=Words(
            f"{spec.question.zh} 请在 {row.due_on:%Y-%m-%d} 前在“同意事项”中回答；不回答按不同意处理。",
            f"{spec.question.en} Please answer under “Consents” by {row.due_on:%Y-%m-%d}; silence is a no.",
        ),
    )
