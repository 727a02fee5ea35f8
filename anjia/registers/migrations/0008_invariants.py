"""Invariants that the database guards, also when a program forgets to lock.

Loads and rebuilds run as the owner of the tables: what an old register brings along must go in, and
`anjia register check` lists it. The application's role is held to all of them.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

REGISTERS = (
    "particulars",
    "status",
    "condition",
    "kinship",
    "household",
    "membership",
    "residence",
    "place",
    "identity",
    "precision",
    "enquiry",
    "stay",
    "permit",
    "card",
    "origin",
    "claim",
    "custody",
    "demise",
    "merger",
    "officer",
    "guardianship",
    "reversal",
    "paper",
)
"""The registers that there were when this was written; later ones bind themselves in their own migration."""

ROLE = settings.ANJIA_APP_ROLE

# Two transactions that do not see each other could each keep a rule and together break it: whoever
# comes second waits here, and then reads what the first one wrote. An act holds these locks already.
LOCK = f"""
CREATE FUNCTION anjia_hold(who bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> '{ROLE}' THEN
        RETURN;
    END IF;
    PERFORM FROM kernel_subject WHERE id = who FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody has the key %', who
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'subject_exists';
    END IF;
END $$;
"""

# As of 0004, held: the officer, the head, the guardian of minors.
HOME = """
CREATE OR REPLACE FUNCTION anjia_check_home(home bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept text;
    of_age date := (now() AT TIME ZONE 'Asia/Shanghai')::date - interval '18 years';
BEGIN
    {hold}
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

PERSON = """
CREATE OR REPLACE FUNCTION anjia_check_person(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    {hold}
    IF EXISTS (SELECT FROM registers_membership WHERE subject = person
                AND recorded_to IS NULL AND valid_to IS NULL)
       AND NOT EXISTS (SELECT FROM registers_status WHERE subject = person
                AND recorded_to IS NULL AND valid_to IS NULL AND status = '0') THEN
        RAISE EXCEPTION 'person % may not have a registration', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_of_the_living';
    END IF;
END $$;
"""

# A household that becomes a collective one must not keep members who are kin of its head (INV-09). The
# membership's own trigger sees new members; here the kind changes under those who are there.
HOUSEHOLD = """
CREATE OR REPLACE FUNCTION anjia_check_household() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_check_home(NEW.subject);
    IF NEW.recorded_to IS NULL AND NEW.valid_to IS NULL THEN
        IF EXISTS (SELECT FROM registers_membership WHERE household = NEW.subject
                      AND recorded_to IS NULL AND valid_to IS NULL AND division <> NEW.division) THEN
            RAISE EXCEPTION 'members of household % lie in another division', NEW.subject
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_in_its_division';
        END IF;
        {kind}
    END IF;
    RETURN NULL;
END $$;
"""
KIND = """
        IF NEW.kind <> 'J1' AND EXISTS (
            SELECT FROM registers_membership WHERE household = NEW.subject AND recorded_to IS NULL AND valid_to IS NULL
               AND (relation NOT IN ('02', '99') OR relation = '02' AND NEW.kind IN ('T4', 'T5'))) THEN
            RAISE EXCEPTION 'members of household % do not fit a collective one', NEW.subject
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_collective_relation';
        END IF;
"""

# A registration that ends says why, unless the next one begins on that day (INV-05).
GAP = """
CREATE FUNCTION anjia_check_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_hold(NEW.subject);
    IF EXISTS (
        SELECT FROM (
            SELECT valid_to, close_ground, lead(valid_from) OVER (ORDER BY valid_from) AS next
              FROM registers_membership WHERE subject = NEW.subject AND recorded_to IS NULL) known
         WHERE valid_to IS NOT NULL AND close_ground = '' AND next IS DISTINCT FROM valid_to) THEN
        RAISE EXCEPTION 'a registration of % ends without a ground', NEW.subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_end_grounded';
    END IF;
    RETURN NULL;
END $$;
"""

# Codes of GB/T 4761 that name a man or a woman; the others fit everybody (INV-06).
RELATION = """
CREATE FUNCTION anjia_relation_sex(relation text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN relation IN ('11', '41', '43', '46', '47', '51', '53', '55', '57', '61', '63', '66', '71', '73', '76',
            '78', '81', '83', '85', '87', '89', '93', '95') OR relation BETWEEN '20' AND '29' THEN '1'
        WHEN relation IN ('12', '42', '44', '45', '48', '52', '54', '56', '58', '62', '64', '67', '72', '74', '75',
            '77', '82', '84', '86', '88', '90', '94', '96') OR relation BETWEEN '30' AND '39' THEN '2'
    END
$$;
CREATE FUNCTION anjia_check_relation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM anjia_hold(NEW.subject);
    IF EXISTS (
        SELECT FROM registers_membership m
          JOIN registers_particulars p ON p.subject = m.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
         WHERE m.subject = NEW.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
           AND p.sex IN ('1', '2') AND anjia_relation_sex(m.relation) <> p.sex) THEN
        RAISE EXCEPTION 'the relation of % does not fit the sex', NEW.subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_fits_sex';
    END IF;
    RETURN NULL;
END $$;
"""

# Only where both parents are known can it be said; what an import brings along was decided elsewhere (INV-08).
ETHNICITY = """
CREATE FUNCTION anjia_check_ethnicity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parents text[];
BEGIN
    SELECT array_agg(p.ethnicity) INTO parents FROM registers_kinship k
      JOIN registers_particulars p ON p.subject = k.kin AND p.recorded_to IS NULL AND p.valid_to IS NULL
     WHERE k.subject = NEW.subject AND k.kind IN ('father', 'mother') AND k.recorded_to IS NULL AND k.valid_to IS NULL;
    IF cardinality(parents) = 2 AND NEW.recorded_to IS NULL AND NEW.ethnicity <> ALL (parents)
       AND NOT EXISTS (SELECT FROM registers_particulars p WHERE p.subject = NEW.subject
                          AND p.opened_by < NEW.opened_by AND p.ethnicity = NEW.ethnicity)
       AND NOT EXISTS (SELECT FROM kernel_act WHERE id = NEW.opened_by AND event = 'IMPORT') THEN
        RAISE EXCEPTION 'ethnicity of % is that of neither parent', NEW.subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'particulars_ethnicity_of_parents';
    END IF;
    RETURN NULL;
END $$;
"""

# Knowledge is never dated back: an entry begins and ends with an act of its own transaction (INV-13).
BY_ACT = """
CREATE FUNCTION anjia_entry_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w LEFT JOIN kernel_act a ON a.id = w.opened_by
                WHERE a.at IS DISTINCT FROM w.recorded_from OR a.at < now()) THEN
        RAISE EXCEPTION 'an entry of % belongs to no act of this transaction', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_by_act';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION anjia_entry_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w LEFT JOIN kernel_act a ON a.id = w.closed_by
                WHERE a.at IS DISTINCT FROM w.recorded_to OR a.at < now()) THEN
        RAISE EXCEPTION 'the closing of an entry of % belongs to no act of this transaction', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_by_act';
    END IF;
    RETURN NULL;
END $$;
"""


def whole(name: str, table: str, function: str, events: str = "INSERT OR UPDATE", role: str = "") -> str:
    """Gives a constraint trigger that speaks at the end of the transaction."""
    when = f"WHEN (current_user = '{role}')" if role else ""
    return (
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {events} ON registers_{table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} EXECUTE FUNCTION {function}()"
    )


def by_act(register: str) -> migrations.RunSQL:
    """Lets the application's role write a register only with an act; a table that is not there yet is passed over."""
    table = f"registers_{register}"
    event = "CREATE TRIGGER {0} AFTER {1} ON {2} REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN ({3}) {4}"
    role = f"current_user = ''{ROLE}''"
    make = "".join(
        "EXECUTE '" + event.format(f"{table}_{verb}", on, table, role, f"EXECUTE FUNCTION anjia_entry_{verb}()") + "';"
        for verb, on in (("opened", "INSERT"), ("closed", "UPDATE"))
    )
    return migrations.RunSQL(
        f"DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN {make} END IF; END $$",
        f"DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN "
        f"EXECUTE 'DROP TRIGGER IF EXISTS {table}_opened ON {table}'; "
        f"EXECUTE 'DROP TRIGGER IF EXISTS {table}_closed ON {table}'; END IF; END $$",
    )


class Migration(migrations.Migration):
    """Invariants that the database guards."""

    dependencies: ClassVar = [("registers", "0007_time"), ("kernel", "0004_access_sealed")]
    operations: ClassVar = [
        migrations.RunSQL(LOCK, "DROP FUNCTION anjia_hold(bigint)"),
        migrations.RunSQL(HOME.format(hold="PERFORM anjia_hold(home);"), HOME.format(hold="")),
        migrations.RunSQL(PERSON.format(hold="PERFORM anjia_hold(person);"), PERSON.format(hold="")),
        migrations.RunSQL(HOUSEHOLD.format(kind=KIND), HOUSEHOLD.format(kind="")),
        migrations.RunSQL(GAP, "DROP FUNCTION anjia_check_gaps()"),
        migrations.RunSQL(
            whole("membership_gaps", "membership", "anjia_check_gaps"),
            "DROP TRIGGER membership_gaps ON registers_membership",
        ),
        migrations.RunSQL(
            RELATION, "DROP FUNCTION anjia_check_relation(); DROP FUNCTION anjia_relation_sex(text)"
        ),
        migrations.RunSQL(
            whole("membership_sexes", "membership", "anjia_check_relation", "INSERT", ROLE),
            "DROP TRIGGER membership_sexes ON registers_membership",
        ),
        migrations.RunSQL(
            whole("particulars_sexes", "particulars", "anjia_check_relation", "INSERT", ROLE),
            "DROP TRIGGER particulars_sexes ON registers_particulars",
        ),
        migrations.RunSQL(ETHNICITY, "DROP FUNCTION anjia_check_ethnicity()"),
        migrations.RunSQL(
            whole("particulars_ethnicity", "particulars", "anjia_check_ethnicity", "INSERT", ROLE),
            "DROP TRIGGER particulars_ethnicity ON registers_particulars",
        ),
        migrations.RunSQL(BY_ACT, "DROP FUNCTION anjia_entry_opened(); DROP FUNCTION anjia_entry_closed()"),
        *(by_act(register) for register in REGISTERS),
    ]
