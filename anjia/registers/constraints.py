"""The constraints that all registers share, so that the database has the last word."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q


def entry_rules(
    register: str, *, by: Sequence[str] = ("subject",), condition: Q | None = None, suffix: str = "once"
) -> list[models.BaseConstraint]:
    """Gives the rule that two entries of the same key are never true and known at the same time.

    Args:
        register: name of the register, first part of the constraint's name.
        by: columns that make the key.
        condition: entries to which the rule applies (default all).
        suffix: last part of the constraint's name.
    """
    expressions: list[tuple[str, str]] = [(column, "=") for column in by]
    expressions += [("valid", "&&"), ("recorded", "&&")]
    return [
        ExclusionConstraint(name=f"{register}_{suffix}", expressions=expressions, condition=condition)
    ]


def span_rules(register: str) -> list[models.BaseConstraint]:
    """Gives the rules that a range is not empty on either axis, and that only an act closes an entry.

    The last one also stops the application's role from naming a closing act without closing.
    """
    return [
        models.CheckConstraint(
            name=f"{register}_valid_forward",
            condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
        ),
        models.CheckConstraint(
            name=f"{register}_recorded_forward",
            condition=Q(recorded_to__isnull=True) | Q(recorded_to__gt=models.F("recorded_from")),
        ),
        models.CheckConstraint(
            name=f"{register}_closed_by_act",
            condition=Q(recorded_to__isnull=True, closed_by__isnull=True)
            | Q(recorded_to__isnull=False, closed_by__isnull=False),
        ),
    ]


def open_index(register: str, *columns: str) -> models.Index:
    """Gives the plain b-tree on the open entries that the planner uses instead of GiST."""
    columns = columns or ("subject",)
    return models.Index(
        fields=list(columns),
        name=f"{register}_open_{columns[0]}"[:30],
        condition=Q(recorded_to__isnull=True),
    )
