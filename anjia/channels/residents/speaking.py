"""What a person sees and says before a decision about the own registration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from anjia.casework import facts, hearing
from anjia.casework.definition import item_of
from anjia.casework.models import OPEN_STATES, Statement
from anjia.channels.ui import dates, texts
from anjia.kernel.errors import AnjiaError
from anjia.registers import deciding, history, place

CHANNEL = "residents"


def listed(person: int) -> list[dict[str, Any]]:
    """Gives the matters in which a person is heard, those that wait first."""
    rows = [{"row": one, "spec": hearing.spec_of(one), "open": is_open(one)} for one in hearing.of_person(person)]
    return sorted(rows, key=lambda one: not (one["open"] and one["row"].state == "told"))


def page(
    person: int, ident: int, said: Mapping[str, Any] | None = None, error: AnjiaError | None = None
) -> dict[str, Any]:
    """Gives one matter.

    Args:
        said: what was just posted, shown again beside what is wrong with it.

    Raises:
        AnjiaError: `statement-unknown` (404) when it is not this person's.
    """
    row = next((one for one in hearing.of_person(person) if one.pk == ident), None)
    if row is None:
        raise hearing.unknown()
    spec = hearing.spec_of(row)
    shown = said or {"objects": row.state == "objected", "words": row.words, "wish": row.wish}
    answered = said is not None or row.state != "told"
    return {
        "row": row,
        "spec": spec,
        "item": item_of(row.case),
        "address": _address(row),
        "open": is_open(row),
        "answer": ("objects" if shown["objects"] else "agrees") if answered else "",
        "words": shown["words"],
        "wish": shown["wish"] or "order",
        "answers": [_option("agrees"), _option("objects")],
        "wishes": _wishes(row),
        "errors": [{"field": str(error.facts.get("field", "words")), "message": texts.words(error.message)}]
        if error
        else [],
    }


def said(data: QueryDict) -> dict[str, Any]:
    """Gives what was posted.

    Raises:
        AnjiaError: `answer-missing` (422) when neither was chosen.
    """
    answer = data.get("answer", "")
    if answer not in ("agrees", "objects"):
        raise AnjiaError(
            "answer-missing", "请选“没有异议”或者“有异议”", "Choose whether you object",
            ("请返回选择", "Go back and choose"), status=422, field="answer",
        )  # fmt: skip
    wish = data.get("wish", "")
    return {"objects": answer == "objects", "words": data.get("words", ""), "wish": "" if wish == "order" else wish}


def is_open(row: Statement) -> bool:
    """Says whether the person may still speak."""
    return row.case.state in OPEN_STATES and dates.today() <= row.due_on


def _address(row: Statement) -> str:
    fact = facts.known(row.case).get(hearing.spec_of(row).place)
    if fact is None or not fact.value:
        return ""
    found = history.place(place.subject_of(str(fact.value)), dates.today(), timezone.now())
    return str(found["printed"]) if found else ""


def _wishes(row: Statement) -> list[dict[str, str]]:
    options = [_option("order")]
    if row.dwelling:
        found = history.place(place.subject_of(row.dwelling), dates.today(), timezone.now())
        options.append({
            "value": row.dwelling, "label": texts.text(CHANNEL, "hearing.w_own"),
            "hint": str(found["printed"]) if found else "",
        })  # fmt: skip
    return [*options, _option(deciding.COLLECTIVE)]


def _option(name: str) -> dict[str, str]:
    return {
        "value": name,
        "label": texts.text(CHANNEL, f"hearing.w_{name}"),
        "hint": texts.text(CHANNEL, f"hearing.w_{name}_hint"),
    }
