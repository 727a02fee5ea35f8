# ruff: noqa: E501
"""Residence permits and ID cards: their tables, their privileges, and who may not hold one."""

from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only

REGISTERS = ("stay", "permit", "card")

# A stay is of a person who is registered elsewhere; whoever settles here, dies or leaves the country
# keeps no permit, and only the living who belong somewhere keep a card.
HOLDER = """
CREATE FUNCTION anjia_check_holder(person bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE now_is text;
BEGIN
    SELECT status INTO now_is FROM registers_status
     WHERE subject = person AND recorded_to IS NULL AND valid_to IS NULL;
    IF now_is IS DISTINCT FROM '8' AND (
        EXISTS (SELECT FROM registers_stay WHERE subject = person AND recorded_to IS NULL AND valid_to IS NULL)
        OR EXISTS (SELECT FROM registers_permit WHERE subject = person
                    AND recorded_to IS NULL AND valid_to IS NULL AND state <> 'cancelled')) THEN
        RAISE EXCEPTION 'person % is not registered elsewhere', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'permit_of_outsiders';
    END IF;
    IF coalesce(now_is, '') NOT IN ('0', '8') AND EXISTS (
        SELECT FROM registers_card WHERE subject = person
           AND recorded_to IS NULL AND valid_to IS NULL AND state NOT IN ('lost', 'expired', 'withdrawn')) THEN
        RAISE EXCEPTION 'person % may not hold a card', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_of_the_living';
    END IF;
END $$;
CREATE FUNCTION anjia_check_holding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_holder(NEW.subject);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER status_holder AFTER INSERT OR UPDATE ON registers_status
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_holding();
CREATE CONSTRAINT TRIGGER stay_holder AFTER INSERT OR UPDATE ON registers_stay
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_holding();
CREATE CONSTRAINT TRIGGER permit_holder AFTER INSERT OR UPDATE ON registers_permit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_holding();
CREATE CONSTRAINT TRIGGER card_holder AFTER INSERT OR UPDATE ON registers_card
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_holding();
"""
HOLDER_UNDO = """
DROP TRIGGER status_holder ON registers_status;
DROP FUNCTION anjia_check_holding() CASCADE;
DROP FUNCTION anjia_check_holder(bigint);
"""

# The day of issue of a serial never moves, and what is lost or withdrawn does not come back to life.
NEVER = """
CREATE FUNCTION anjia_check_permit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.recorded_to IS NULL AND EXISTS (
        SELECT FROM registers_permit WHERE subject = NEW.subject AND serial = NEW.serial
           AND recorded_to IS NULL AND issued_on <> NEW.issued_on) THEN
        RAISE EXCEPTION 'the day of issue of permit % has moved', NEW.serial
            USING ERRCODE = 'check_violation', CONSTRAINT = 'permit_issue_day_stays';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER permit_whole AFTER INSERT OR UPDATE ON registers_permit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_permit();
CREATE FUNCTION anjia_check_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.recorded_to IS NULL AND NEW.state NOT IN ('lost', 'withdrawn') AND EXISTS (
        SELECT FROM registers_card WHERE number = NEW.number AND recorded_to IS NULL
           AND state IN ('lost', 'withdrawn') AND valid_from <= NEW.valid_from) THEN
        RAISE EXCEPTION 'card % is lost or withdrawn', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_never_revives';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_whole AFTER INSERT OR UPDATE ON registers_card
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_card();
"""
NEVER_UNDO = """
DROP TRIGGER permit_whole ON registers_permit;
DROP FUNCTION anjia_check_permit();
DROP TRIGGER card_whole ON registers_card;
DROP FUNCTION anjia_check_card();
"""


