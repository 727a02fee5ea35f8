"""Find whom a rule reaches in the whole city: counts by area and age, reasons of the others, lists by grant.

Counts under ten are hidden, with as many others as it takes that they cannot be computed back. A list needs an
account (--as): it covers that account's area, shows names only where the grant does, and each person listed leaves
an access record with the purpose. The answer comes from the snapshot of the day (anjia snapshot)."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from anjia.conf import installation, state
from anjia.conf.printing import printed

EXAMPLES = """examples:
  anjia find S-20
  anjia find S-20 --reasons --json
  anjia find D-20 --by area --on 2026-12-01
  anjia find D-20 --as analyst --list --limit 20"""

NOTE = "* 少于 10 人，或为使其不能推算而隐去 / under 10, or hidden so that such a count cannot be computed back"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("rule", metavar="RULE", help="id of a rule, S-20")
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="day of the judgement (the snapshot's)")
    parser.add_argument("--verdict", choices=("yes", "no", "unknown"), default="yes", help="whom to find (%(default)s)")
    parser.add_argument("--reasons", action="store_true", help="how many lack what, alone or with other things")
    parser.add_argument("--by", choices=("area", "age"), help="count by county or by age band")
    parser.add_argument("--as", dest="account", metavar="ACCOUNT", help="whose grant and area hold")
    parser.add_argument("--list", action="store_true", help="list persons with reasons; needs --as")
    parser.add_argument("--after", type=int, default=-1, metavar="ROW", help="next page: after this row")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="persons on a page (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints what was found; 1 when nobody was."""
    with installation.connected():
        found = _found(options)
    printed(found, _lines, as_json=options.json)
    return 1 if found["nobody"] else 0


def _found(options: argparse.Namespace) -> dict[str, Any]:
    from anjia.kernel.definitions import publishing
    from anjia.rules import counting, listing
    from anjia.rules.finding import evaluate, get_rule
    from anjia.rules.snapshot import Snapshot

    snapshot = Snapshot.current(state.folder())
    on = options.on or snapshot.on
    catalogue = publishing.in_force()
    rule = get_rule(catalogue, options.rule, on)
    allowed = _allowed(options)
    verdicts = evaluate([rule], snapshot, on, catalogue.parameters(on), catalogue=catalogue, clauses=True)
    within = None if allowed is None else listing.within(snapshot, allowed)
    if allowed is not None:
        listing.counted(allowed, rule)
    why = counting.reasons(verdicts, rule, within)
    found: dict[str, Any] = {
        "rule": rule.id, "title": {"zh": rule.title.zh, "en": rule.title.en}, "on": on.isoformat(),
        "facts_on": snapshot.on.isoformat(), "persons": snapshot.rows if within is None else int(within.sum()),
        "counts": dict(why.shown.totals), "nobody": sum(why.exact[options.verdict].values()) == 0,
    }  # fmt: skip
    if options.reasons:
        found["texts"] = {one.id: {"zh": one.text.zh, "en": one.text.en} for one in rule.clause}
        found["reasons"] = counting.to_json(why)["reasons"]
    if options.by:
        hide = why.shown.totals[options.verdict] is None
        spread = counting.spread(
            verdicts, rule.id, snapshot, verdict=options.verdict, within=within, hide_total=hide
        )  # fmt: skip
        cells = counting.to_json(spread)["cells"]
        found["by"] = (
            {area: row["total"] for area, row in cells.items()} if options.by == "area" else cells["total"]
        )  # fmt: skip
    if options.list:
        page = listing.listed(
            rule, verdicts, snapshot, allowed, catalogue, verdict=options.verdict, after=options.after,
            limit=options.limit,
        )  # fmt: skip
        found["list"] = [_person(one) for one in page]
        found["next"] = page[-1].row if len(page) == options.limit else None
    return found


def _allowed(options: argparse.Namespace) -> Any:
    from anjia.kernel import grants
    from anjia.kernel.errors import AnjiaError
    from anjia.kernel.models import Actor
    from anjia.rules import listing

    if options.account is None:
        if options.list:
            raise AnjiaError(
                "account-needed", "列名单须说明由谁查看", "A list needs to know who looks",
                ("请加 --as 账号", "Add --as ACCOUNT"),
            )  # fmt: skip
        return None
    actor = Actor.objects.filter(username=options.account).first()
    return grants.require(actor, listing.REGISTER, listing.LIST if options.list else listing.COUNT, listing.PURPOSE)


def _person(one: Any) -> dict[str, Any]:
    from anjia.rules import listing

    return {
        "row": one.row, "subject": one.subject, "division": one.division, "name": one.name or None,
        "from_on": one.judgement.from_on.isoformat() if one.judgement.from_on else None,
        "reasons": [
            {"clause": part.clause.id, "verdict": part.verdict, "zh": part.clause.text.zh, "en": part.clause.text.en}
            for part in listing.failing(one.judgement)
        ],
    }  # fmt: skip


def _lines(found: dict[str, Any]) -> list[str]:
    words = {"yes": "符合 / yes", "no": "不符合 / no", "unknown": "待定 / unknown"}
    title = found["title"]
    lines = [f"{found['rule']} {title['zh']} / {title['en']}, {found['on']}: {found['persons']} 人 / persons"]
    lines += [f"  {word:<24}{_number(found['counts'][name])}" for name, word in words.items()]
    for name in ("no", "unknown") if "reasons" in found else ():
        lines.append(f"{words[name]}：只差 / lack only")
        for clause, count in found["reasons"][name].items():
            text = found["texts"].get(clause)
            label = {"several": "几项 / several", "total": "合计 / total"}.get(clause, "")
            words_of = f"{clause} {text['zh']} / {text['en']}" if text else label
            lines.append(f"  {_number(count):>10}  {words_of}")
    lines += [f"  {name:<14}{_number(count)}" for name, count in found.get("by", {}).items()]
    for one in found.get("list", ()):
        lacks = "; ".join(f"{part['clause']} {part['zh']}" for part in one["reasons"])
        lines.append(f"  {one['row']:>8}  {one['division']}  {one['name'] or '–'}  {lacks}")
    return [*lines, f"  {NOTE}"]


def _number(count: int | None) -> str:
    return "*" if count is None else f"{count}"
