"""What the application's role may do to the tables of casework."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from anjia.kernel.ddl import append_only, open_to_application


class Migration(migrations.Migration):
    """Cases and consents change until they are decided; steps and notices never change."""

    dependencies: ClassVar = [("casework", "0001_tables"), ("kernel", "0003_privileges")]
    operations: ClassVar = [
        open_to_application("casework_case"),
        open_to_application("casework_consent"),
        append_only("casework_step", closing=()),
        append_only("casework_notice", closing=()),
        migrations.RunSQL(
            "CREATE TRIGGER casework_case_is_final BEFORE UPDATE ON casework_case FOR EACH ROW "
            "WHEN (OLD.state IN ('decided', 'refused', 'withdrawn')) "
            "EXECUTE FUNCTION anjia_refuse_change()",
            "DROP TRIGGER casework_case_is_final ON casework_case",
        ),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
