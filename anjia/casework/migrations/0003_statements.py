"""What persons say whom a decision would touch."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from anjia.kernel.ddl import open_to_application


class Migration(migrations.Migration):
    """A statement may change until the case is decided; nobody may delete it."""

    dependencies: ClassVar = [("casework", "0002_privileges")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party", models.CharField(max_length=64)),
                ("person", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
                ("public", models.BooleanField(default=False)),
                ("due_on", models.DateField()),
                ("state", models.CharField(default="told", max_length=10)),
                ("words", models.TextField(blank=True)),
                ("dwelling", models.CharField(blank=True, max_length=20)),
                ("wish", models.CharField(blank=True, max_length=20)),
                ("said_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="casework.case"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-id"], name="statement_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=["told", "agreed", "objected"]), name="statement_state_known"
                    ),
                    models.UniqueConstraint(fields=("case", "party", "person"), name="statement_once"),
                ],
            },
        ),
        open_to_application("casework_statement"),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
