"""Remake what search reads, or bring it up to date.

The tables of names and streets are derived from the registers. The worker keeps them up to date by
itself; `rebuild` makes them anew beside the old ones, which serve until the switch."""

from __future__ import annotations

import argparse
import sys
import time

from anjia.conf import installation

EXAMPLES = "examples:\n  anjia search rebuild\n  anjia search catch-up"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the two things that can be done."""
    parser.add_argument(
        "what", choices=("rebuild", "catch-up"),
        help="rebuild: everything, as the owner of the tables; catch-up: what acts have changed since",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Does it and says how much."""
    with installation.connected(owner=options.what == "rebuild") as here:
        import psycopg

        from anjia.registers import indexing

        started = time.monotonic()
        if options.what == "catch-up":
            sys.stdout.write(f"{indexing.catch_up()} subjects brought up to date\n")
            return 0
        with psycopg.connect(here.owner, autocommit=True) as owner:
            made = indexing.rebuild(owner)
        sys.stdout.write(
            f"{made.tokens} rows for {made.names} names, {made.places} streets and compounds, "
            f"{time.monotonic() - started:.1f} s\n"
        )
    return 0
