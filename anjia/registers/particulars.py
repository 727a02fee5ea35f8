"""What a person is called and where a person comes from (fields 1-8 of the person's card)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Particulars(Entry):
    """What a person is called and where a person comes from (fields 1-8 of the person's card)."""

    name = models.CharField(max_length=100, db_collation="C")
    former_name = models.CharField(max_length=100, blank=True)
    sex = models.CharField(max_length=1)
    birth_on = models.DateField()
    birth_place = models.TextField(blank=True)
    ethnicity = models.CharField(max_length=2)
    native_place = models.TextField(blank=True)
    first_county = models.CharField(max_length=6)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("particulars"),
            *span_rules("particulars"),
            models.CheckConstraint(name="particulars_sex_known", condition=Q(sex__in=["0", "1", "2", "9"])),
        ]
        indexes: ClassVar = [
            open_index("particulars"),
            models.Index(fields=["subject"], name="particulars_subject"),
            models.Index(
                fields=["name", "subject"], name="particulars_name", condition=Q(recorded_to__isnull=True)
            ),
        ]
