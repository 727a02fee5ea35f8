"""List whom time alone will bring into a rule's reach, or out of it, and from which day.

Counts by rule come without a grant, hidden under ten. A list needs an account (--as): it covers that account's
area, shows names only where the grant does, and each person listed leaves an access record with the purpose. The
facts are those of the snapshot (anjia snapshot) and stay as they are; only time moves."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

from anjia.conf import installation, state
from anjia.conf.printing import printed

EXAMPLES = """examples:
  anjia calendar --on 2026-12-01
  anjia calendar --on 2026-12-01 --within 90 --rule B-01 --json
  anjia calendar --on 2026-12-01 --as approver --limit 20"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="day before the first (the snapshot's)")
    parser.add_argument("--within", type=int, default=30, metavar="DAYS", help="how far ahead (default %(default)s)")
    parser.add_argument("--rule", default="", metavar="RULE", help="only this rule")
    parser.add_argument("--as", dest="account", metavar="ACCOUNT", help="list persons by this account's grant and area")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="persons a rule (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the calendar; 1 when nobody turns."""
    with installation.connected():
        found = _found(options)
    printed(found, _lines, as_json=options.json)
    return 0 if any(one["turns"] for one in found["rules"]) else 1


def _found(options: argparse.Namespace) -> dict[str, Any]:
    from anjia.kernel import grants
    from anjia.kernel.definitions import publishing
    from anjia.kernel.models import Actor
    from anjia.population import eligibility
    from anjia.rules import listing
    from anjia.rules.snapshot import Snapshot

    snapshot, catalogue = Snapshot.current(state.folder()), publishing.in_force()
    on = options.on or snapshot.on
    until = on + timedelta(days=options.within)
    allowed = None
    if options.account:
        actor = Actor.objects.filter(username=options.account).first()
        allowed = grants.require(actor, listing.REGISTER, listing.LIST, listing.PURPOSE)
    rules = []
    for turns in eligibility.calendar(
        eligibility.timed(catalogue, on, options.rule), snapshot, on, until, catalogue
    ):
        one: dict[str, Any] = {
            "rule": turns.rule.id, "title": {"zh": turns.rule.title.zh, "en": turns.rule.title.en},
            "turns": eligibility.counts(turns),
        }  # fmt: skip
        if allowed is not None:
            one["list"] = [_person(turn) for turn in eligibility.listed(allowed, turns, snapshot, options.limit)]
        rules.append(one)
    return {
        "on": on.isoformat(), "until": until.isoformat(), "facts_on": snapshot.on.isoformat(),
        "persons": snapshot.rows, "rules": rules,
    }  # fmt: skip


def _person(turn: Any) -> dict[str, Any]:
    return {
        "subject": turn.subject, "day": turn.day.isoformat(), "before": turn.before, "after": turn.after,
        "division": turn.division, "name": turn.name or None,
    }  # fmt: skip


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['on']} – {found['until']}: {found['persons']} 人 / persons"]
    for one in found["rules"]:
        turns = ", ".join(f"{name} {'*' if n is None else n}" for name, n in one["turns"].items()) or "–"
        lines.append(f"  {one['rule']:<8} {one['title']['zh']} / {one['title']['en']}: {turns}")
        for turn in one.get("list", ()):
            change = f"{turn['before']}→{turn['after']}"
            lines.append(f"    {turn['day']}  {change:<12} {turn['division']}  {turn['name'] or '–'}")
    return [*lines, "  * 少于 10 人 / under 10"]