class Migration(migrations.Migration):
    """Residence permits and ID cards."""

    dependencies: ClassVar = [("registers", "0005_papers")]
    operations: ClassVar = [
        migrations.CreateModel(
            name='Card',
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
                ('number', models.CharField(max_length=24)),
                ('kind', models.CharField(max_length=10)),
                ('state', models.CharField(max_length=10)),
                ('purpose', models.CharField(max_length=10)),
                ('accepted_on', models.DateField()),
                ('years', models.IntegerField(null=True)),
                ('signed_on', models.DateField(null=True)),
                ('valid_until', models.DateField(null=True)),
                ('serial', models.CharField(blank=True, max_length=24)),
                ('portrait', models.CharField(blank=True, max_length=64)),
                ('batch', models.CharField(blank=True, max_length=40)),
                ('division', models.CharField(max_length=12)),
                ('station', models.CharField(max_length=12)),
                ('note', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['subject'], name='card_open_subject'), models.Index(fields=['subject'], name='card_subject'), models.Index(condition=models.Q(('recorded_to__isnull', True), ('state__in', ['reviewed', 'making']), ('valid_to__isnull', True)), fields=['state', 'id'], name='card_open_state'), models.Index(condition=models.Q(('kind', 'card'), ('recorded_to__isnull', True), ('state', 'valid'), ('valid_to__isnull', True)), fields=['valid_until', 'id'], name='card_open_until')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('number', '='), ('valid', '&&'), ('recorded', '&&')], name='card_once'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'valid')), expressions=[('subject', '='), ('kind', '='), ('valid', '&&'), ('recorded', '&&')], name='card_one_valid'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ['accepted', 'reviewed', 'making', 'ready'])), expressions=[('subject', '='), ('valid', '&&'), ('recorded', '&&')], name='card_one_under_way'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='card_valid_forward'), models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='card_recorded_forward'), models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='card_closed_by_act'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('number', '='), ('subject', '<>')], name='card_number_is_nobody_elses'), models.CheckConstraint(condition=models.Q(('state__in', ['accepted', 'reviewed', 'making', 'ready', 'valid', 'lost', 'expired', 'withdrawn'])), name='card_state_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['card', 'temporary'])), name='card_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'card'), ('state__in', ['ready', 'valid']), _negated=True), models.Q(models.Q(('serial', ''), _negated=True), ('signed_on__isnull', False)), _connector='OR'), name='card_serial_given')],
            },
        ),
        migrations.CreateModel(
            name='Permit',
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
                ('serial', models.CharField(max_length=20)),
                ('state', models.CharField(max_length=10)),
                ('ground', models.CharField(max_length=10)),
                ('issued_on', models.DateField()),
                ('made_on', models.DateField()),
                ('years_from', models.DateField()),
                ('due_on', models.DateField()),
                ('endorsed_on', models.DateField(null=True)),
                ('endorsements', models.IntegerField(default=0)),
                ('place', models.BigIntegerField()),
                ('division', models.CharField(max_length=12)),
                ('station', models.CharField(max_length=12)),
                ('close_ground', models.CharField(blank=True, max_length=12)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['subject'], name='permit_open_subject'), models.Index(fields=['subject'], name='permit_subject'), models.Index(condition=models.Q(('recorded_to__isnull', True), ('state', 'valid'), ('valid_to__isnull', True)), fields=['due_on', 'id'], name='permit_open_due'), models.Index(condition=models.Q(('recorded_to__isnull', True), ('state__in', ['valid', 'suspended']), ('valid_to__isnull', True)), fields=['due_on', 'id'], name='permit_standing_due')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('subject', '='), ('valid', '&&'), ('recorded', '&&')], name='permit_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='permit_valid_forward'), models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='permit_recorded_forward'), models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='permit_closed_by_act'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('serial', '='), ('subject', '<>')], name='permit_serial_is_nobody_elses'), models.CheckConstraint(condition=models.Q(('state__in', ['valid', 'suspended', 'cancelled'])), name='permit_state_known'), models.CheckConstraint(condition=models.Q(('ground__in', ['job', 'home', 'study'])), name='permit_ground_known'), models.CheckConstraint(condition=models.Q(('due_on__gt', models.F('years_from')), ('years_from__gte', models.F('issued_on'))), name='permit_years_forward')],
            },
        ),
        migrations.CreateModel(
            name='Stay',
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
                ('since', models.DateField()),
                ('arrived_on', models.DateField()),
                ('ground', models.CharField(max_length=10)),
                ('reported_by', models.CharField(max_length=10)),
                ('home_division', models.CharField(max_length=12)),
                ('home_address', models.TextField()),
                ('close_ground', models.CharField(blank=True, max_length=12)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['subject'], name='stay_open_subject'), models.Index(fields=['subject'], name='stay_subject')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('subject', '='), ('valid', '&&'), ('recorded', '&&')], name='stay_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='stay_valid_forward'), models.CheckConstraint(condition=models.Q(('recorded_to__isnull', True), ('recorded_to__gt', models.F('recorded_from')), _connector='OR'), name='stay_recorded_forward'), models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('recorded_to__isnull', True)), models.Q(('closed_by__isnull', False), ('recorded_to__isnull', False)), _connector='OR'), name='stay_closed_by_act'), models.CheckConstraint(condition=models.Q(('ground__in', ['own', 'rent', 'kin', 'dorm', 'unit', 'other'])), name='stay_ground_known'), models.CheckConstraint(condition=models.Q(('reported_by__in', ['self', 'lessor', 'employer', 'school'])), name='stay_reporter_known')],
            },
        ),
        *(append_only(f"registers_{register}") for register in REGISTERS),
        migrations.RunSQL(HOLDER, HOLDER_UNDO),
        migrations.RunSQL(NEVER, NEVER_UNDO),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
