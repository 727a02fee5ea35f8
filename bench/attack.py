"""Invariants under attack: writer processes fire legal and illegal acts at a few persons; nothing may break.

Each writer has a process and a connection of its own and fires, in random order, every operation with
random arguments and raw acts without any lock, careless or forbidden. Afterwards the whole register is
checked (`anjia register check`) and the whole log verified. `ratio` is the violations found; its aim is 0.

Run: python bench/attack.py [--quick] [--seconds 60] [--writers 8]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.decisions import ground, harness

QUICK_SECONDS = 15.0
Done = tuple[Counter[str], Counter[str], list[str]]


def options() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of a minute")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--writers", type=int, default=8)
    return parser.parse_args()


_line: list[Any] = []


def client_starts(line: Any) -> None:
    """Sets one writer process up."""
    import django

    django.setup()
    _line.append(line)


def fight(keys: dict[str, int], division: dict[str, str], seed: int, seconds: float) -> Done:
    """Fires for some seconds from the common starting line on; gives what was done, refused and unexpected."""
    from tests.registers.attacks import arsenal
    from tests.registers.world import World

    writer = arsenal.Writer(World(keys, division), seed)
    _line[0].wait(120)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        writer.shoot()
    return writer.done, writer.refused, writer.strange


def main() -> None:
    """Fights, checks and prints."""
    given = options()
    seconds = QUICK_SECONDS if given.quick else given.seconds
    with ground.database():
        os.environ["PYTHONPATH"] = str(harness.ROOT)
        from django.db import connection

        from anjia.kernel import log
        from anjia.registers import REGISTERS, invariants
        from tests.registers.attacks import arsenal

        world, seeds = arsenal.setting(), arsenal.seeds(given.writers)
        connection.close()
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            given.writers, mp_context=context, initializer=client_starts, initargs=(context.Barrier(given.writers),)
        ) as pool:
            sent = [pool.submit(fight, world.keys, world.division, seed, seconds) for seed in seeds]
            runs = [one.result() for one in sent]
        done = sum((run[0] for run in runs), Counter[str]())
        refused = sum((run[1] for run in runs), Counter[str]())
        strange = [text for run in runs for text in run[2]]
        broken = [str(one) for one in invariants.breaches() if one.invariant.level == "violation"]
        faults = [str(one) for one in log.verify(REGISTERS)]
        connection.close()
    harness.table([["written", "acts"], *([name, count] for name, count in done.most_common())])
    harness.table([["refused", "shots"], *([name, count] for name, count in refused.most_common())])
    for text in (*strange, *broken, *faults):
        print(text)
    acts = sum(done.values())
    harness.result(
        name="attack", ratio=len(broken), aim=0, unit="violations", n=acts + sum(refused.values()), acts=acts,
        writers=given.writers, fought_seconds=seconds, refused=dict(refused), violations=len(broken),
        log_faults=len(faults), unexpected=len(strange), seed=seeds[0],
    )  # fmt: skip
    if broken or faults or strange:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
