"""Simulations: written once, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only


class Migration(migrations.Migration):
    """The table of simulations, append-only."""

    initial = True

    dependencies: ClassVar = [("kernel", "0005_drafts")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Simulation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("draft_id", models.BigIntegerField()),
                ("candidate", models.CharField(max_length=64)),
                ("on", models.DateField()),
                ("result", models.JSONField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("signature", models.BinaryField()),
                ("made_by", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                ("act_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["draft_id", "-id"], name="simulation_draft"),
                    models.Index(fields=["candidate"], name="simulation_candidate"),
                ],
            },
        ),
        append_only("population_simulation", closing=()),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
