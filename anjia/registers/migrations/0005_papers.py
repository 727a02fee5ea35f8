"""Papers of moving and their numbers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import migrations, models
from django.db.models import F, Q

from anjia.kernel.ddl import append_only
from anjia.kernel.models import date_span
from anjia.registers.constraints import open_index, span_rules

ISSUED = Q(state="issued", valid_to__isnull=True)
NUMBER = ["kind", "issuer", "number"]


class Migration(migrations.Migration):
    """The register of papers: one state for each number at a time, and no number twice."""

    dependencies: ClassVar = [("registers", "0004_households")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.BigIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("valid", date_span()),
                ("recorded_from", models.DateTimeField()),
                ("recorded_to", models.DateTimeField(null=True)),
                (
                    "recorded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            F("recorded_from"), F("recorded_to"), models.Value("[)"), function="tstzrange"
                        ),
                        output_field=DateTimeRangeField(),
                    ),
                ),
                ("opened_by", models.BigIntegerField()),
                ("closed_by", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=12)),
                ("issuer", models.CharField(blank=True, max_length=64)),
                ("number", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=8)),
                ("person", models.BigIntegerField(null=True)),
                ("home", models.BigIntegerField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("uid", models.UUIDField()),
                ("ciphertext", models.BinaryField()),
            ],
            options={
                "constraints": [
                    ExclusionConstraint(
                        name="paper_one_state",
                        expressions=[*((one, "=") for one in NUMBER), ("valid", "&&"), ("recorded", "&&")],
                    ),
                    *span_rules("paper"),
                    models.CheckConstraint(
                        name="paper_kind_known",
                        condition=Q(kind__in=("permit", "certificate", "release", "booklet", "page")),
                    ),
                    models.CheckConstraint(
                        name="paper_state_known", condition=Q(state__in=("issued", "used", "void", "lost"))
                    ),
                    models.CheckConstraint(
                        name="paper_of_somebody", condition=Q(person__isnull=False) | Q(home__isnull=False)
                    ),
                    models.UniqueConstraint(name="paper_given_out_once", fields=NUMBER, condition=ISSUED),
                    models.UniqueConstraint(name="paper_ended_once", fields=NUMBER, condition=~Q(state="issued")),
                    models.UniqueConstraint(
                        name="paper_one_live",
                        fields=["subject", "kind"],
                        condition=ISSUED & Q(recorded_to__isnull=True, kind__in=("permit", "certificate", "release")),
                    ),
                ],
                "indexes": [
                    open_index("paper"),
                    models.Index(fields=["subject"], name="paper_subject"),
                    models.Index(fields=["number"], name="paper_number"),
                ],
            },
        ),
        append_only("registers_paper"),
        migrations.RunSQL(
            f'GRANT USAGE ON SEQUENCE registers_paper_id_seq TO "{settings.ANJIA_APP_ROLE}"', migrations.RunSQL.noop
        ),
    ]
