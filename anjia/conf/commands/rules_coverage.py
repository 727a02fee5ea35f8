"""Compare the rules of the city with an index of all rules; 1 when one is mapped nowhere."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from anjia.conf import installation

EXAMPLES = """examples:
  anjia rules coverage --index rules_index.csv
  anjia rules coverage --index rules_index.csv --mutate --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--index", type=Path, required=True, metavar="FILE.csv", help="list of all rules: column id")


def run(options: argparse.Namespace) -> int:
    """Prints which rules of the index have a definition."""
    installation.set_up()
    from django.conf import settings

    from anjia.conf.commands import check

    catalogue, _ = check.checked(Path(settings.ANJIA_CITY))
    with options.index.open(encoding="utf-8", newline="") as file:
        idents = [row["id"] for row in csv.DictReader(file)]
    unmapped = [ident for ident in idents if catalogue.find("rule", ident) is None]
    sys.stdout.write(f"{len(idents) - len(unmapped)} mapped, {len(unmapped)} unmapped\n")
    return 1 if unmapped else 0
