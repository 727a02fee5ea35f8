"""Whether a person counts in the register: normal, dead, in service, emigrated and so on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Status(Entry):
    """Whether a person counts in the register: normal, dead, in service, emigrated and so on."""

    status = models.CharField(max_length=1)
    ground = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("status"),
            *span_rules("status"),
            models.CheckConstraint(name="status_known", condition=Q(status__in=list("01345678"))),
        ]
        indexes: ClassVar = [
            open_index("status"),
            models.Index(fields=["subject"], name="status_subject"),
        ]
