"""Papers of moving and printed booklets: each number is in one state, and is given out once for ever."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

KINDS = ("permit", "certificate", "release", "booklet", "page")
"""准迁证, 迁移证, the electronic message that stands for both, a printed booklet, a printed page."""

STATES = ("issued", "used", "void", "lost")
MOVING = ("permit", "certificate", "release")
"""Kinds of which a person holds one at a time."""


class Paper(Entry):
    """A paper by its number; the subject is the person, or the household of a booklet (INV-11).

    Attributes:
        home: the household of a booklet or page.
        issuer: id of the other city that issued it, empty for this city.
        valid_until: last day on which it may be used, None without a term.
        note: why it ended, or the number that replaces it.
        ciphertext: what an electronic paper says about persons, encrypted and bound to `uid`.
    """

    kind = models.CharField(max_length=12)
    issuer = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=64)
    state = models.CharField(max_length=8)
    person = models.BigIntegerField(null=True)
    home = models.BigIntegerField(null=True)
    valid_until = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    uid = models.UUIDField()
    ciphertext = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            *entry_rules("paper", by=("kind", "issuer", "number"), suffix="one_state"),
            *span_rules("paper"),
            models.CheckConstraint(name="paper_kind_known", condition=Q(kind__in=KINDS)),
            models.CheckConstraint(name="paper_state_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(
                name="paper_of_somebody", condition=Q(person__isnull=False) | Q(home__isnull=False)
            ),
            # Known or not known any more: what was given out once is never given out again.
            models.UniqueConstraint(
                name="paper_given_out_once",
                fields=["kind", "issuer", "number"],
                condition=Q(state="issued", valid_to__isnull=True),
            ),
            models.UniqueConstraint(
                name="paper_ended_once", fields=["kind", "issuer", "number"], condition=~Q(state="issued")
            ),
            models.UniqueConstraint(
                name="paper_one_live",
                fields=["subject", "kind"],
                condition=Q(state="issued", valid_to__isnull=True, recorded_to__isnull=True, kind__in=MOVING),
            ),
        ]
        indexes: ClassVar = [
            open_index("paper"),
            models.Index(fields=["subject"], name="paper_subject"),
            models.Index(fields=["number"], name="paper_number"),
        ]
