"""Take registers from CSV files: good rows go in by acts, every other one into the file of rejects.

One file a register, named persons, statuses, conditions, kinships, households, memberships, residences, places
or numbers (.csv, UTF-8, a row a line); the first line names the columns in English or Chinese. `key` is the
source's own key of the person, household or place, and what others refer to; valid_from and valid_to say when
a row is true, recorded_from and recorded_to when a register knew it (from now on, where they are left out).
`anjia export` writes the same files. Give all files of one import together; docs/howto/import.md has the columns.

Every row read is in or rejected, with file, line, column, code and remedy. Each act covers up to 500 rows of a
file and names them in its evidence. A killed import leaves nothing: run the same command again. The same files
are never taken twice."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from anjia.conf import installation

EXAMPLES = """examples:
  anjia import persons.csv statuses.csv households.csv memberships.csv --rejects rejects.csv
  anjia import delivery/*.csv --rejects rejects.csv --actor approver
  anjia import --columns"""
PAUSE_SECONDS = 2.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.csv", help="files of one import")
    parser.add_argument("--rejects", type=Path, metavar="FILE", default=Path("rejects.csv"),
                        help="where rejected rows go (default %(default)s)")  # fmt: skip
    parser.add_argument("--actor", metavar="USERNAME", help="account whom the acts name (default: the import itself)")
    parser.add_argument("--columns", action="store_true", help="list the columns of every file and stop")


def run(options: argparse.Namespace) -> int:
    """Imports; 1 when rows were rejected."""
    with installation.connected(owner=True) as here:
        import psycopg

        from anjia.registers import indexing
        from anjia.registers.intake import describing, taking

        if options.columns or not options.files:
            sys.stdout.write(describing.columns())
            return 0
        report = taking.take(
            here.owner, options.files, options.rejects, actor=options.actor or taking.ACTOR, prefixes=_prefixes(),
            say=_timed(),
        )  # fmt: skip
        with psycopg.connect(here.owner, autocommit=True) as owner:
            indexing.rebuild(owner)
        sys.stdout.write(describing.report(report, options.rejects))
    return 1 if report.rejected else 0


def _prefixes() -> tuple[str, ...]:
    """Gives the address codes of made-up numbers, which this city's definition declares."""
    from django.conf import settings

    from anjia.kernel.definitions.loading import load

    return tuple(load(Path(settings.ANJIA_CITY)).catalogue.city.number_prefixes)


def _timed() -> Callable[[str], None]:
    """Says what is done; counts of rows not more often than one can read."""
    started, last = time.monotonic(), 0.0

    def say(text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if "rows/s" not in text or now - last > PAUSE_SECONDS:
            last = now
            sys.stdout.write(f"  {now - started:5.1f} s  {text}\n")
            sys.stdout.flush()

    return say
