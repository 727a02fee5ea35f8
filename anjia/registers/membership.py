"""Who is registered in which household, in which relation to its head."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Membership(Entry):
    """Who is registered in which household, in which relation to its head."""

    household = models.BigIntegerField()
    relation = models.CharField(max_length=2)
    ground = models.CharField(max_length=2, blank=True)
    from_place = models.TextField(blank=True)
    division = models.CharField(max_length=12)
    close_ground = models.CharField(max_length=1, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("membership"),
            *entry_rules(
                "membership", by=("household",), condition=Q(relation="02"), suffix="one_head"
            ),
            *span_rules("membership"),
            models.CheckConstraint(name="membership_relation_known", condition=Q(relation__regex="^[0-9]{2}$")),
        ]
        indexes: ClassVar = [
            open_index("membership"),
            models.Index(fields=["subject"], name="membership_subject"),
            open_index("membership", "household"),
            models.Index(fields=["household"], name="membership_household"),
        ]
