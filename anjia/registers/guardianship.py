"""The guardian on whose name a household of minors stands, with the station's approval (rule H-03)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

GROUNDS = ("dead", "prison", "abroad", "service")
"""Why both parents cannot head the household: dead, in prison, abroad, in service."""


class Guardianship(Entry):
    """The guardian on whose name a household of minors stands, with the station's approval (rule H-03).

    The subject is the household; the guardian need not be registered in it, nor in this city.
    """

    person = models.BigIntegerField(null=True)
    name = models.CharField(max_length=100)
    ground = models.CharField(max_length=10)
    approved_by = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("guardianship"),
            *span_rules("guardianship"),
            models.CheckConstraint(name="guardianship_named", condition=~Q(name="") & ~Q(approved_by="")),
            models.CheckConstraint(name="guardianship_ground_known", condition=Q(ground__in=GROUNDS)),
        ]
        indexes: ClassVar = [
            open_index("guardianship"),
            models.Index(fields=["subject"], name="guardianship_subject"),
        ]
