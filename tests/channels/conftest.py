"""Pages of the tiny made-up town, and static files as they are served."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client

from anjia.kernel.models import Actor
from tests.casework.conftest import (  # noqa: F401
    Staff,
    catalogue,
    departments,
    departments_folder,
    key,
    shared_departments,
    staff,
    town,
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _static() -> None:
    """Collects the static files under hashed names, as they are served."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def visit(db: None) -> Callable[..., Client]:
    """Gives a browser of an actor, or of a stranger."""

    def sign_in(actor: Actor | None = None, **cookies: str) -> Client:
        client = Client()
        if actor is not None:
            client.force_login(actor)
        for name, value in cookies.items():
            client.cookies[name] = value
        return client

    return sign_in
