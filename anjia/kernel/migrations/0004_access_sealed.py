"""Access records carry a leaf and are sealed in batches, as acts are."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

from anjia.kernel.ddl import append_only

COLUMNS = (
    "actor_id", "grant_id", "subject", "who_zh", "who_en", "register", "fields", "purpose", "ground",
    "case_number", "outcome", "withheld", "request_id",
)  # fmt: skip
GATE = 0x616E6A6A

# JSON quotes and separates, so no two rows read alike.
LEAF = f"""
CREATE FUNCTION anjia_access_leaf(looked kernel_accessrecord) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256('\\x00'::bytea || convert_to(jsonb_build_array(
        looked.id, (extract(epoch FROM looked.at) * 1000000)::bigint, {", ".join(f"looked.{one}" for one in COLUMNS)}
    )::text, 'UTF8'))
$$
"""
# The number is given out behind the gate, so that no batch is sealed over a record under way.
TRIGGER = f"""
CREATE FUNCTION anjia_access_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({GATE});
    NEW.id := nextval('kernel_accessrecord_id_seq');
    NEW.leaf := anjia_access_leaf(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER kernel_accessrecord_leaf BEFORE INSERT ON kernel_accessrecord
    FOR EACH ROW EXECUTE FUNCTION anjia_access_leaves();
"""


class Migration(migrations.Migration):
    """Access records carry a leaf and are sealed in batches, as acts are."""

    dependencies: ClassVar = [("kernel", "0003_privileges")]
    operations: ClassVar = [
        migrations.AddField("accessrecord", "leaf", models.BinaryField(db_default=b"")),
        migrations.CreateModel(
            name="AccessBatch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_record", models.BigIntegerField()),
                ("last_record", models.BigIntegerField(unique=True)),
                ("root", models.BinaryField()),
                ("prior_root", models.BinaryField()),
                ("marks", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        append_only("kernel_accessbatch", closing=()),
        migrations.RunSQL(LEAF, "DROP FUNCTION anjia_access_leaf(kernel_accessrecord)"),
        migrations.RunSQL(
            "UPDATE kernel_accessrecord looked SET leaf = anjia_access_leaf(looked)", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            TRIGGER,
            "DROP TRIGGER kernel_accessrecord_leaf ON kernel_accessrecord; DROP FUNCTION anjia_access_leaves()",
        ),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"', migrations.RunSQL.noop
        ),
    ]
