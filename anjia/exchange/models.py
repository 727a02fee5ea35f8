"""Tables of the moves between cities: one row a move, its movers, and every letter sent or received.

Who comes or goes is written in the registers by acts alone; here stands only how far the talk with the
other city has come. Letters are never changed except for their delivery.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

STATES = ("requested", "confirmed", "objected", "registered", "closed", "withdrawn", "expired")
WAITING = ("requested", "confirmed", "registered")
"""States in which one of the two cities still owes something."""

KINDS = ("request", "confirm", "object", "registered", "closed", "withdraw", "inquire")


class Move(models.Model):
    """One move of one person and companions between this city and another.

    Attributes:
        uid: the same in both cities; it is also the number of the electronic release.
        direction: `in` when the person comes here and we ask, `out` when the other city asks us.
        person: the applicant, None while the register does not know who is meant.
        ground: code of the objection.
        findings: what our check of a request of another city found, by code.
        due_on: last day of the term that runs now.
        told_at: when a missed term was reported to the supervision.
        fault: code of the refusal that keeps the last step from being done here.
        decided_by: officer who answered for this city.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    direction = models.CharField(max_length=3)
    partner = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="requested")
    case_number = models.CharField(max_length=40, blank=True)
    person = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=100, blank=True)
    destination = models.CharField(max_length=200, blank=True)
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    ground = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=300, blank=True)
    findings = models.JSONField(default=list)
    new_head = models.BigIntegerField(null=True)
    valid_until = models.DateField(null=True)
    due_on = models.DateField(null=True)
    reminded_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    act_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="move_direction_known", condition=Q(direction__in=["in", "out"])),
            models.CheckConstraint(name="move_state_known", condition=Q(state__in=STATES)),
            models.UniqueConstraint(
                name="move_one_asked", fields=["case_number"],
                condition=Q(direction="in", state__in=[*WAITING, "objected"]),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["division", "-id"], name="move_area"),
            models.Index(fields=["due_on"], name="move_due", condition=Q(state__in=WAITING)),
            models.Index(fields=["case_number"], name="move_case", condition=~Q(case_number="")),
        ]


class Mover(models.Model):
    """One person of a move of which another city asked; the applicant has place 0."""

    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="movers")
    place = models.IntegerField()
    person = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="mover_once", fields=["move", "person"])]


class Letter(models.Model):
    """One message of a move; a move has one of each kind in each direction, repeated until received.

    Attributes:
        sent: True for ours, False for the other city's.
        sealed: the body, encrypted and bound to `uid`.
        delivered_at: when the other city said that it has our letter.
    """

    uid = models.UUIDField(unique=True, editable=False)
    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="letters")
    sent = models.BooleanField()
    kind = models.CharField(max_length=12)
    sealed = models.BinaryField()
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    failure = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="letter_kind_known", condition=Q(kind__in=KINDS)),
            models.UniqueConstraint(name="letter_once", fields=["move", "sent", "kind"]),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], name="letter_outbox", condition=Q(sent=True, delivered_at__isnull=True)
            )
        ]
