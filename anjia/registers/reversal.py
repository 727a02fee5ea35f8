"""Which act was undone by which: an act is reversed once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anjia.kernel.models import Entry
from anjia.registers.constraints import span_rules


class Reversal(Entry):
    """Which act was undone by which: an act is reversed once.

    The subject is one of those that the undone act was about; `opened_by` is the act that undid it.
    """

    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            *span_rules("reversal"),
            models.UniqueConstraint(name="reversal_of_an_act", fields=["act"]),
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="reversal_subject")]
