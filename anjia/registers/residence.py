"""Where a person really lives, registered there or not."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Residence(Entry):
    """Where a person really lives, registered there or not."""

    place = models.BigIntegerField()
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    ground = models.CharField(max_length=10)

    class Meta:
        constraints: ClassVar = [*entry_rules("residence"), *span_rules("residence")]
        indexes: ClassVar = [
            open_index("residence"),
            models.Index(fields=["subject"], name="residence_subject"),
            open_index("residence", "place"),
            models.Index(fields=["place"], name="residence_place"),
        ]
