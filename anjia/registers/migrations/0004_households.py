"""What is registered about households and addresses: officers, guardians, reversals, and their guards."""

# ruff: noqa: E501
from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only, indexed_by_act, open_to_application

REGISTERS = ("officer", "guardianship", "reversal")
FIRST = (
    "particulars", "status", "condition", "kinship", "household", "membership", "residence", "place", "identity",
)  # fmt: skip

# A family household has a head, an adult or a guardian, and no officer; an open collective household
# has its officer; a closed household has none of them. Source: INV-02, INV-07, INV-09; rule H-03.
HOME = """
CREATE OR REPLACE FUNCTION anjia_check_home(home bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept text;
    of_age date := (now() AT TIME ZONE 'Asia/Shanghai')::date - interval '18 years';
BEGIN
    SELECT kind INTO kept FROM registers_household
     WHERE subject = home AND recorded_to IS NULL AND valid_to IS NULL;
    IF kept IS NULL THEN
        IF EXISTS (SELECT FROM registers_membership WHERE household = home
                    AND recorded_to IS NULL AND valid_to IS NULL) THEN
            RAISE EXCEPTION 'household % is closed and has open members', home
                USING ERRCODE = 'check_violation', CONSTRAINT = 'household_open_for_members';
        END IF;
        IF EXISTS (SELECT FROM registers_officer WHERE subject = home
                    AND recorded_to IS NULL AND valid_to IS NULL)
           OR EXISTS (SELECT FROM registers_guardianship WHERE subject = home
                    AND recorded_to IS NULL AND valid_to IS NULL) THEN
            RAISE EXCEPTION 'household % is closed and has an officer or a guardian', home
                USING ERRCODE = 'check_violation', CONSTRAINT = 'officer_of_open_household';
        END IF;
        RETURN;
    END IF;
    IF (kept = 'J1') = EXISTS (SELECT FROM registers_officer WHERE subject = home
                                AND recorded_to IS NULL AND valid_to IS NULL) THEN
        RAISE EXCEPTION 'household % of kind % and its officer do not fit', home, kept
            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_has_officer';
    END IF;
    IF kept <> 'J1' THEN
        RETURN;
    END IF;
    IF NOT EXISTS (
        SELECT FROM registers_membership WHERE household = home
           AND recorded_to IS NULL AND valid_to IS NULL AND relation = '02') THEN
        RAISE EXCEPTION 'household % has no head', home
            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_has_head';
    END IF;
    IF NOT EXISTS (
        SELECT FROM registers_membership m WHERE m.household = home
           AND m.recorded_to IS NULL AND m.valid_to IS NULL
           AND NOT EXISTS (SELECT FROM registers_particulars p WHERE p.subject = m.subject
                AND p.recorded_to IS NULL AND p.valid_to IS NULL AND p.birth_on > of_age))
       AND NOT EXISTS (SELECT FROM registers_guardianship WHERE subject = home
                AND recorded_to IS NULL AND valid_to IS NULL) THEN
        RAISE EXCEPTION 'household % has minors only and no guardian', home
            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_of_minors';
    END IF;
END $$;
"""

BEFORE = """
CREATE OR REPLACE FUNCTION anjia_check_home(home bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE kept record;
BEGIN
    SELECT kind INTO kept FROM registers_household
     WHERE subject = home AND recorded_to IS NULL AND valid_to IS NULL;
    IF kept.kind IS NULL THEN
        IF EXISTS (SELECT FROM registers_membership WHERE household = home
                    AND recorded_to IS NULL AND valid_to IS NULL) THEN
            RAISE EXCEPTION 'household % is closed and has open members', home
                USING ERRCODE = 'check_violation', CONSTRAINT = 'household_open_for_members';
        END IF;
        RETURN;
    END IF;
    IF kept.kind = 'J1' AND NOT EXISTS (
        SELECT FROM registers_membership WHERE household = home
           AND recorded_to IS NULL AND valid_to IS NULL AND relation = '02') THEN
        RAISE EXCEPTION 'household % has no head', home
            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_has_head';
    END IF;
END $$;
"""

SUBJECT = """
CREATE FUNCTION anjia_check_subject_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_home(NEW.subject);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER officer_whole AFTER INSERT OR UPDATE ON registers_officer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_subject_home();
CREATE CONSTRAINT TRIGGER guardianship_whole AFTER INSERT OR UPDATE ON registers_guardianship
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_subject_home();
"""
NO_SUBJECT = """
DROP TRIGGER officer_whole ON registers_officer;
DROP TRIGGER guardianship_whole ON registers_guardianship;
DROP FUNCTION anjia_check_subject_home();
"""

# A dwelling that is gone, or not built yet, has no open household (register notes, section 5).
PLACE = """
CREATE FUNCTION anjia_check_place(spot bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM registers_household WHERE place = spot
                AND recorded_to IS NULL AND valid_to IS NULL)
       AND EXISTS (SELECT FROM registers_place WHERE subject = spot
                AND recorded_to IS NULL AND valid_to IS NULL AND state IN ('demolished', 'planned')) THEN
        RAISE EXCEPTION 'place % is not in use and has open households', spot
            USING ERRCODE = 'check_violation', CONSTRAINT = 'place_without_households';
    END IF;
END $$;
CREATE FUNCTION anjia_check_place_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_place(NEW.subject);
    RETURN NULL;
END $$;
CREATE FUNCTION anjia_check_place_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_place(NEW.place);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER place_whole AFTER INSERT OR UPDATE ON registers_place
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state IN ('demolished', 'planned')) EXECUTE FUNCTION anjia_check_place_itself();
CREATE CONSTRAINT TRIGGER household_at_place AFTER INSERT ON registers_household
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.place IS NOT NULL AND NEW.valid_to IS NULL) EXECUTE FUNCTION anjia_check_place_of();
"""
NO_PLACE = """
DROP TRIGGER household_at_place ON registers_household;
DROP TRIGGER place_whole ON registers_place;
DROP FUNCTION anjia_check_place_of();
DROP FUNCTION anjia_check_place_itself();
DROP FUNCTION anjia_check_place(bigint);
"""

