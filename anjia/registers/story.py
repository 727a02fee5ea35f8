"""Everything that happened to a person or a household, as known at a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from anjia.registers.asof import rows

CORRECTIONS = ("CORRECT", "REVERSAL")
"""Events that take back what was wrong."""

SHORTENED = (
    "id", "valid_to", "valid", "recorded", "recorded_from", "recorded_to", "opened_by", "closed_by",
    "close_ground",
)  # fmt: skip
"""Columns in which an entry's shortened copy differs from it."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One entry in the story of a subject.

    Attributes:
        what: `opened` when the entry began to be true, `closed` when it ended,
            `corrected` when the register took it back.
        on: day in the world; `at`: moment at which the register learnt it.
    """

    register: str
    what: Literal["opened", "closed", "corrected"]
    subject: int
    on: date
    at: datetime
    event: str
    act: int
    values: dict[str, Any]


STORY = """
SELECT '{register}' AS register, e.subject, e.valid_from, e.valid_to, e.recorded_from, e.recorded_to,
       e.opened_by, e.closed_by, to_jsonb(e) AS values, o.event AS opened_event, c.event AS closed_event,
       c.effective_on AS closed_on
  FROM registers_{register} e
  LEFT JOIN kernel_act o ON o.id = e.opened_by
  LEFT JOIN kernel_act c ON c.id = e.closed_by
 WHERE e.{column} = %(subject)s::bigint AND %(on)s::date IS NOT NULL
   AND e.recorded_from <= %(known_at)s::timestamptz
"""
OF_PERSON = ("particulars", "status", "condition", "membership", "residence", "kinship", "stay", "permit", "card")
PERSON_STORY = " UNION ALL ".join(STORY.format(register=register, column="subject") for register in OF_PERSON)
HOUSEHOLD_STORY = " UNION ALL ".join(
    (
        STORY.format(register="household", column="subject"),
        STORY.format(register="membership", column="household"),
        STORY.format(register="officer", column="subject"),
        STORY.format(register="guardianship", column="subject"),
    )
)


def timeline(subject: int, known_at: datetime, *, of: Literal["person", "household"] = "person") -> list[ChangeView]:
    """Gives everything that happened to a subject as known at a moment, the newest first."""
    story = rows(PERSON_STORY if of == "person" else HOUSEHOLD_STORY, date.max, known_at, subject=subject)
    for row in story:
        row["values"] = json.loads(row["values"])
    copies = {_mark(row, row["opened_by"]) for row in story}
    before = {_mark(row, row["closed_by"]): row for row in story if row["closed_by"] is not None}
    changes = [change for row in story for change in _changes(row, known_at, copies, before)]
    return sorted(changes, key=lambda change: (change.on, change.at, change.act), reverse=True)


def _changes(
    row: dict[str, Any], known_at: datetime, copies: set[str], before: Mapping[str, dict[str, Any]]
) -> list[ChangeView]:
    taken_back = row["recorded_to"] is not None and row["recorded_to"] <= known_at
    # An entry that an act only shortened lives on in its shortened copy; the copy tells the story.
    if taken_back and not _is_corrected(row, copies):
        return []
    common = {"register": row["register"], "subject": row["subject"], "values": row["values"]}
    event, act = row["opened_event"] or "", row["opened_by"]
    first = _first(row, before)
    found = [
        ChangeView(
            what="opened", on=row["valid_from"], at=first["recorded_from"], event=first["opened_event"] or "",
            act=first["opened_by"], **common,
        )
    ]  # fmt: skip
    if row["valid_to"] is not None:
        found.append(
            ChangeView(what="closed", on=row["valid_to"], at=row["recorded_from"], event=event, act=act, **common)
        )
    if taken_back:
        found.append(
            ChangeView(
                what="corrected", on=row["valid_from"], at=row["recorded_to"],
                event=row["closed_event"] or "", act=row["closed_by"], **common,
            )
        )  # fmt: skip
    return found


def _first(row: dict[str, Any], before: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Gives the entry of which this is a shortened copy: it was known since then."""
    while (earlier := before.get(_mark(row, row["opened_by"]))) is not None and earlier["opened_by"] < row["opened_by"]:
        row = earlier
    return row


def _is_corrected(row: dict[str, Any], copies: set[str]) -> bool:
    """Says whether an entry was wrong; one that lasted no whole day was overtaken, not wrong."""
    if (row["closed_event"] or "") in CORRECTIONS:
        return True
    overtaken = row["closed_on"] is not None and row["closed_on"] <= row["valid_from"]
    return not overtaken and _mark(row, row["closed_by"]) not in copies


def _mark(row: dict[str, Any], act: int) -> str:
    """Gives what an entry and its shortened copy have in common, with the act that wrote the copy."""
    own = {key: value for key, value in row["values"].items() if key not in SHORTENED}
    return json.dumps([row["register"], act, own], sort_keys=True)
