"""Administrative divisions as the city declares them, with the time for which each code held."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Division(models.Model):
    """One division: city, county, town or community.

    `managing_area` is a second, managing area (functional zone) beside the statistical parent.
    """

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10)
    parent = models.CharField(max_length=12, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    managing_area = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="division_code_once")
        ]
        indexes: ClassVar = [models.Index(fields=["parent"], name="division_parent")]
