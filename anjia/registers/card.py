"""ID cards from the application to the end: one valid and one under way at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

ACCEPTED, REVIEWED, MAKING, READY = "accepted", "reviewed", "making", "ready"
VALID, LOST, EXPIRED, WITHDRAWN = "valid", "lost", "expired", "withdrawn"
UNDER_WAY = (ACCEPTED, REVIEWED, MAKING, READY)
STATES = (*UNDER_WAY, VALID, LOST, EXPIRED, WITHDRAWN)
CARD, TEMPORARY = "card", "temporary"
WORDS: Mapping[str, tuple[str, str]] = {
    ACCEPTED: ("已受理，待审核", "accepted, to be reviewed"), REVIEWED: ("已审核，待送制", "reviewed, to be made"),
    MAKING: ("制证中", "at the maker"), READY: ("已到所，待领取", "arrived, to be collected"),
    VALID: ("有效", "valid"), LOST: ("已挂失", "reported lost"), EXPIRED: ("已过期", "expired"),
    WITHDRAWN: ("已收回", "withdrawn"),
}  # fmt: skip
"""What each state is called, in Chinese and in English."""


class Card(Entry):
    """ID cards from the application to the end: one valid and one under way at most.

    No face and no fingerprint is kept, only a reference to the portrait in the police's own base.
    `valid_until` is the last day printed on the card, None for long-term.
    """

    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    purpose = models.CharField(max_length=10)
    accepted_on = models.DateField()
    years = models.IntegerField(null=True)
    signed_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    serial = models.CharField(max_length=24, blank=True)
    portrait = models.CharField(max_length=64, blank=True)
    batch = models.CharField(max_length=40, blank=True)
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    note = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("card", by=("number",)),
            *entry_rules("card", by=("subject", "kind"), condition=Q(state=VALID), suffix="one_valid"),
            *entry_rules(
                "card", by=("subject",), condition=Q(state__in=list(UNDER_WAY)), suffix="one_under_way"
            ),
            *span_rules("card"),
            ExclusionConstraint(name="card_number_is_nobody_elses", expressions=[("number", "="), ("subject", "<>")]),
            models.CheckConstraint(name="card_state_known", condition=Q(state__in=list(STATES))),
            models.CheckConstraint(name="card_kind_known", condition=Q(kind__in=[CARD, TEMPORARY])),
            models.CheckConstraint(
                name="card_serial_given",
                condition=~Q(kind=CARD, state__in=[READY, VALID]) | ~Q(serial="") & Q(signed_on__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            open_index("card"),
            models.Index(fields=["subject"], name="card_subject"),
            models.Index(
                fields=["state", "id"],
                name="card_open_state",
                condition=Q(recorded_to__isnull=True, valid_to__isnull=True, state__in=[REVIEWED, MAKING]),
            ),
            models.Index(
                fields=["division", "accepted_on", "id"],
                name="card_open_under_way",
                condition=Q(recorded_to__isnull=True, valid_to__isnull=True, state__in=list(UNDER_WAY)),
            ),
            models.Index(
                fields=["valid_until", "id"],
                name="card_open_until",
                condition=Q(recorded_to__isnull=True, valid_to__isnull=True, state=VALID, kind=CARD),
            ),
        ]
