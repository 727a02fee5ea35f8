"""Who is whose father, mother, spouse or guardian; children are the inverse."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Kinship(Entry):
    """Who is whose father, mother, spouse or guardian; children are the inverse.

    Attributes:
        basis: `adoption` where it is not by birth or marriage, else empty.
    """

    kin = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    basis = models.CharField(max_length=8, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            *entry_rules(
                "kinship", by=("subject", "kind"), condition=Q(kind__in=["father", "mother", "spouse"])
            ),
            *entry_rules("kinship", by=("subject", "kind", "kin"), suffix="pair_once"),
            *span_rules("kinship"),
            models.CheckConstraint(
                name="kinship_known", condition=Q(kind__in=["father", "mother", "spouse", "guardian"])
            ),
            models.CheckConstraint(name="kinship_other", condition=~Q(kin=models.F("subject"))),
        ]
        indexes: ClassVar = [
            open_index("kinship"),
            models.Index(fields=["subject"], name="kinship_subject"),
            open_index("kinship", "kin"),
        ]
