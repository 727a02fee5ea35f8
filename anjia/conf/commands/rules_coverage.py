"""Compare the rules of the city with an index of all rules; 1 when one is mapped nowhere.

A rule is mapped by a definition or by what the city's mapping names (constraint, act, step, page, job, test),
planned when its capability comes later, with the reason, else unmapped. With --mutate each clause and parameter
is changed a little; a rule none of whose examples fails then counts as unmapped too."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from anjia.conf import installation

EXAMPLES = """examples:
  anjia rules coverage --index rules_index.csv
  anjia rules coverage --index rules_index.csv --mutate --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--index", type=Path, required=True, metavar="FILE.csv", help="list of all rules: column id")
    parser.add_argument("--mutate", action="store_true", help="change each clause and parameter: an example must fail")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints what is mapped, planned and unmapped."""
    installation.set_up()
    from django.conf import settings

    from anjia.conf.commands import check
    from anjia.rules import coverage, mapping

    folder = Path(settings.ANJIA_CITY)
    wanted = coverage.index(options.index)
    catalogue, faults = check.checked(folder)
    rules = mapping.read(folder)
    others = [fault for fault in faults if fault not in rules.faults]
    if others:
        sys.stderr.write("".join(f"{fault}\n" for fault in others))
        return 2
    found = coverage.cover(wanted, catalogue, rules, mutate=options.mutate)
    if options.json:
        sys.stdout.write(json.dumps(found.to_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(found)))
    return 1 if found.of("unmapped") or found.faults else 0


def _lines(found: Any) -> Iterator[str]:
    for name in ("mapped", "planned", "unmapped"):
        rules = found.of(name)
        yield f"{name} {len(rules)}"
        for one in rules:
            yield f"  {one.id:<6} {'; '.join(one.places) if name == 'mapped' else one.reason or one.title}"
            for mutant in one.survived:
                yield f"         no example fails: {mutant}"
    if found.strangers:
        yield f"not in the index: {', '.join(found.strangers)}"
    yield from (str(fault) for fault in found.faults)
