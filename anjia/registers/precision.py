"""How exactly a date of the register is known: to the month, to the year, or not at all."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Precision(Entry):
    """How exactly one date of a subject is known; a date without such an entry is known to the day.

    The entry that bears the date keeps the earliest day that it can be; this one says how far
    beyond that day it may lie. It hangs on the day and not on the entry, so that a copy that an act
    shortens keeps what was known of the day on which it began.
    """

    register = models.CharField(max_length=20)
    field = models.CharField(max_length=10)
    day = models.DateField()
    known = models.CharField(max_length=7)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("precision", by=("subject", "register", "field", "day")),
            *span_rules("precision"),
            models.CheckConstraint(
                name="precision_known", condition=Q(known__in=["month", "year", "nothing"])
            ),
            models.CheckConstraint(
                name="precision_field_known",
                condition=Q(field="valid") | Q(field="birth_on", register="particulars"),
            ),
        ]
        indexes: ClassVar = [
            open_index("precision"),
            models.Index(fields=["subject"], name="precision_subject"),
        ]
