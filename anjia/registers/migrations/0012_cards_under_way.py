"""The list of a station's cards on their way to their owners."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

STATES = ["accepted", "reviewed", "making", "ready"]


class Migration(migrations.Migration):
    """An index over the few cards that are under way."""

    dependencies: ClassVar = [("registers", "0011_search")]
    operations: ClassVar = [
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["division", "accepted_on", "id"],
                name="card_open_under_way",
                condition=models.Q(recorded_to__isnull=True, valid_to__isnull=True, state__in=STATES),
            ),
        ),
    ]
