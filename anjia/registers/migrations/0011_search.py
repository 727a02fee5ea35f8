"""Search: the tables derived from the registers, the queue they follow by, and the indexes of addresses."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import open_to_application

DERIVED = "SELECT, INSERT, UPDATE, DELETE"
"""What is derived may be deleted and remade; it is no register."""

SEQUENCE = "registers_changed_id_seq"


class Migration(migrations.Migration):
    """Finding persons by pieces of their names, and places by pieces of their addresses."""

    dependencies: ClassVar = [("registers", "0010_search")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Changed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["subject"], name="changed_subject")]},
        ),
        migrations.CreateModel(
            name="NameToken",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "token", "division", "subject",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("token", models.TextField(db_collation="C")),
                ("division", models.CharField(db_collation="C", max_length=12)),
                ("subject", models.BigIntegerField()),
                ("born", models.SmallIntegerField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["subject"], name="nametoken_subject")]},
        ),
        migrations.CreateModel(
            name="PlaceName",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "token", "division", "kind", "name",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("token", models.TextField(db_collation="C")),
                ("division", models.CharField(max_length=12)),
                ("kind", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=100)),
            ],
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True)),
                fields=["division", "street", "door_plate"], name="place_door",
            ),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True)) & models.Q(("compound", ""), _negated=True),
                fields=["division", "compound", "building"], name="place_compound",
            ),
        ),
        *(
            open_to_application(table, DERIVED)
            for table in ("registers_changed", "registers_nametoken", "registers_placename")
        ),
        migrations.RunSQL(
            f'GRANT USAGE ON SEQUENCE {SEQUENCE} TO "{settings.ANJIA_APP_ROLE}"',
            f'REVOKE USAGE ON SEQUENCE {SEQUENCE} FROM "{settings.ANJIA_APP_ROLE}"',
        ),
    ]
