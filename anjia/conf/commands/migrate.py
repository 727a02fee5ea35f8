"""Bring the database to this version: role, tables, constraints, privileges (as the owner)."""

from __future__ import annotations

import argparse

from anjia.conf import installation

EXAMPLES = "example:\n  anjia migrate"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares nothing: the environment says which database."""


def run(options: argparse.Namespace) -> int:
    """Migrates."""
    with installation.connected(owner=True, migrated=False):
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
    return 0
