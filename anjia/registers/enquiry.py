"""A fact of the register under enquiry: whoever rests an answer on it is told so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Enquiry(Entry):
    """A fact of a subject under enquiry or dispute, from the day it began until it was closed.

    Attributes:
        register: the register whose fact is in doubt.
        field: its column, `valid` for its dates, empty for all of it.
        day: first day of the entry in doubt, None for every entry of the subject.
        state: `open`, or `away` when it is established that the person does not live there, though
            where else is not known yet.
    """

    register = models.CharField(max_length=20)
    field = models.CharField(max_length=20, blank=True)
    day = models.DateField(null=True)
    ground = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=4)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("enquiry", by=("subject", "register", "field", "day")),
            *entry_rules(
                "enquiry", by=("subject", "register", "field"), condition=Q(day__isnull=True), suffix="whole_once"
            ),
            *span_rules("enquiry"),
            models.CheckConstraint(name="enquiry_state_known", condition=Q(state__in=["open", "away"])),
            models.CheckConstraint(
                name="enquiry_away_from_a_residence", condition=~Q(state="away") | Q(register="residence")
            ),
        ]
        indexes: ClassVar = [
            open_index("enquiry"),
            models.Index(fields=["subject"], name="enquiry_subject"),
        ]
