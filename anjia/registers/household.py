"""A household: its number, kind, address and the station that keeps it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Household(Entry):
    """A household: its number, kind, address and the station that keeps it."""

    number = models.CharField(max_length=9)
    kind = models.CharField(max_length=2)
    place = models.BigIntegerField(null=True)
    address = models.TextField()
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("household"),
            *entry_rules("household", by=("number",), suffix="number_once"),
            *span_rules("household"),
            models.CheckConstraint(
                name="household_kind_known",
                condition=Q(kind__in=["J1", "T1", "T2", "T3", "T4", "T5", "T6", "T7"]),
            ),
        ]
        indexes: ClassVar = [
            open_index("household"),
            models.Index(fields=["subject"], name="household_subject"),
            open_index("household", "number"),
            open_index("household", "place"),
            open_index("household", "division", "kind"),
        ]