class Migration(migrations.Migration):
    """An officer for every collective household, a guardian for minors alone, each act undone once."""

    dependencies: ClassVar = [("registers", "0003_persons")]
    operations: ClassVar = [
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('valid', models.GeneratedField(db_persist=True, expression=models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[)'), function='daterange'), output_field=django.contrib.postgres.fields.ranges.DateRangeField())),
                ('recorded_from', models.DateTimeField()),
                ('recorded_to', models.DateTimeField(null=True)),
                ('recorded', models.GeneratedField(db_persist=True, expression=models.Func(models.F('recorded_from'), models.F('recorded_to'), models.Value('[)'), function='tstzrange'), output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField())),
                ('opened_by', models.BigIntegerField()),
                ('closed_by', models.BigIntegerField(null=True)),
                ('person', models.BigIntegerField(null=True)),
                ('name', models.CharField(max_length=100)),
                ('ground', models.CharField(max_length=10)),
                ('approved_by', models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name='Officer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('valid', models.GeneratedField(db_persist=True, expression=models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[)'), function='daterange'), output_field=django.contrib.postgres.fields.ranges.DateRangeField())),
                ('recorded_from', models.DateTimeField()),
                ('recorded_to', models.DateTimeField(null=True)),
                ('recorded', models.GeneratedField(db_persist=True, expression=models.Func(models.F('recorded_from'), models.F('recorded_to'), models.Value('[)'), function='tstzrange'), output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField())),
                ('opened_by', models.BigIntegerField()),
                ('closed_by', models.BigIntegerField(null=True)),
                ('person', models.BigIntegerField(null=True)),
                ('name', models.CharField(max_length=100)),
                ('post', models.CharField(blank=True, max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name='Reversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('valid', models.GeneratedField(db_persist=True, expression=models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[)'), function='daterange'), output_field=django.contrib.postgres.fields.ranges.DateRangeField())),
                ('recorded_from', models.DateTimeField()),
                ('recorded_to', models.DateTimeField(null=True)),
                ('recorded', models.GeneratedField(db_persist=True, expression=models.Func(models.F('recorded_from'), models.F('recorded_to'), models.Value('[)'), function='tstzrange'), output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField())),
                ('opened_by', models.BigIntegerField()),
                ('closed_by', models.BigIntegerField(null=True)),
                ('act', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old', models.CharField(max_length=12)),
                ('new', models.CharField(max_length=12)),
                ('on', models.DateField()),
                ('kind', models.CharField(max_length=8)),
            ],
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['division', 'street'], name='place_open_division'),
        ),
        migrations.AddConstraint(
            model_name='household',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'T1'), ('recorded_to__isnull', True), ('valid_to__isnull', True), models.Q(('name', ''), _negated=True)), fields=('name',), name='household_one_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='household',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'T4'), ('recorded_to__isnull', True), ('valid_to__isnull', True), models.Q(('division', ''), _negated=True)), fields=('division',), name='household_one_of_community'),
        ),
        migrations.AddConstraint(
            model_name='household',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'T5'), ('recorded_to__isnull', True), ('valid_to__isnull', True), models.Q(('division', ''), _negated=True)), fields=('division',), name='household_one_of_village'),
        ),
        migrations.AddIndex(
            model_name='guardianship',
            index=models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['subject'], name='guardianship_open_subject'),
        ),
        migrations.AddIndex(
            model_name='guardianship',
            index=models.Index(fields=['subject'], name='guardianship_subject'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('subject', '='), ('valid', '&&'), ('recorded', '&&')], name='guardianship_once'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='guardianship_valid_forward'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='guardianship_recorded_forward'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='guardianship_closed_by_act'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('approved_by', ''), _negated=True)), name='guardianship_named'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.CheckConstraint(condition=models.Q(('ground__in', ('dead', 'prison', 'abroad', 'service'))), name='guardianship_ground_known'),
        ),
        migrations.AddIndex(
            model_name='officer',
            index=models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['subject'], name='officer_open_subject'),
        ),
        migrations.AddIndex(
            model_name='officer',
            index=models.Index(fields=['subject'], name='officer_subject'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('subject', '='), ('valid', '&&'), ('recorded', '&&')], name='officer_once'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='officer_valid_forward'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='officer_recorded_forward'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='officer_closed_by_act'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='officer_named'),
        ),
        migrations.AddIndex(
            model_name='reversal',
            index=models.Index(fields=['subject'], name='reversal_subject'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='reversal_valid_forward'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='reversal_recorded_forward'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='reversal_closed_by_act'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.UniqueConstraint(fields=('act',), name='reversal_of_an_act'),
        ),
        migrations.AddIndex(
            model_name='succession',
            index=models.Index(fields=['new'], name='succession_new'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(fields=('old', 'new', 'on'), name='succession_once'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('old', models.F('new')), _negated=True), name='succession_other'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['split', 'merge', 'rename'])), name='succession_kind_known'),
        ),
        *(append_only(f"registers_{register}") for register in REGISTERS),
        *(indexed_by_act(f"registers_{register}") for register in (*FIRST, *REGISTERS)),
        open_to_application("registers_succession"),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(HOME, BEFORE),
        migrations.RunSQL(SUBJECT, NO_SUBJECT),
        migrations.RunSQL(PLACE, NO_PLACE),
    ]
