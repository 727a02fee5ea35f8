"""Compare the synthetic town's marginals with the census that it is calibrated to."""

from __future__ import annotations

import argparse
import json
import sys

from anjia.conf import installation

EXAMPLES = "examples:\n  anjia census\n  anjia census --json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the report."""
    with installation.connected():
        from anjia.synthesis import marginals

        found = marginals.report()
        text = json.dumps(found.to_json(), ensure_ascii=False, indent=2) if options.json else found.to_text()
        sys.stdout.write(text.rstrip("\n") + "\n")
    return 0
