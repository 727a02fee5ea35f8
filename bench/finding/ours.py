"""Judges a snapshot by the set of rules with the product's own engine; a program of its own, so that its memory is.

No database is started; the framework is loaded and counts, as in the product.

Run: python -m bench.finding.ours SNAPSHOT OUT ROUNDS
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anjia.conf.settings")
django.setup()

from anjia.rules.finding import Verdicts, evaluate  # noqa: E402
from anjia.rules.snapshot import Snapshot  # noqa: E402
from bench.finding import chosen, measured  # noqa: E402


def main(folder: Path, out: Path, rounds: int) -> None:
    """Judges everybody several times and writes the answers of the last round as codes, one file a rule."""
    known = chosen.catalogue()
    rules = chosen.rules(known)
    parameters = known.parameters(chosen.ON)
    started = time.perf_counter()
    snapshot = Snapshot.open(folder)
    opened = time.perf_counter() - started
    spent, cpu, idle = [], [], measured.resident()
    verdicts: Verdicts | None = None
    for _ in range(rounds):
        verdicts = None  # The answers of a round before are nobody's any more.
        started, worked = time.perf_counter(), time.process_time()
        verdicts = evaluate(rules, snapshot, chosen.ON, parameters, catalogue=known)
        spent.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    # What it took is told before the answers are unpacked for the comparison.
    told = {
        "seconds": spent, "cpu": cpu, "opened": opened, **measured.memory(), "idle_mib": idle,
        "threads": min(4, os.cpu_count() or 1),
    }
    assert verdicts is not None
    for rule in rules:
        np.save(out / f"{rule.id}.npy", verdicts.codes(rule.id))
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
