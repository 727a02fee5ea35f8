"""Judge every person by every rule in all readers (NumPy, closures, DuckDB, PostgreSQL) and compare them.

Prints per rule how many are true, false and unknown, and zero differences or the first of them. A rule that nobody
meets, or that leaves everybody unknown, needs a reason: a written one (`nobody` in its file), or that each clause
which nobody meets reads what only a case tells (an answer, a consent, a look at the window). Reads the snapshot of the
city and builds it when there is none of the definitions in force."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from anjia.conf import installation, state
from anjia.conf.printing import printed

EXAMPLES = """examples:
  anjia rules prove --persons 5000
  anjia rules prove --persons 1000000 --json

exit status: 0 all agree, 1 a difference or a reason that is missing"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--persons", type=int, metavar="N", help="judge the first N persons (everybody)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the proof."""
    started = time.monotonic()
    with installation.connected():
        found = _proof(options.persons)
    found["total_seconds"] = round(time.monotonic() - started, 1)
    printed(found, _lines, as_json=options.json)
    return 1 if found["differences"] or found["reasons_missing"] else 0


def _proof(persons: int | None) -> dict[str, Any]:
    from dataclasses import asdict

    from anjia.kernel.definitions import publishing
    from anjia.rules import proving

    catalogue = publishing.in_force()
    snapshot = _snapshot(catalogue)
    if persons is not None:
        snapshot = snapshot.first(persons)
    specs = [one.spec for one in catalogue.list("rule", snapshot.on) if one.spec.clause]
    proof = proving.prove(
        specs, snapshot, snapshot.on, catalogue.parameters(snapshot.on), catalogue=catalogue, say=_say
    )  # fmt: skip
    rules = {
        rule.id: {
            **proof.counts[rule.id], "differences": proof.differences[rule.id],
            "nobody": _reason(rule, proof.told.get(rule.id, ())),
        }
        for rule in specs
    }  # fmt: skip
    empty = [
        name for name, one in rules.items() if one["yes"] == 0 or one["unknown"] == proof.persons
    ]  # fmt: skip
    return {
        "on": snapshot.on.isoformat(), "persons": proof.persons, "asked": persons, "rules": rules,
        "clauses": proof.clauses, "differences": sum(proof.differences.values()),
        "first": [asdict(one) for one in proof.first],
        "reasons_missing": [name for name in empty if not rules[name]["nobody"]],
        "seconds": {name: round(value, 2) for name, value in proof.seconds.items()},
    }  # fmt: skip


def _reason(rule: Any, told: Any) -> dict[str, str] | None:
    """Gives the written reason, else the one that lies in the rule itself: facts that only a case tells."""
    from anjia.rules import nobody

    words = rule.nobody or (nobody.reason(told) if told else None)
    return {"zh": words.zh, "en": words.en} if words else None


def _snapshot(catalogue: Any) -> Any:
    from django.utils import timezone

    from anjia.kernel.errors import AnjiaError
    from anjia.rules import building
    from anjia.rules.snapshot import Snapshot

    try:
        found = Snapshot.current(state.folder())
        if found.manifest["definitions"] == building.definitions_of(catalogue, found.on):
            return found
    except AnjiaError:
        pass
    _say("building the snapshot")
    return building.build(catalogue, state.folder(), timezone.localdate(), timezone.now())


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{'rule':<10}{'yes':>10}{'no':>10}{'unknown':>10}{'differ':>8}"]
    for name, one in found["rules"].items():
        missing = name in found["reasons_missing"]
        note = "  ← needs a reason (nobody)" if missing else f"  {one['nobody']['zh']}" if one["nobody"] else ""
        lines.append(f"{name:<10}{one['yes']:>10}{one['no']:>10}{one['unknown']:>10}{one['differences']:>8}{note}")
    lines += [
        f"  {one['reader']}: {one['rule']} {one['clause']}, person {one['person']}: numpy says {one['numpy']},"
        f" {one['reader']} {one['other']}"
        for one in found["first"]
    ]
    if found["asked"] and found["asked"] > found["persons"]:
        lines.append(f"only {found['persons']} persons are in the register")
    times = ", ".join(f"{name} {seconds} s" for name, seconds in found["seconds"].items())
    lines.append(
        f"{found['persons']} persons × {len(found['rules'])} rules ({found['clauses']} clauses), four readers:"
        f" {found['differences']} differences, {len(found['reasons_missing'])} reasons missing; {times};"
        f" {found['total_seconds']} s"
    )
    return lines


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()
