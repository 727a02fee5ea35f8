"""What was foreseen: one row a simulation, signed, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Simulation(models.Model):
    """The result of running an old and a new text over everybody.

    Attributes:
        draft_id: the draft that was tried.
        candidate: digest of the definition as it would be published.
        on: the day on which everybody was judged.
        result: counts by rule, area, age, sex and household kind; small cells are hidden in it.
        digest: SHA-256 (hex) of the canonical JSON of everything above.
        act_id: the act that carries the digest in the log.
    """

    draft_id = models.BigIntegerField()
    candidate = models.CharField(max_length=64)
    on = models.DateField()
    result = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    signature = models.BinaryField()
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()
    act_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["draft_id", "-id"], name="simulation_draft"),
            models.Index(fields=["candidate"], name="simulation_candidate"),
        ]
