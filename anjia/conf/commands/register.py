"""Check the register: list what breaks one of its invariants, or rebuild it from its acts and compare."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from anjia.conf import installation

EXAMPLES = """examples:
  anjia register check
  anjia register rebuild --compare
  anjia register rebuild --compare --check-every 100000
  anjia register rebuild --compare --into postgresql://owner:secret@host/rebuilt"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what can be done with the register, each with its options."""
    parts = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    check = parts.add_parser("check", help="list what breaks an invariant")
    check.add_argument("--show", type=int, default=20, metavar="N", help="rows shown of each invariant")
    check.set_defaults(part=_check)
    rebuild = parts.add_parser("rebuild", help="replay all acts into an empty database")
    rebuild.add_argument("--compare", action="store_true", help="compare every register by its digest")
    rebuild.add_argument("--into", metavar="URL", help="owner's URL of an empty database, which is kept")
    rebuild.add_argument("--acts", type=int, default=1000, metavar="N", help="acts in one transaction")
    rebuild.add_argument("--check-every", type=int, default=0, metavar="N", help="check the invariants every N acts")
    rebuild.set_defaults(part=_rebuild)


def run(options: argparse.Namespace) -> int:
    """Does one of them; 1 when something does not hold."""
    return int(options.part(options))


def _check(options: argparse.Namespace) -> int:
    with installation.connected():
        from anjia.registers import invariants

        count: Counter[tuple[str, str]] = Counter()
        shown: Counter[str] = Counter()
        for found in invariants.breaches():
            count[found.invariant.id, found.invariant.level] += 1
            shown[found.invariant.en] += 1
            if shown[found.invariant.en] <= options.show:
                sys.stdout.write(f"{found}\n")
        for (name, level), number in sorted(count.items()):
            sys.stdout.write(f"{name}: {number} {level}s\n")
    broken = sum(number for (_, level), number in count.items() if level == "violation")
    sys.stdout.write(f"{broken} violations, {sum(count.values()) - broken} warnings\n")
    return 1 if broken else 0


def _rebuild(options: argparse.Namespace) -> int:
    from anjia.conf import rebuilding

    with installation.connected(owner=True) as here:
        return rebuilding.rebuild(
            here, into=options.into, compare=options.compare, size=options.acts, check_every=options.check_every,
            say=lambda text: sys.stdout.write(f"{text}\n") and sys.stdout.flush(),
        )  # fmt: skip
