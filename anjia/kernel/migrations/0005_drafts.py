"""Drafts of definitions: may be written on until they are published or dropped; nobody may delete them."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import open_to_application


class Migration(migrations.Migration):
    """The table of drafts; one that is published or dropped never changes again."""

    dependencies: ClassVar = [
        ("kernel", "0004_access_sealed"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="DefinitionDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24)),
                ("ident", models.CharField(max_length=64)),
                ("base", models.CharField(blank=True, max_length=64)),
                ("text", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("state", models.CharField(default="open", max_length=12)),
                ("version", models.IntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "publisher",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["rule", "parameter"])), name="draft_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "submitted", "published", "dropped"])),
                        name="draft_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("publisher__isnull", True),
                            models.Q(("author", models.F("publisher")), _negated=True),
                            _connector="OR",
                        ),
                        name="draft_two_persons",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            models.Q(("publisher__isnull", False), models.Q(("digest", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="draft_published_by_somebody",
                    ),
                ],
            },
        ),
        open_to_application("kernel_definitiondraft"),
        migrations.RunSQL(
            "CREATE TRIGGER kernel_definitiondraft_stays BEFORE UPDATE ON kernel_definitiondraft FOR EACH ROW "
            "WHEN (OLD.state IN ('published', 'dropped')) EXECUTE FUNCTION anjia_refuse_change()",
            "DROP TRIGGER kernel_definitiondraft_stays ON kernel_definitiondraft",
        ),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
