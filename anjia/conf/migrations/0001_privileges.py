"""What the application's role may do to the tables of sessions and of the job queue."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations

GRANTS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
                  AND (tablename LIKE 'procrastinate\\_%%' OR tablename = 'django_session') LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%I TO {role}', found.tablename);
    END LOOP;
    GRANT SELECT ON django_content_type, django_migrations TO {role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
END $$
"""


class Migration(migrations.Migration):
    """Sessions and jobs come and go, so here alone the application's role may delete."""

    initial = True
    dependencies: ClassVar = [
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            GRANTS.format(role=settings.ANJIA_APP_ROLE).replace("%%", "%"), migrations.RunSQL.noop
        )
    ]
