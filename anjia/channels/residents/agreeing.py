"""A question to the owner: who asks, for what, about which dwelling; only what the owner must know."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from anjia.casework import consents, facts
from anjia.casework.definition import fact_spec, item_of
from anjia.casework.models import OPEN_STATES, Case, Consent
from anjia.channels.residents import speaking
from anjia.channels.ui import dates, rulerows
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import Words
from anjia.registers import people

CODE = 12
"""Texts of so many digits and more are codes of the register, of no use to a reader."""


def listed(person: int) -> dict[str, Any]:
    """Gives the questions to a person: those that wait, and those that are over."""
    rows = [{"row": one, "spec": consents.spec_of(one), "open": is_open(one)} for one in consents.asked_of(person)]
    waiting = [one for one in rows if one["open"] and one["row"].state == "asked"]
    past = [one for one in rows if one not in waiting]
    return {"waiting": waiting, "past": past, "hearings": speaking.listed(person)}


def page(person: int, ident: int) -> dict[str, Any]:
    """Gives one question.

    Raises:
        AnjiaError: `consent-unknown` (404) when it is not this person's.
    """
    row = next((one for one in consents.asked_of(person) if one.pk == ident), None)
    if row is None:
        raise AnjiaError(
            "consent-unknown",
            "没有需要您回答的这件事",
            "There is no such question to you",
            ("请从“同意事项”进入", "Start from “Consents”"),
            status=404,
        )
    spec = consents.spec_of(row)
    return {
        "row": row,
        "spec": spec,
        "item": item_of(row.case),
        "applicant": people.name_of(row.case.person),
        "about": about(row.case, spec.who),
        "open": is_open(row),
    }


def about(case: Case, who: str) -> list[tuple[Words, str | Words]]:
    """Gives what the department said beside the name of the person asked, without anything sensitive."""
    origin = case.facts.get(who, {}).get("origin")
    found = []
    for ident, fact in facts.known(case).items():
        spec, stored = fact_spec(case, ident), case.facts[ident]
        if stored.get("origin") != origin or "sealed" in stored or spec is None or spec.sensitive:
            continue
        shown = rulerows.shown(fact.value, spec)
        is_code = isinstance(shown, str) and shown.isdigit() and len(shown) >= CODE
        if shown is not None and not is_code and spec.type in ("text", "date"):
            found.append((spec.label, shown))
    return found


def is_open(row: Consent) -> bool:
    """Says whether the question may still be answered."""
    return row.case.state in OPEN_STATES and (row.state != "asked" or dates.today() <= row.due_on)


def answer(data: QueryDict) -> bool:
    """Gives yes or no as it was pressed.

    Raises:
        AnjiaError: `answer-missing` (422) for anything else.
    """
    said = data.get("answer", "")
    if said not in ("agree", "decline"):
        raise AnjiaError(
            "answer-missing", "没有收到您的选择", "Your choice did not arrive",
            ("请返回，按“同意”或“不同意”", "Go back and press agree or do not agree"), status=422,
        )  # fmt: skip
    return said == "agree"
