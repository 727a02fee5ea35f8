"""Deaths that other offices reported, whether or not somebody has declared them yet (rule X-03)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Demise(Entry):
    """A report that a person died.

    Attributes:
        source: `certificate` of a hospital, `clinic` statement, `police` paper, `cremation` record.
        noticed_on: day on which kin were told that the registration will be cancelled.
    """

    source = models.CharField(max_length=12)
    died_on = models.DateField()
    paper = models.CharField(max_length=80)
    noticed_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("demise"),
            *span_rules("demise"),
            models.CheckConstraint(
                name="demise_source_known",
                condition=Q(source__in=["certificate", "clinic", "police", "cremation"]),
            ),
        ]
        indexes: ClassVar = [open_index("demise"), models.Index(fields=["subject"], name="demise_subject")]
