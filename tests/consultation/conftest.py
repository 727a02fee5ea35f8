"""The city's definitions, read from its files."""

from __future__ import annotations

from tests.rules.conftest import city  # noqa: F401
