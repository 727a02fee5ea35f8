"""A real PostgreSQL for all tests, used as the application's role, so that its privileges are real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import setup_databases
from psycopg import sql

from anjia.conf import database
from anjia.kernel import definitions
from anjia.kernel.vault import vault
from anjia.registers import REGISTERS
from tests import installation

KEPT = ("django_migrations", "django_content_type", "kernel_datakey")
"""Tables that a transactional test does not empty."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the browser journeys last: the browser's event loop stays in this thread to the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Makes the test database as its owner and then becomes the application's role."""
    cluster = installation.start()
    password = installation.application_password()
    database.prepare(cluster.url("postgres"), role=settings.ANJIA_APP_ROLE, password=password, name="anjia_tests")
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
        connection.close()
        connection.settings_dict.update(USER=settings.ANJIA_APP_ROLE, PASSWORD=password)
        vault()
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(autouse=True)
def _fresh_catalogue() -> Iterator[None]:
    """Lets no test see definitions that another test published."""
    definitions.forget()
    yield
    definitions.forget()


@pytest.fixture(scope="module")
def written_without_acts(django_db_setup: None) -> Iterator[None]:
    """Lets the tests of a module put entries that no act wrote into the registers, where only reading is tested."""
    for verb in ("DISABLE", "ENABLE"):
        with psycopg.connect(owner_url(), autocommit=True) as owner:
            for name in REGISTERS:
                owner.execute(f"ALTER TABLE registers_{name} {verb} TRIGGER USER")
        if verb == "DISABLE":
            yield


def owner_url() -> str:
    """Gives the owner's connection URL of the test database."""
    return installation.CLUSTER.url(str(connection.settings_dict["NAME"]))


def _empty_as_owner(self: TransactionTestCase) -> None:
    """Empties the tables as their owner: the application's role may not even delete."""
    connection.close()
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = [sql.Identifier(name) for (name,) in rows if name not in KEPT]
        owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(names)))


TransactionTestCase._fixture_teardown = _empty_as_owner  # type: ignore[method-assign]
