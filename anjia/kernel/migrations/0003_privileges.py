"""What the application's role may do to the kernel's tables."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from anjia.kernel.ddl import append_only, open_to_application


class Migration(migrations.Migration):
    """Acts, looks, batches, definitions and grants are append-only; the rest is open."""

    dependencies: ClassVar = [("kernel", "0002_tables")]
    operations: ClassVar = [
        append_only("kernel_act", closing=()),
        append_only("kernel_accessrecord", closing=()),
        append_only("kernel_batch", closing=()),
        append_only("kernel_subject", closing=()),
        # Locking a subject needs the privilege to update one column; the row itself never changes.
        migrations.RunSQL(
            f'GRANT UPDATE (kind) ON kernel_subject TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "CREATE TRIGGER kernel_subject_never_changes BEFORE UPDATE ON kernel_subject "
            "FOR EACH ROW EXECUTE FUNCTION anjia_refuse_change()",
            "DROP TRIGGER kernel_subject_never_changes ON kernel_subject",
        ),
        append_only("kernel_publisheddefinition", closing=("valid_to",)),
        open_to_application("kernel_actor"),
        append_only("kernel_grant", closing=("valid_to",)),
        open_to_application("kernel_counter"),
        # A key that the application could overwrite would be a city's numbers lost; the owner rotates.
        open_to_application("kernel_datakey", "SELECT, INSERT"),
        migrations.RunSQL(
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
