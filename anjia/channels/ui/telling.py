"""Entries of the register in words: what each column is called, and what its codes mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.channels.ui import dates, masking, texts
from anjia.kernel import codes
from anjia.registers import history, people
from anjia.registers.history import ChangeView

CHANNEL = "ui"
TABLES: Mapping[tuple[str, str], str] = {
    ("particulars", "sex"): "sex",
    ("particulars", "ethnicity"): "ethnicity",
    ("condition", "marital"): "marital",
    ("condition", "education"): "education",
    ("condition", "military"): "military_status",
    ("membership", "relation"): "relation",
    ("membership", "ground"): "move_in_kind",
    ("household", "kind"): "household_kind",
    ("condition", "blood"): "blood",
}
"""Columns that hold a code, with the table that gives its words."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "particulars": (
        "name", "former_name", "sex", "birth_on", "ethnicity", "birth_place", "native_place", "first_county",
    ),
    "condition": ("marital", "education", "military", "employer", "occupation", "height_cm", "blood"),
    "status": ("status",),
    "membership": ("household", "relation", "ground", "from_place"),
    "residence": ("place", "ground"),
    "kinship": ("kind", "kin"),
    "household": ("number", "kind", "address"),
    "stay": ("arrived_on", "since", "home_address"),
    "permit": ("serial", "state", "issued_on", "years_from", "due_on"),
    "card": ("kind", "state", "valid_until"),
}  # fmt: skip
"""Columns that are told, by register; what is not named here is the register's own bookkeeping."""

NAMES = ("name", "former_name", "kin")
"""Columns that tell a person's name."""


def register(name: str) -> str:
    """Gives what a register is called, its own name when no sentence names it."""
    key = f"entry_register.{name}"
    return texts.text(CHANNEL, key) if key in texts.entries(CHANNEL) else name


def title(change: ChangeView) -> str:
    """Gives one change in a few words: which part of the register, and begun, ended or corrected."""
    return texts.text(CHANNEL, f"telling.{change.what}", register=register(change.register))


def event(code: str) -> str:
    """Gives the words of an event of the register, empty when it has none."""
    key = f"entry_event.{code.lower()}"
    return texts.text(CHANNEL, key) if key in texts.entries(CHANNEL) else ""


def pairs(name: str, values: Mapping[str, Any], *, masked: bool = False) -> list[tuple[str, str]]:
    """Gives the columns of an entry as label and words; empty ones say nothing.

    Args:
        masked: names of persons are shown with their middle hidden.
    """
    columns = SHOWN.get(name, ())
    said = [(one, words) for one in columns if (words := value(name, one, values.get(one)))]
    return [(label(name, one), masking.name(words) if masked and one in NAMES else words) for one, words in said]


def label(name: str, column: str) -> str:
    """Gives what a column is called."""
    return texts.text(CHANNEL, f"entry_column.{name}_{column}")


def value(name: str, column: str, raw: Any) -> str:
    """Gives a column's content in words; keys of persons, households and places become their names."""
    if raw is None or raw == "":
        return ""
    table = TABLES.get((name, column))
    if table is not None:
        found = codes.table(table)
        return texts.words(found[raw]) if raw in found else str(raw)
    match (name, column):
        case ("status", "status"):
            return texts.text(CHANNEL, f"entry_status.s{raw}")
        case ("kinship", "kind"):
            return texts.text(CHANNEL, f"entry_kin.{raw}")
        case ("residence", "ground"):
            return texts.text(CHANNEL, f"entry_living.{raw}") if f"entry_living.{raw}" in texts.entries(CHANNEL) else ""
        case ("permit" | "card", "state" | "kind"):
            return texts.text(CHANNEL, f"entry_{name}.{column}_{raw}")
        case ("kinship", "kin"):
            return people.name_of(int(raw))
        case ("membership", "household"):
            return _household(int(raw))
        case ("residence", "place"):
            return _place(int(raw))
    return str(raw)


def lines(changes: Iterable[ChangeView], *, masked: bool = False) -> Iterator[dict[str, str]]:
    """Gives changes as the timeline shows them: both days, and the content in words (see `pairs`)."""
    tones = {"opened": "blue", "closed": "plain", "corrected": "red"}
    for one in changes:
        # The end of an entry repeats nothing of it, so nothing of it is looked up.
        told = pairs(one.register, one.values, masked=masked) if one.what != "closed" else []
        yield {
            "title": title(one),
            "text": texts.text(CHANNEL, "telling.pair_mark").join(f"{name} {text}" for name, text in told),
            "on": texts.text(
                CHANNEL, "telling.both_days", on=one.on.isoformat(), at=dates.moment(one.at), event=event(one.event)
            ),
            "tone": tones[one.what],
        }


def _household(subject: int) -> str:
    found = history.latest_household(subject, timezone.now())
    if found is None:
        return ""
    return texts.text(CHANNEL, "telling.household", number=found["number"], address=found["address"])


def _place(subject: int) -> str:
    found = history.place(subject, date.max, timezone.now())
    return str(found["printed"]) if found else ""
