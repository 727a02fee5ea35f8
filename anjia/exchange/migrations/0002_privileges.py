"""Privileges of the application's role on the moves between cities."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from anjia.kernel.ddl import append_only, open_to_application

DELIVERY = '"delivered_at", "next_at", "tries", "failure"'


class Migration(migrations.Migration):
    """A move changes until it is over; of a letter only its delivery changes."""

    dependencies: ClassVar = [("exchange", "0001_tables"), ("kernel", "0003_privileges")]
    operations: ClassVar = [
        open_to_application("exchange_move"),
        append_only("exchange_mover", closing=()),
        append_only("exchange_letter", closing=()),
        migrations.RunSQL(
            f'GRANT UPDATE ({DELIVERY}) ON exchange_letter TO "{settings.ANJIA_APP_ROLE}"', migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "CREATE TRIGGER exchange_move_is_final BEFORE UPDATE ON exchange_move FOR EACH ROW "
            "WHEN (OLD.state IN ('closed', 'withdrawn', 'expired')) EXECUTE FUNCTION anjia_refuse_change()",
            "DROP TRIGGER exchange_move_is_final ON exchange_move",
        ),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"', migrations.RunSQL.noop
        ),
    ]
