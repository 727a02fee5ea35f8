"""Every constraint of the database has a sentence, or the general one that names it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from anjia.kernel import violations


class Diagnosis:
    def __init__(self, name: str | None) -> None:
        self.constraint_name = name


class Violation(psycopg.IntegrityError):
    sqlstate = "23505"

    def __init__(self, name: str | None) -> None:
        super().__init__("refused")
        self.name = name

    @property
    def diag(self) -> Any:
        return Diagnosis(self.name)


@pytest.mark.django_db
def test_all_constraints_of_the_house_are_told_in_both_languages() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
            "WHERE t.relname ~ '^(kernel|registers|casework|credentials)_' AND c.contype IN ('c', 'u', 'x', 'f') "
            "UNION SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid "
            "WHERE i.indisunique AND t.relname ~ '^(kernel|registers|casework|credentials)_'"
        )
        names = [row[0] for row in cursor.fetchall()]
    assert len(names) > 60
    for name in names:
        error = violations.translate(Violation(name))
        assert error.status == 409
        assert error.message.zh != error.message.en
        assert error.code != "register-refused" or name in error.message.en
        if name.startswith(("membership", "household", "residence", "identity", "particulars", "status")):
            assert error.code != "register-refused" or name.endswith(("_pkey", "_uid_key")), name


@pytest.mark.django_db
def test_every_sentence_belongs_to_a_constraint_or_a_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'")
        known = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT string_agg(prosrc, '') FROM pg_proc WHERE proname LIKE 'anjia_%'")
        raised = cursor.fetchone()[0]
    assert [name for name in violations.CONSTRAINTS if name not in known and name not in raised] == []


def test_a_lost_connection_is_not_called_a_refusal_of_the_register() -> None:
    assert violations.translate(psycopg.OperationalError("gone")).status == 503


@pytest.mark.parametrize("error", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure])
def test_a_deadlock_is_a_conflict(error: type[psycopg.Error]) -> None:
    assert violations.translate(error("x")).code == "act-conflict"
