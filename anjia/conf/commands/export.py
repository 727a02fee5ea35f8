"""Give the registers out as CSV files of the shape that `anjia import` takes, both time axes included.

Citizen numbers and phones are opened only with --actor, an account whose grant allows `export` of `person` for
the purpose; their file is left out otherwise. Every file leaves an access record."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anjia.conf import installation

EXAMPLES = """examples:
  anjia export delivery
  anjia export delivery --current
  anjia export delivery --actor custodian --purpose household-register"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the files go")
    parser.add_argument("--current", action="store_true", help="leave out when the register knew what")
    parser.add_argument("--actor", metavar="USERNAME", help="account that opens the numbers")
    parser.add_argument("--purpose", default="household-register", help="purpose of the grant (default %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Writes the files."""
    with installation.connected(owner=True) as here:
        import psycopg

        from anjia.kernel import grants
        from anjia.kernel.models import Actor
        from anjia.registers.intake import giving

        allowed = None
        if options.actor:
            actor = Actor.objects.filter(username=options.actor).first()
            allowed = grants.require(actor, "person", "export", options.purpose)
        with psycopg.connect(here.owner, autocommit=True) as owner:
            counts = giving.give(owner, options.folder, allowed, axes=not options.current)
    for register, count in counts.items():
        sys.stdout.write(f"{register:<14}{count:>12}\n")
    if allowed is None:
        sys.stdout.write("numbers are left out: they need --actor with a grant\n")
        sys.stdout.write("号码未导出：须以 --actor 指定有授权的账号\n")
    return 0
