"""Check the register as a whole, or rebuild it.

balance: the population balance between the ends of two days, for each station and the city: who was
registered, came and left by each kind of event, and is registered. It fails (status 1) when anything
is left over, or when an act brought people in or out that may not.
check: list what breaks one of the register's invariants.
rebuild: replay all acts into an empty database, put all constraints up over what they wrote and compare
every register by its digest."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import date
from typing import Any

from anjia.conf import axes, installation, rebuilding

EXAMPLES = """examples:
  anjia register balance --from 2025-12-31 --to 2026-11-30
  anjia register balance --from 2025-12-31 --to 2026-11-30 --known-at 2026-12-01T00:00 --json
  anjia register check
  anjia register rebuild --compare
  anjia register rebuild --compare --check-every 100000
  anjia register rebuild --compare --into postgresql://owner:secret@host/rebuilt"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what can be done with the register, each with its options."""
    parts = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    balance = parts.add_parser("balance", help="who was registered, came, left and is registered")
    balance.add_argument("--from", dest="start", type=date.fromisoformat, metavar="DATE", required=True,
                         help="day from whose end is counted, YYYY-MM-DD")  # fmt: skip
    balance.add_argument("--to", dest="end", type=date.fromisoformat, metavar="DATE", required=True,
                         help="day to whose end is counted")  # fmt: skip
    axes.arguments(balance, on=False)
    balance.add_argument("--json", action="store_true", help="print JSON")
    balance.set_defaults(part=_balance)
    check = parts.add_parser("check", help="list what breaks an invariant")
    check.add_argument("--show", type=int, default=20, metavar="N", help="rows shown of each invariant")
    check.set_defaults(part=_check)
    rebuild = parts.add_parser("rebuild", help="replay all acts into an empty database")
    rebuild.add_argument("--compare", action="store_true", help="compare every register by its digest")
    rebuild.add_argument("--into", metavar="URL", help="owner's URL of an empty database, which is kept")
    rebuild.add_argument("--acts", type=int, default=rebuilding.ACTS, metavar="N",
                         help="acts in one transaction")  # fmt: skip
    rebuild.add_argument("--check-every", type=int, default=0, metavar="N",
                         help="check the invariants every N acts, not only what holds at the end")  # fmt: skip
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
    with installation.connected(owner=True) as here:
        return rebuilding.rebuild(
            here, into=options.into, compare=options.compare, size=options.acts, check_every=options.check_every,
            say=lambda text: sys.stdout.write(f"{text}\n") and sys.stdout.flush(),
        )  # fmt: skip


def _balance(options: argparse.Namespace) -> int:
    with installation.connected():
        from anjia.registers import balance

        _, known_at = axes.asked(options)
        found = balance.balances(options.start, options.end, known_at)
    printed = json.dumps([_content(one) for one in found], ensure_ascii=False, indent=2) if options.json else (
        "\n".join(line for one in found for line in _lines(one))
    )  # fmt: skip
    sys.stdout.write(printed + "\n")
    failed = [one for one in found if not one.holds]
    if not options.json:
        sys.stdout.write(
            f"{len(found) - 1} 个派出所，{len(failed)} 处不平 / stations, {len(failed)} out of balance\n"
        )
    return 1 if failed else 0


def _lines(one: Any) -> list[str]:
    mark = "平 / balanced" if one.holds else f"不平 / OUT OF BALANCE（{one.difference:+d}）"
    name = one.station or "全市 / city"
    lines = [f"{name}  {one.before} + {one.total('in')} − {one.total('out')} = {one.after}  {mark}"]
    for flow in one.flows:
        sign, kind = "+" if flow.way == "in" else "−", "  所间 / between stations" if flow.moved else ""
        wrong = "" if flow.is_explained else "  无登记行为依据 / no act explains it"
        lines.append(f"    {sign}{flow.people:<8} {flow.event or '?'}{kind}{wrong}")
    return lines


def _content(one: Any) -> dict[str, Any]:
    return {
        "station": one.station, "before": one.before, "in": one.total("in"), "out": one.total("out"),
        "after": one.after, "difference": one.difference, "holds": one.holds,
        "flows": [
            {"way": flow.way, "event": flow.event, "moved": flow.moved, "people": flow.people,
             "explained": flow.is_explained}
            for flow in one.flows
        ],
    }  # fmt: skip
