"""Partly known dates and facts under enquiry."""

from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only


class Migration(migrations.Migration):
    """Partly known dates, facts under enquiry, and every entry of an address, not the open ones only."""

    dependencies: ClassVar = [("registers", "0006_permits")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.BigIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                (
                    "valid",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("valid_from"), models.F("valid_to"), models.Value("[)"), function="daterange"
                        ),
                        output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                    ),
                ),
                ("recorded_from", models.DateTimeField()),
                ("recorded_to", models.DateTimeField(null=True)),
                (
                    "recorded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("recorded_from"), models.F("recorded_to"), models.Value("[)"), function="tstzrange"
                        ),
                        output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                    ),
                ),
                ("opened_by", models.BigIntegerField()),
                ("closed_by", models.BigIntegerField(null=True)),
                ("register", models.CharField(max_length=20)),
                ("field", models.CharField(blank=True, max_length=20)),
                ("day", models.DateField(null=True)),
                ("ground", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(max_length=4)),
            ],
        ),
        migrations.CreateModel(
            name="Precision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.BigIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                (
                    "valid",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("valid_from"), models.F("valid_to"), models.Value("[)"), function="daterange"
                        ),
                        output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                    ),
                ),
                ("recorded_from", models.DateTimeField()),
                ("recorded_to", models.DateTimeField(null=True)),
                (
                    "recorded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("recorded_from"), models.F("recorded_to"), models.Value("[)"), function="tstzrange"
                        ),
                        output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                    ),
                ),
                ("opened_by", models.BigIntegerField()),
                ("closed_by", models.BigIntegerField(null=True)),
                ("register", models.CharField(max_length=20)),
                ("field", models.CharField(max_length=10)),
                ("day", models.DateField()),
                ("known", models.CharField(max_length=7)),
            ],
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["place"], name="household_place"),
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["division", "number"], name="household_division"),
        ),
        migrations.AddIndex(
            model_name="residence",
            index=models.Index(fields=["place"], name="residence_place"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True)), fields=["subject"], name="enquiry_open_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["subject"], name="enquiry_subject"),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("subject", "="),
                    ("register", "="),
                    ("field", "="),
                    ("day", "="),
                    ("valid", "&&"),
                    ("recorded", "&&"),
                ],
                name="enquiry_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("day__isnull", True)),
                expressions=[("subject", "="), ("register", "="), ("field", "="), ("valid", "&&"), ("recorded", "&&")],
                name="enquiry_whole_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="enquiry_valid_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_to__isnull", True), ("recorded_to__gt", models.F("recorded_from")), _connector="OR"
                ),
                name="enquiry_recorded_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                    models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                    _connector="OR",
                ),
                name="enquiry_closed_by_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "away"])), name="enquiry_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "away"), _negated=True), ("register", "residence"), _connector="OR"
                ),
                name="enquiry_away_from_a_residence",
            ),
        ),
        migrations.AddIndex(
            model_name="precision",
            index=models.Index(
                condition=models.Q(("recorded_to__isnull", True)), fields=["subject"], name="precision_open_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="precision",
            index=models.Index(fields=["subject"], name="precision_subject"),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("subject", "="),
                    ("register", "="),
                    ("field", "="),
                    ("day", "="),
                    ("valid", "&&"),
                    ("recorded", "&&"),
                ],
                name="precision_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="precision_valid_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_to__isnull", True), ("recorded_to__gt", models.F("recorded_from")), _connector="OR"
                ),
                name="precision_recorded_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                    models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                    _connector="OR",
                ),
                name="precision_closed_by_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__in", ["month", "year", "nothing"])), name="precision_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="precision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("field", "valid"), models.Q(("field", "birth_on"), ("register", "particulars")), _connector="OR"
                ),
                name="precision_field_known",
            ),
        ),
        append_only("registers_enquiry"),
        append_only("registers_precision"),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
