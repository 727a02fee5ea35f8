"""What is registered about persons beside their particulars: origin, claims, custody, reports of death, mergers."""

from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only

REGISTERS = ("origin", "claim", "custody", "demise", "merger")

# The number that a person carries and the present particulars say the same (INV-04).
NUMBER = """
CREATE FUNCTION anjia_check_number(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM registers_identity i
          JOIN registers_particulars p ON p.subject = i.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
         WHERE i.subject = person AND i.recorded_to IS NULL AND i.valid_to IS NULL AND i.kind = 'citizen_no'
           AND i.issued_here AND i.says <> '' AND i.says <> to_char(p.birth_on, 'YYYYMMDD') || p.sex) THEN
        RAISE EXCEPTION 'the number of person % says another birth date or sex', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'identity_number_agrees';
    END IF;
END $$;
"""

# A number issued here never comes to another person, not even after its entry was taken back.
IDENTITY = """
CREATE FUNCTION anjia_check_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_number(NEW.subject);
    IF NEW.issued_here AND EXISTS (
        SELECT FROM registers_identity o WHERE o.blind = NEW.blind AND o.kind = 'citizen_no'
           AND o.issued_here AND o.subject <> NEW.subject) THEN
        RAISE EXCEPTION 'the number of person % was issued to another before', NEW.subject
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'identity_number_never_again';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER identity_whole AFTER INSERT ON registers_identity
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'citizen_no')
    EXECUTE FUNCTION anjia_check_identity();
"""

PARTICULARS = """
CREATE FUNCTION anjia_check_particulars() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_number(NEW.subject);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER particulars_whole AFTER INSERT ON registers_particulars
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.valid_to IS NULL)
    EXECUTE FUNCTION anjia_check_particulars();
"""

UNDO = "DROP TRIGGER {0}_whole ON registers_{0}; DROP FUNCTION anjia_check_{0}();"


class Migration(migrations.Migration):
    """What is registered about persons beside their particulars."""

    dependencies: ClassVar = [("registers", "0002_guards")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="condition",
            name="blood",
            field=models.CharField(blank=True, db_default="", max_length=1),
        ),
        migrations.AddField(
            model_name="condition",
            name="height_cm",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="says",
            field=models.CharField(blank=True, db_default="", max_length=9),
        ),
        migrations.AddField(
            model_name="kinship",
            name="basis",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
        migrations.CreateModel(
            name="Claim",
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
                ("blind", models.BinaryField()),
                ("state", models.CharField(max_length=8)),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("ground", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)), fields=["subject"], name="claim_open_subject"
                    ),
                    models.Index(fields=["subject"], name="claim_subject"),
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)), fields=["blind"], name="claim_open_blind"
                    ),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("subject", "="), ("blind", "="), ("valid", "&&"), ("recorded", "&&")],
                        name="claim_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="claim_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gt", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="claim_recorded_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                            models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="claim_closed_by_act",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "disputed", "resolved"])), name="claim_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome__in", ["kept", "renumbered"]), ("state", "resolved")),
                            models.Q(("outcome", ""), models.Q(("state", "resolved"), _negated=True)),
                            _connector="OR",
                        ),
                        name="claim_outcome_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Custody",
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
                ("kind", models.CharField(max_length=10)),
                ("authority", models.CharField(max_length=100)),
                ("paper", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)),
                        fields=["subject"],
                        name="custody_open_subject",
                    ),
                    models.Index(fields=["subject"], name="custody_subject"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("subject", "="), ("valid", "&&"), ("recorded", "&&")], name="custody_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="custody_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gt", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="custody_recorded_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                            models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="custody_closed_by_act",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["detention", "arrest", "prison"])), name="custody_kind_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Demise",
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
                ("source", models.CharField(max_length=12)),
                ("died_on", models.DateField()),
                ("paper", models.CharField(max_length=80)),
                ("noticed_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)),
                        fields=["subject"],
                        name="demise_open_subject",
                    ),
                    models.Index(fields=["subject"], name="demise_subject"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("subject", "="), ("valid", "&&"), ("recorded", "&&")], name="demise_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="demise_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gt", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="demise_recorded_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                            models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="demise_closed_by_act",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["certificate", "clinic", "police", "cremation"])),
                        name="demise_source_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merger",
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
                ("kept", models.BigIntegerField()),
                ("decision", models.CharField(max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)),
                        fields=["subject"],
                        name="merger_open_subject",
                    ),
                    models.Index(fields=["subject"], name="merger_subject"),
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)), fields=["kept"], name="merger_open_kept"
                    ),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("subject", "="), ("valid", "&&"), ("recorded", "&&")], name="merger_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="merger_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gt", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="merger_recorded_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                            models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="merger_closed_by_act",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("subject")), _negated=True), name="merger_other"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Origin",
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
                ("kind", models.CharField(max_length=12)),
                ("ground", models.CharField(blank=True, max_length=1)),
                ("certificate", models.CharField(blank=True, max_length=40)),
                ("certificate_on", models.DateField(null=True)),
                ("file", models.CharField(blank=True, max_length=80)),
                ("twin", models.BooleanField()),
                ("wedlock", models.BooleanField(null=True)),
                ("late", models.BooleanField()),
                ("abroad", models.BooleanField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_to__isnull", True)),
                        fields=["subject"],
                        name="origin_open_subject",
                    ),
                    models.Index(fields=["subject"], name="origin_subject"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("subject", "="), ("valid", "&&"), ("recorded", "&&")], name="origin_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="origin_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gt", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="origin_recorded_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_by__isnull", True), ("recorded_to__isnull", True)),
                            models.Q(("closed_by__isnull", False), ("recorded_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="origin_closed_by_act",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["birth", "backfill", "naturalised"])), name="origin_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground__regex", "^[0-8]?$")), name="origin_ground_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to__isnull", True), models.Q(("certificate", ""), _negated=True)),
                        fields=("kind", "certificate"),
                        name="origin_certificate_registers_one",
                    ),
                ],
            },
        ),
        migrations.AlterField(model_name="identity", name="uid", field=models.UUIDField()),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to__isnull", True)), fields=("uid",), name="identity_uid_once"
            ),
        ),
        *(append_only(f"registers_{register}") for register in REGISTERS),
        migrations.RunSQL(NUMBER, "DROP FUNCTION anjia_check_number(bigint)"),
        migrations.RunSQL(IDENTITY, UNDO.format("identity")),
        migrations.RunSQL(PARTICULARS, UNDO.format("particulars")),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
