"""A decision that touches several people gives each of them a document of their own."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """One document of a certificate for each act and person."""

    dependencies: ClassVar = [("credentials", "0002_privileges")]
    operations: ClassVar = [
        migrations.RemoveConstraint("document", "document_once_an_act"),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                condition=Q(act_id__isnull=False),
                fields=("act_id", "certificate", "person"),
                name="document_once_an_act",
            ),
        ),
    ]
