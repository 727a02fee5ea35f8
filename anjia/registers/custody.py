"""Arrest, prison and release: kept for history, the registration stays as it is (rule X-09)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Custody(Entry):
    """A time in custody, from the day of arrest to the day of release."""

    kind = models.CharField(max_length=10)
    authority = models.CharField(max_length=100)
    paper = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("custody"),
            *span_rules("custody"),
            models.CheckConstraint(
                name="custody_kind_known", condition=Q(kind__in=["detention", "arrest", "prison"])
            ),
        ]
        indexes: ClassVar = [open_index("custody"), models.Index(fields=["subject"], name="custody_subject")]
