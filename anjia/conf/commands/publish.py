"""Check the city's definitions and put the new versions in force (two persons stand behind them)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anjia.conf import installation

EXAMPLES = "example:\n  anjia publish --drafted-by 'Wang (legal)' --published-by 'Li (bureau)'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--drafted-by", required=True, metavar="NAME", help="who wrote the new versions")
    parser.add_argument("--published-by", required=True, metavar="NAME", help="who puts them in force; another person")


def run(options: argparse.Namespace) -> int:
    """Publishes, and loads the divisions."""
    with installation.connected():
        from django.conf import settings

        from anjia.conf.commands import check
        from anjia.kernel import definitions
        from anjia.registers import divisions

        folder = Path(settings.ANJIA_CITY)
        catalogue, faults = check.checked(folder)
        if faults:
            sys.stderr.write("".join(f"{fault}\n" for fault in faults))
            return 1
        count = definitions.publish(catalogue, drafted_by=options.drafted_by, published_by=options.published_by)
        loaded = divisions.load(folder)
        sys.stdout.write(f"published {count} new definitions; loaded {loaded} new divisions\n")
    return 0
