"""Build the fact snapshot of the whole city, which `anjia find` and `anjia rules prove` read.

Every fact that a rule needs becomes one column: register facts by their SQL, department facts from the files in
the state folder. The new snapshot takes the place of the old one in one step."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date

from anjia.conf import installation, state

EXAMPLES = """examples:
  anjia snapshot
  anjia snapshot --on 2026-01-01 --every
  anjia snapshot --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="day that the facts are true on (today)")
    parser.add_argument("--every", action="store_true", help="every fact that can be had, not only those of rules")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def run(options: argparse.Namespace) -> int:
    """Builds it and says what is in it."""
    started = time.monotonic()
    with installation.connected():
        from django.utils import timezone

        from anjia.kernel.definitions import publishing
        from anjia.rules import building

        made = building.build(
            publishing.in_force(), state.folder(), options.on or timezone.localdate(), timezone.now(),
            every=options.every, say=(lambda text: None) if options.json else _say,
        )  # fmt: skip
    manifest = {"folder": str(made.folder), **made.manifest, "seconds": round(time.monotonic() - started, 1)}
    if options.json:
        sys.stdout.write(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    else:
        left = ", ".join(sorted(manifest["left_out"])) or "–"
        _say(f"unknown for everybody: {left}")
        _say(f"{made.rows} persons, {len(made.names)} facts, {manifest['bytes'] / 2**20:.0f} MiB,"
             f" {manifest['seconds']} s: {made.folder}")  # fmt: skip
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()
