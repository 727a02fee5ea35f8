"""What became of a division: split, merged or renamed into others, from a day on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Succession(models.Model):
    """One step from a division's code to the code that took its place, or a part of it."""

    old = models.CharField(max_length=12)
    new = models.CharField(max_length=12)
    on = models.DateField()
    kind = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["old", "new", "on"], name="succession_once"),
            models.CheckConstraint(name="succession_other", condition=~Q(old=models.F("new"))),
            models.CheckConstraint(
                name="succession_kind_known", condition=Q(kind__in=["split", "merge", "rename"])
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["new"], name="succession_new")]
