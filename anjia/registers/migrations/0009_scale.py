"""What a whole city needs to load: the record of loadings, by which a broken one is found and undone."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from anjia.kernel.ddl import open_to_application


class Migration(migrations.Migration):
    """The application may see what was loaded; only the owner of the tables loads."""

    dependencies: ClassVar = [("registers", "0008_invariants")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Load",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=40)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("restore", models.JSONField()),
                ("report", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        name="load_once",
                        fields=["digest"],
                        condition=models.Q(("digest", ""), _negated=True) & models.Q(("ended_at__isnull", False)),
                    )
                ],
            },
        ),
        open_to_application("registers_load", "SELECT"),
    ]
