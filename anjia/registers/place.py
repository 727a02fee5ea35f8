"""A leaf address: the dwelling or room that has a door of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Place(Entry):
    """A leaf address: the dwelling or room that has a door of its own."""

    division = models.CharField(max_length=12)
    street = models.CharField(max_length=100, blank=True)
    door_plate = models.CharField(max_length=40, blank=True)
    compound = models.CharField(max_length=100, blank=True)
    building = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    floor = models.CharField(max_length=40, blank=True)
    room = models.CharField(max_length=40, blank=True)
    printed = models.TextField()
    usage = models.CharField(max_length=10)
    state = models.CharField(max_length=12, default="in_use")

    class Meta:
        constraints: ClassVar = [
            *entry_rules("place"),
            *span_rules("place"),
            models.CheckConstraint(
                name="place_state_known",
                condition=Q(state__in=["planned", "in_use", "demolished", "renamed"]),
            ),
        ]
        indexes: ClassVar = [
            open_index("place"),
            models.Index(fields=["subject"], name="place_subject"),
            open_index("place", "division", "street"),
            models.Index(
                fields=["division", "street", "door_plate"], name="place_door", condition=Q(recorded_to__isnull=True)
            ),
            models.Index(
                fields=["division", "compound", "building"], name="place_compound",
                condition=Q(recorded_to__isnull=True) & ~Q(compound=""),
            ),
        ]


def code_of(division: str, subject: int) -> str:
    """Gives the standard address code of a place: 12 digits of division and 8 of the place itself."""
    return f"{division}{subject:08d}"


def subject_of(code: str) -> int:
    """Gives the place of a standard address code.

    Raises:
        AnjiaError: `place-code-malformed` when it has not 20 digits.
    """
    if len(code) != 20 or not code.isdecimal():
        raise AnjiaError(
            "place-code-malformed",
            "标准地址编码应为 20 位数字",
            "A standard address code has 20 digits",
            ("请核对房屋的地址编码", "Check the address code of the dwelling"),
        )
    return int(code[12:])
