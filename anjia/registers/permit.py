"""The residence permit of a person from elsewhere: one at a time, with its two counters of years."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

VALID, SUSPENDED, CANCELLED = "valid", "suspended", "cancelled"


class Permit(Entry):
    """The residence permit of a person from elsewhere: one at a time, with its two counters of years.

    `issued_on` never moves; `years_from` moves to the day of a late endorsement (rule R-07); `due_on`
    is the full year by which the next endorsement is due; `made_on` is the day of this copy.
    """

    serial = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    ground = models.CharField(max_length=10)
    issued_on = models.DateField()
    made_on = models.DateField()
    years_from = models.DateField()
    due_on = models.DateField()
    endorsed_on = models.DateField(null=True)
    endorsements = models.IntegerField(default=0)
    place = models.BigIntegerField()
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    close_ground = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("permit"),
            *span_rules("permit"),
            # A serial is one person's for ever, on whatever day and as known whenever.
            ExclusionConstraint(
                name="permit_serial_is_nobody_elses", expressions=[("serial", "="), ("subject", "<>")]
            ),
            models.CheckConstraint(
                name="permit_state_known", condition=Q(state__in=[VALID, SUSPENDED, CANCELLED])
            ),
            models.CheckConstraint(name="permit_ground_known", condition=Q(ground__in=["job", "home", "study"])),
            models.CheckConstraint(
                name="permit_years_forward",
                condition=Q(years_from__gte=models.F("issued_on"), due_on__gt=models.F("years_from")),
            ),
        ]
        indexes: ClassVar = [
            open_index("permit"),
            models.Index(fields=["subject"], name="permit_subject"),
            models.Index(
                fields=["due_on", "id"],
                name="permit_open_due",
                condition=Q(recorded_to__isnull=True, valid_to__isnull=True, state=VALID),
            ),
            models.Index(
                fields=["due_on", "id"],
                name="permit_standing_due",
                condition=Q(recorded_to__isnull=True, valid_to__isnull=True, state__in=[VALID, SUSPENDED]),
            ),
        ]
