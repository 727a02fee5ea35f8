"""The stay of a person who is registered elsewhere: since when without a break, on which ground, said by whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Stay(Entry):
    """The stay of a person who is registered elsewhere: since when without a break, on which ground, said by whom."""

    since = models.DateField()
    arrived_on = models.DateField()
    ground = models.CharField(max_length=10)
    reported_by = models.CharField(max_length=10)
    home_division = models.CharField(max_length=12)
    home_address = models.TextField()
    close_ground = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("stay"),
            *span_rules("stay"),
            models.CheckConstraint(
                name="stay_ground_known", condition=Q(ground__in=["own", "rent", "kin", "dorm", "unit", "other"])
            ),
            models.CheckConstraint(
                name="stay_reporter_known", condition=Q(reported_by__in=["self", "lessor", "employer", "school"])
            ),
        ]
        indexes: ClassVar = [open_index("stay"), models.Index(fields=["subject"], name="stay_subject")]
