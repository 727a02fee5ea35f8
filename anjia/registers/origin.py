"""How a person came into the register: by birth, by a late entry, by nationality."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

BIRTH, BACKFILL, NATURALISED = "birth", "backfill", "naturalised"


class Origin(Entry):
    """How a person came into the register; one birth certificate makes one registration (rule B-09).

    Attributes:
        certificate: number of the birth certificate, or of the certificate of nationality.
        ground: kind of late entry, 0 to 8 (rules B-20 to B-28); empty otherwise.
        file: file of the enquiry or approval on which a late entry rests.
        wedlock: whether the parents were married to each other; None where it was not asked.
    """

    kind = models.CharField(max_length=12)
    ground = models.CharField(max_length=1, blank=True)
    certificate = models.CharField(max_length=40, blank=True)
    certificate_on = models.DateField(null=True)
    file = models.CharField(max_length=80, blank=True)
    twin = models.BooleanField()
    wedlock = models.BooleanField(null=True)
    late = models.BooleanField()
    abroad = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            *entry_rules("origin"),
            *span_rules("origin"),
            models.CheckConstraint(name="origin_kind_known", condition=Q(kind__in=[BIRTH, BACKFILL, NATURALISED])),
            models.CheckConstraint(name="origin_ground_known", condition=Q(ground__regex="^[0-8]?$")),
            models.UniqueConstraint(
                name="origin_certificate_registers_one",
                fields=["kind", "certificate"],
                condition=Q(recorded_to__isnull=True) & ~Q(certificate=""),
            ),
        ]
        indexes: ClassVar = [open_index("origin"), models.Index(fields=["subject"], name="origin_subject")]
