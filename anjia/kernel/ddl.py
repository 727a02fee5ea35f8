"""Migration operations that make tables append-only by database privilege."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import migrations


def append_only(table: str, closing: Sequence[str] = ("recorded_to", "closed_by")) -> migrations.RunSQL:
    """Lets the application's role read, insert and close rows of `table`, once, and nothing else.

    Args:
        table: name of the table.
        closing: columns that may be set once, with the first of them; empty for rows that never change.
    """
    role = settings.ANJIA_APP_ROLE
    sql = [f'GRANT SELECT, INSERT ON "{table}" TO "{role}"']
    undo = [f'REVOKE ALL ON "{table}" FROM "{role}"']
    if closing:
        columns = ", ".join(f'"{column}"' for column in closing)
        first = closing[0]
        sql.append(f'GRANT UPDATE ({columns}) ON "{table}" TO "{role}"')
        sql.append(
            f'CREATE TRIGGER "{table}_closes_once" BEFORE UPDATE ON "{table}" FOR EACH ROW '
            f'WHEN (OLD."{first}" IS NOT NULL OR NEW."{first}" IS NULL) EXECUTE FUNCTION anjia_refuse_change()'
        )
        undo.insert(0, f'DROP TRIGGER "{table}_closes_once" ON "{table}"')
    return migrations.RunSQL(sql, undo)


def open_to_application(table: str, privileges: str = "SELECT, INSERT, UPDATE") -> migrations.RunSQL:
    """Gives the application's role `privileges` on a table that is not a register."""
    role = settings.ANJIA_APP_ROLE
    return migrations.RunSQL(
        f'GRANT {privileges} ON "{table}" TO "{role}"', f'REVOKE ALL ON "{table}" FROM "{role}"'
    )


def indexed_by_act(table: str) -> migrations.RunSQL:
    """Lets the entries that one act opened or closed be found: undoing an act starts from them.

    Entries lie in the order of their acts, so a block range index costs next to nothing on a load;
    those that were closed are few and have a plain one.
    """
    return migrations.RunSQL(
        [
            f'CREATE INDEX "{table}_opened_by" ON "{table}" USING brin (opened_by) '
            "WITH (pages_per_range = 16, autosummarize = on)",
            f'CREATE INDEX "{table}_closed_by" ON "{table}" (closed_by) WHERE closed_by IS NOT NULL',
        ],
        [f'DROP INDEX "{table}_opened_by"', f'DROP INDEX "{table}_closed_by"'],
    )
