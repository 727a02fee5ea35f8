"""The record of every loading of the register at once, with what a broken one needs to be undone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Load(models.Model):
    """One loading; while `ended_at` is empty, nobody but the owner may read the tables behind the fence.

    Attributes:
        what: who loads, in words (`synth`, `import`, `rebuild`).
        digest: SHA-256 over what is loaded, so that the same is never loaded twice; empty for a town.
        restore: what was taken down and is to be put up again (`bulk.fence`).
        report: counts when it ended.
    """

    what = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    restore = models.JSONField()
    report = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="load_once", fields=["digest"], condition=~models.Q(digest="") & models.Q(ended_at__isnull=False)
            ),
        ]
