"""Which record of a person was wrong and which one stays (rule X-12)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Merger(Entry):
    """The link from a cancelled record to the one that was kept; it never ends."""

    kept = models.BigIntegerField()
    decision = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("merger"),
            *span_rules("merger"),
            models.CheckConstraint(name="merger_other", condition=~models.Q(kept=models.F("subject"))),
        ]
        indexes: ClassVar = [
            open_index("merger"),
            models.Index(fields=["subject"], name="merger_subject"),
            open_index("merger", "kept"),
        ]
