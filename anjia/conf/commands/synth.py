"""Make a synthetic town in an empty database: persons, households, thirty years of acts, departments' records.

The same city, number of persons, seed and day give the same town. All of it is made up and says so."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from anjia.conf import installation, state

EXAMPLES = """examples:
  anjia synth --persons 1000
  anjia synth --persons 50000 --seed 7
  anjia synth --persons 4700000
  anjia synth --once"""
PASSWORD = "anjia-2026"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--persons", type=int, default=5000, metavar="N", help="residents (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything that is drawn (default %(default)s)")
    parser.add_argument("--once", action="store_true", help="do nothing when the town is there already")


def run(options: argparse.Namespace) -> int:
    """Makes the town behind a fence, so that a killed run leaves it whole or absent; then the accounts."""
    with installation.connected(owner=True) as here:
        import psycopg
        from django.conf import settings

        from anjia.registers import indexing
        from anjia.synthesis import demo, settling

        if options.once and settling.is_loaded(here.owner):
            _say("the synthetic town is there")
        else:
            settling.synthesize(
                here.owner, Path(settings.ANJIA_CITY), state.folder(), size=options.persons, seed=options.seed,
                say=_timed(),
            )  # fmt: skip
            with psycopg.connect(here.owner, autocommit=True) as owner:
                made = indexing.rebuild(owner)
            _say(f"{made.tokens} rows for search")
        if not (options.once and (state.folder() / "demo.json").exists()):
            demo.create(state.folder(), PASSWORD)
    return 0


def _timed() -> Callable[[str], None]:
    started = time.monotonic()
    return lambda text: _say(f"{time.monotonic() - started:5.1f} s  {text}")


def _say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()
