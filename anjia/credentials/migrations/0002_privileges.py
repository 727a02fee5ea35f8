"""What the application's role may do to issued documents: write them, and take them back once."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from anjia.kernel.ddl import append_only


class Migration(migrations.Migration):
    """Documents are append-only; taking one back closes it."""

    dependencies: ClassVar = [("credentials", "0001_tables"), ("kernel", "0003_privileges")]
    operations: ClassVar = [
        append_only("credentials_document", closing=("revoked_at", "revoked_ground", "replaced_by")),
        migrations.RunSQL(
            f'GRANT USAGE ON SEQUENCE credentials_document_id_seq TO "{settings.ANJIA_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
