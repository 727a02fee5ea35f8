"""Run a draft, or a definition file, against what is in force on the whole population: who gains, who loses.

A draft is tried by an account (--as) and the signed result is kept with it. A file is tried without keeping
anything. With --on a past day, what the register knew of that day is read again: a replay."""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from anjia.conf import installation, state
from anjia.conf.printing import printed

HIDDEN = "  * 少于 10 人，或为使其不能推算而隐去 / under 10, or hidden so that it cannot be computed"
EXAMPLES = """examples:
  anjia simulate 3 --as designer
  anjia simulate rules/B-01.toml --rule B-01
  anjia simulate elder_age.toml --parameter elder_age --on 2023-12-31 --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("what", metavar="DRAFT|FILE.toml", help="number of a draft, or a file")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--rule", default="", metavar="RULE", help="the file is this rule")
    kind.add_argument("--parameter", default="", metavar="NAME", help="the file is this parameter of the city")
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="replay as of an earlier day")
    parser.add_argument("--as", dest="account", metavar="ACCOUNT", help="whose grant tries the draft")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints who gains and loses; 1 when nobody does."""
    with installation.connected():
        found = _found(options)
    printed(found, _lines, as_json=options.json)
    return 0 if any(one["gains"] or one["losses"] for one in found["rules"]) else 1


def _found(options: argparse.Namespace) -> dict[str, Any]:
    from anjia.kernel.definitions import publishing
    from anjia.population import drafts, simulating
    from anjia.rules.snapshot import Snapshot

    current = Snapshot.current(state.folder())
    replay = options.on is not None and options.on != current.on
    with tempfile.TemporaryDirectory(prefix="anjia-replay-") as folder:
        snapshot = _of_day(options.on, Path(folder)) if replay else current
        started = time.monotonic()
        if options.what.isdigit():
            row = _tried(options, drafts.get(int(options.what)), snapshot)
            return {**row.result, "digest": row.digest, "act": row.act_id, "seconds": _since(started)}
        kind, ident = ("rule", options.rule) if options.rule else ("parameter", options.parameter)
        changes = _of_file(kind, ident, Path(options.what).read_text(encoding="utf-8"), snapshot, publishing.in_force())
        return {**simulating.result(changes, snapshot, snapshot.on), "seconds": _since(started)}


def _tried(options: argparse.Namespace, draft: Any, snapshot: Any) -> Any:
    from anjia.kernel import grants
    from anjia.kernel.models import Actor
    from anjia.population import drafts, records

    actor = Actor.objects.filter(username=options.account or "").first()
    return records.run(grants.require(actor, "simulation", "simulate", drafts.PURPOSE), draft, snapshot)


def _of_day(on: date, folder: Path) -> Any:
    """Gives the snapshot of an earlier day; departments' files say what they say today."""
    from django.utils import timezone

    from anjia.kernel.definitions import publishing
    from anjia.rules import building

    (folder / "departments").symlink_to(state.folder() / "departments")
    return building.build(publishing.in_force(), folder, on, timezone.now())


def _of_file(kind: str, ident: str, text: str, snapshot: Any, catalogue: Any) -> Any:
    from anjia.kernel.errors import AnjiaError
    from anjia.population import candidates, records

    candidate = candidates.of(kind, ident, text, catalogue)
    if candidate.definition is None or candidate.faults:
        raise AnjiaError(
            "draft-unsound", "；".join(f"第 {one.line} 行 {one.zh}" for one in candidate.faults),
            "; ".join(f"line {one.line}: {one.en}" for one in candidate.faults),
            ("请改好后再试", "Mend it and try again"), status=422,
        )  # fmt: skip
    return records.changes(kind, ident, candidate.definition, snapshot, snapshot.on)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['on']}: {found['persons']} 人 / persons, {found['seconds']} s"]
    for one in found["rules"]:
        lines.append(f"{one['rule']} {one['title']['zh']} / {one['title']['en']}")
        lines.append(f"  ▲ {_number(one['gains'])}  ▼ {_number(one['losses'])}")
        for name, rows in one["by"].items():
            lines += [f"  {name:<10} {row['key']:<8} ▲ {_number(row['gains']):>8}  ▼ {_number(row['losses']):>8}"
                      for row in rows]  # fmt: skip
    if "digest" in found:
        lines.append(f"  {found['digest']} · act {found['act']}")
    return [*lines, HIDDEN]


def _number(count: int | None) -> str:
    return "*" if count is None else str(count)
