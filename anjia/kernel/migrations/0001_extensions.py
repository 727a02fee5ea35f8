"""Extensions and the function that refuses forbidden changes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

REFUSE = """
CREATE FUNCTION anjia_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'row of % is closed and cannot change', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


class Migration(migrations.Migration):
    """First step: what every later table needs."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(REFUSE, "DROP FUNCTION anjia_refuse_change()"),
        migrations.RunSQL("CREATE SEQUENCE kernel_act_number", "DROP SEQUENCE kernel_act_number"),
    ]
