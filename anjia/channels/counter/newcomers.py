"""The form for a newcomer's residence registration at the window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from anjia.channels.ui import dates, texts
from anjia.kernel import codes
from anjia.kernel.errors import AnjiaError

GROUNDS = ("rent", "own", "kin", "dorm", "unit", "other")
REPORTERS = ("self", "lessor", "employer", "school")
FIELDS = (
    "name", "number", "ethnicity", "home_division", "home_address", "place_code", "arrived_on", "ground",
    "reported_by", "phone",
)  # fmt: skip
FORMS = {
    "number": re.compile(r"\d{17}[\dX]"), "home_division": re.compile(r"\d{6}"), "place_code": re.compile(r"(\d{20})?"),
    "phone": re.compile(r"1\d{10}"), "arrived_on": re.compile(r"\d{4}-\d\d-\d\d"),
}  # fmt: skip
OPTIONAL = ("place_code",)


def read(posted: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Gives what was typed, cleaned, and what is wrong with it, field by field."""
    said = {name: posted.get(name, "").strip()[:200] for name in FIELDS}
    said["number"] = said["number"].upper()
    said["home_division"] = said["home_division"] or said["number"][:6]
    wrong = [
        {"field": name, "message": texts.text("counter", f"newcomer.w_{name if name in FORMS else 'empty'}")}
        for name, text in said.items()
        if (name in FORMS and not FORMS[name].fullmatch(text)) or (not text and name not in OPTIONAL)
    ]
    return said, wrong


def page(said: Mapping[str, str], errors: list[dict[str, str]], refused: AnjiaError | None = None) -> dict[str, Any]:
    """Gives the form with what was typed; a refusal stands above it, and nothing that was typed is lost."""
    ethnicity = codes.table("ethnicity")
    return {
        "said": {"ethnicity": "01", "ground": "rent", "reported_by": "self", **said},
        "errors": errors,
        "wrong": {one["field"]: one["message"] for one in errors},
        "refused": refused,
        "today": dates.today(),
        "ethnicities": [{"value": code, "label": texts.words(ethnicity[code])} for code in ethnicity],
        "grounds": _options("g", GROUNDS),
        "reporters": _options("r", REPORTERS),
    }


def _options(mark: str, values: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"value": one, "label": texts.text("counter", f"newcomer.{mark}_{one}"), "hint": ""} for one in values
    ]
