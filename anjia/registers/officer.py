"""Who answers for a collective household: the person whom its unit, station or village appointed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Officer(Entry):
    """Who answers for a collective household: the person whom its unit, station or village appointed.

    The subject is the household. The officer is no member by the appointment (INV-09).
    """

    person = models.BigIntegerField(null=True)
    name = models.CharField(max_length=100)
    post = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("officer"),
            *span_rules("officer"),
            models.CheckConstraint(name="officer_named", condition=~Q(name="")),
        ]
        indexes: ClassVar = [
            open_index("officer"),
            models.Index(fields=["subject"], name="officer_subject"),
        ]
