"""The register of a whole city at work: searches, reads as of a day, and moves, each beside the same by hand.

A search is timed whole, with the record of the look that it writes. A move is an operation, prepared, planned and
committed as an act; the worker's bringing-up-to-date of search runs beside it. By hand means one prepared statement
for a question, one pipeline for a move, on the same tables, writing the same rows. Turn by turn on one machine.
The peers' thresholds for 1 million records are those of the best published one: search p95 150 ms, write p95 300 ms.

Run: python bench/register.py [--quick]   (a full run measures the register that ANJIA_STATE or ANJIA_DATABASE_URL
names, at least 1 million persons; it adds people of its own who move to and fro, and harms nothing)
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.decisions import harness
from bench.registering import asking, ground, moving
from bench.registering.ground import Mover

SEARCH_AIM, WRITE_AIM, AIM = 20.0, 30.0, 0.6
SEARCH_PEER, WRITE_PEER = 150.0, 300.0
HOUSE, HAND = "house", "by hand"
SEED = 7
_line: list[Any] = []


def client_starts(line: Any) -> None:
    """Sets one client process up."""
    import django

    django.setup()
    _line.append(line)


def client(shape: str, movers: list[Mover], seconds: float) -> tuple[float, float, list[float]]:
    """Moves people for so long from the common starting line on; gives begin, end and milliseconds of each move."""
    travels = moving.Travels(movers)
    move = (moving.house if shape == HOUSE else moving.hand)(travels)
    for _ in range(8):
        move()
    _line[0].wait()
    began, spent = time.monotonic(), []
    while time.monotonic() - began < seconds:
        started = time.perf_counter()
        move()
        spent.append((time.perf_counter() - started) * 1000)
    return began, time.monotonic(), spent


def cuts(spent: list[float]) -> list[float]:
    """Gives p50, p95 and p99."""
    found = statistics.quantiles(spent, n=100)
    return [found[49], found[94], found[98]]


def search(times: int) -> tuple[list[list[Any]], dict[str, float], dict[str, list[float]]]:
    """Asks every kind of question in both ways, in turn; gives rows, ratios and the house's milliseconds."""
    rows: list[list[Any]] = []
    ratios: dict[str, float] = {}
    all_: dict[str, list[float]] = {}
    for question in asking.questions(SEED):
        spent: dict[str, list[float]] = {HOUSE: [], HAND: []}
        for at in range(times + 10):
            for shape, ask in ((HOUSE, question.house), (HAND, question.hand)):
                started = time.perf_counter()
                ask()
                if at >= 10:
                    spent[shape].append((time.perf_counter() - started) * 1000)
        ratios[question.name] = round(statistics.median(spent[HAND]) / statistics.median(spent[HOUSE]), 3)
        rows.append([question.name, *cuts(spent[HOUSE]), *cuts(spent[HAND])])
        all_[question.name] = spent[HOUSE]
    return rows, ratios, all_


def moves(clients: int, rounds: int, seconds: float, movers: list[Mover]) -> dict[str, tuple[list[float], list[float]]]:
    """Moves people with so many clients, both shapes in turn; gives rates and milliseconds of each shape."""
    found: dict[str, tuple[list[float], list[float]]] = {HOUSE: ([], []), HAND: ([], [])}
    context = multiprocessing.get_context("spawn")
    share = len(movers) // clients
    parts = [movers[at * share : (at + 1) * share] for at in range(clients)]
    with ProcessPoolExecutor(
        clients, mp_context=context, initializer=client_starts, initargs=(context.Barrier(clients),)
    ) as pool:
        for turn in range(rounds):
            for shape in (HOUSE, HAND) if turn % 2 == 0 else (HAND, HOUSE):
                runs = [one.result() for one in [pool.submit(client, shape, part, seconds) for part in parts]]
                done = sum(len(spent) for _, _, spent in runs)
                found[shape][0].append(done / (max(run[1] for run in runs) - min(run[0] for run in runs)))
                found[shape][1].extend(one for run in runs for one in run[2])
    return found


def follow(stop: threading.Event) -> None:
    """Brings search up to date as the worker does, every two seconds."""
    from django.db import connection

    from anjia.registers import indexing

    while not stop.wait(2):
        indexing.catch_up()
    indexing.catch_up()
    connection.close()


def main() -> None:
    """Measures and prints."""
    quick = harness.options(__doc__).quick
    times, rounds, seconds, sizes = (60, 1, 2.0, (1, 4)) if quick else (1_000, 6, 30.0, (1, 4, 16))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(harness.ROOT), os.environ.get("PYTHONPATH")]))
    with ground.database(quick) as persons:
        movers = ground.movers(ground.FEW if quick else ground.MOVERS)
        rows, ratios, spent = search(times)
        harness.table([["milliseconds", "p50", "p95", "p99", "by hand p50", "p95", "p99"], *rows])
        asked = [one for name, found in spent.items() if name != "household as of a day" for one in found]
        stop = threading.Event()
        follower = threading.Thread(target=follow, args=(stop,))
        follower.start()
        written: list[list[Any]] = [["", "clients", "moves/s", "p50 ms", "p95 ms", "p99 ms"]]
        worst, throughput = 0.0, {}
        for clients in sizes:
            found = moves(clients, rounds, seconds, movers)
            for shape, (rates, milliseconds) in found.items():
                written.append([shape, clients, statistics.median(rates), *cuts(milliseconds)])
            pairs = zip(found[HOUSE][0], found[HAND][0], strict=True)
            throughput[f"{clients} clients"] = round(statistics.median(ours / hand for ours, hand in pairs), 3)
            worst = max(worst, cuts(found[HOUSE][1])[1])
        stop.set()
        follower.join()
        harness.table(written)
        _report(persons, asked, spent, worst, throughput, ratios)


def _report(
    persons: int, asked: list[float], spent: dict[str, list[float]], worst: float, throughput: dict[str, float],
    ratios: dict[str, float],
) -> None:  # fmt: skip
    slowest = max(((cuts(found)[1], name) for name, found in spent.items()), key=lambda one: one[0])
    p95 = cuts(asked)[1]
    print(f"search p95 {p95:.1f} ms (aim {SEARCH_AIM}, best peer's threshold {SEARCH_PEER}); slowest: {slowest[1]} "
          f"{slowest[0]:.1f} ms")  # fmt: skip
    print(f"write p95 {worst:.1f} ms, the worst of all (aim {WRITE_AIM}, best peer's threshold {WRITE_PEER})")
    print(f"moves / by hand: {throughput} (aim {AIM} or better)")
    harness.result(
        name="register", ratio=min(throughput.values()), ratios={**throughput, **ratios}, aim=AIM,
        unit="moves per second of hand-written", n=persons, search_p95_ms=round(p95, 2),
        search_slowest_p95_ms=round(slowest[0], 2), write_p95_ms=round(worst, 2),
        search_p95_peer_ms=SEARCH_PEER, write_p95_peer_ms=WRITE_PEER,
    )  # fmt: skip


if __name__ == "__main__":
    main()
