"""Privileges of the application's role and the invariants that span several rows."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from anjia.kernel.ddl import append_only, open_to_application

REGISTERS = (
    "particulars", "status", "condition", "kinship", "household",
    "membership", "residence", "place", "identity",
)  # fmt: skip

HOME = """
CREATE FUNCTION anjia_check_home(home bigint) RETURNS void LANGUAGE plpgsql AS $$
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

PERSON = """
CREATE FUNCTION anjia_check_person(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM registers_membership WHERE subject = person
                AND recorded_to IS NULL AND valid_to IS NULL)
       AND NOT EXISTS (SELECT FROM registers_status WHERE subject = person
                AND recorded_to IS NULL AND valid_to IS NULL AND status = '0') THEN
        RAISE EXCEPTION 'person % may not have a registration', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_of_the_living';
    END IF;
END $$;
"""

# An open member of a collective household is its head or is no kin of it; the public ones (T4, T5)
# have no head among their members. The division of a registration is that of its household.
MEMBERSHIP = """
CREATE FUNCTION anjia_check_membership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept record;
BEGIN
    PERFORM anjia_check_home(NEW.household);
    PERFORM anjia_check_person(NEW.subject);
    IF NEW.recorded_to IS NULL AND NEW.valid_to IS NULL THEN
        SELECT kind, division INTO kept FROM registers_household
         WHERE subject = NEW.household AND recorded_to IS NULL AND valid_to IS NULL;
        IF kept.division <> NEW.division THEN
            RAISE EXCEPTION 'registration of % lies in another division than its household', NEW.subject
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_in_its_division';
        END IF;
        IF kept.kind <> 'J1' AND NEW.relation NOT IN ('02', '99')
           OR kept.kind IN ('T4', 'T5') AND NEW.relation = '02' THEN
            RAISE EXCEPTION 'relation % does not fit collective household %', NEW.relation, NEW.household
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_collective_relation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER membership_whole AFTER INSERT OR UPDATE ON registers_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_membership();
"""

STATUS = """
CREATE FUNCTION anjia_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_person(NEW.subject);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER status_whole AFTER INSERT OR UPDATE ON registers_status
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_status();
"""

HOUSEHOLD = """
CREATE FUNCTION anjia_check_household() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_home(NEW.subject);
    IF NEW.recorded_to IS NULL AND NEW.valid_to IS NULL AND EXISTS (
        SELECT FROM registers_membership WHERE household = NEW.subject
           AND recorded_to IS NULL AND valid_to IS NULL AND division <> NEW.division) THEN
        RAISE EXCEPTION 'members of household % lie in another division', NEW.subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_in_its_division';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER household_whole AFTER INSERT OR UPDATE ON registers_household
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION anjia_check_household();
"""

UNDO = """
DROP TRIGGER {0}_whole ON registers_{0};
DROP FUNCTION anjia_check_{0}();
"""


class Migration(migrations.Migration):
    """Registers are append-only, a family household has a head, only the living are registered."""

    dependencies: ClassVar = [("registers", "0001_tables"), ("kernel", "0003_privileges")]
    operations: ClassVar = [
        *(append_only(f"registers_{register}") for register in REGISTERS),
        open_to_application("registers_division"),
        migrations.RunSQL(HOME, "DROP FUNCTION anjia_check_home(bigint)"),
        migrations.RunSQL(PERSON, "DROP FUNCTION anjia_check_person(bigint)"),
        migrations.RunSQL(MEMBERSHIP, UNDO.format("membership")),
        migrations.RunSQL(STATUS, UNDO.format("status")),
        migrations.RunSQL(HOUSEHOLD, UNDO.format("household")),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
