"""What changes in a life: marital status, schooling, service, work."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Condition(Entry):
    """What changes in a life: marital status, schooling, service, work."""

    marital = models.CharField(max_length=2)
    education = models.CharField(max_length=2)
    military = models.CharField(max_length=1, default="0")
    employer = models.CharField(max_length=200, blank=True)
    occupation = models.CharField(max_length=100, blank=True)
    height_cm = models.SmallIntegerField(null=True)
    blood = models.CharField(max_length=1, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [*entry_rules("condition"), *span_rules("condition")]
        indexes: ClassVar = [
            open_index("condition"),
            models.Index(fields=["subject"], name="condition_subject"),
        ]
