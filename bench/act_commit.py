"""Decided settlements a second: through the house, and by a hand-written transaction that writes the same rows.

All decide the settlement of a tenant with a child: 1 act, 1 new household, 5 entries closed, 10 opened,
the case, its step and 2 jobs; same isolation, synchronous_commit on, same constraints. The house is taken
twice: whole (case read, all clauses judged and explained, the act) and the act alone, with the evidence
ready. Asking departments and the web page are no part of it. Turn by turn on one machine; medians.

Run: python bench/act_commit.py [--quick]
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.decisions import ground, harness
from bench.decisions.ground import Task

AIM = 0.6
WARM_UP = 12
HOUSE, ACT, HAND = "house: judge, explain, decide", "house: the act alone", "by hand"
SHAPES = (HOUSE, ACT, HAND)
_line: list[Any] = []


@dataclass(frozen=True, slots=True)
class Run:
    """What one client did: when it began and ended, milliseconds of each act, its CPU seconds."""

    began: float
    ended: float
    spent: list[float]
    cpu: float


def client_starts(line: Any) -> None:
    """Sets one client process up."""
    import django

    django.setup()
    _line.append(line)


def client(shape: str, tasks: list[Task]) -> Run:
    """Decides the tasks one after the other, from the common starting line on."""
    work = _worker(shape)
    for task in tasks[:WARM_UP]:
        work(task)
    _line[0].wait()
    cpu, began = _cpu(), time.monotonic()
    spent = []
    for task in tasks[WARM_UP:]:
        started = time.perf_counter()
        work(task)
        spent.append((time.perf_counter() - started) * 1000)
    return Run(began, time.monotonic(), spent, _cpu() - cpu)


def _worker(shape: str) -> Callable[[Task], None]:
    from django.db import connection

    from bench.decisions import peer, service

    connection.ensure_connection()
    if shape != HAND:
        return service.decide if shape == HOUSE else service.commit
    pg = connection.connection
    return lambda task: peer.decide(pg, task)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@dataclass
class Figures:
    """All runs of one shape at one number of clients."""

    rates: list[float]
    spent: list[float]
    cpu: list[float]
    wal: list[float]

    def row(self, name: str, clients: int) -> list[Any]:
        """Gives the figures as a row of the table."""
        cuts = statistics.quantiles(self.spent, n=20)
        return [
            name, clients, statistics.median(self.rates), cuts[9], cuts[18],
            round(statistics.median(self.cpu)), round(statistics.median(self.wal)),
        ]  # fmt: skip


def measure(clients: int, rounds: int, acts: int, tasks: Iterator[Task]) -> dict[str, Figures]:
    """Runs both shapes in turn, each with so many client processes and connections."""
    figures = {shape: Figures([], [], [], []) for shape in SHAPES}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        clients, mp_context=context, initializer=client_starts, initargs=(context.Barrier(clients),)
    ) as pool:
        for turn in range(rounds):
            for shape in SHAPES if turn % 2 == 0 else SHAPES[::-1]:
                given = [[next(tasks) for _ in range(acts + WARM_UP)] for _ in range(clients)]
                before = _wal()
                runs = [one.result() for one in [pool.submit(client, shape, part) for part in given]]
                done, found = clients * acts, figures[shape]
                found.rates.append(done / (max(run.ended for run in runs) - min(run.began for run in runs)))
                found.spent += [one for run in runs for one in run.spent]
                found.cpu.append(sum(run.cpu for run in runs) / done * 1e6)
                found.wal.append((_wal() - before) / (clients * (acts + WARM_UP)))
    return figures


def _wal() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def main() -> None:
    """Measures and prints."""
    quick = harness.options(__doc__).quick
    rounds, acts, sizes = (3, 40, (1, 4)) if quick else (7, 400, (1, 4))
    needed = sum(len(SHAPES) * rounds * clients * (acts + WARM_UP) for clients in sizes)
    rows: list[list[Any]] = [["", "clients", "decided/s", "p50 ms", "p95 ms", "client CPU µs", "WAL bytes"]]
    ratios = {}
    with ground.database():
        os.environ["PYTHONPATH"] = str(harness.ROOT)
        tasks = iter(ground.families(needed))
        ground.settle()
        for clients in sizes:
            found = measure(clients, rounds, acts, tasks)
            rows += [found[shape].row(shape, clients) for shape in SHAPES]
            for shape in (HOUSE, ACT):
                pairs = zip(found[shape].rates, found[HAND].rates, strict=True)
                ratio = statistics.median(ours / hand for ours, hand in pairs)
                ratios[f"{shape}, {clients} client{'s' * (clients > 1)}"] = round(ratio, 3)
        _same_rows()
        from django.db import connection

        connection.close()
    harness.table(rows)
    for name, ratio in ratios.items():
        print(f"{name} / by hand: {ratio} (aim {AIM} or better)")
    harness.result(name="act_commit", ratios=ratios, aim=AIM, unit="decided settlements per second", n=needed)


def _same_rows() -> None:
    """Stops the bench when the shapes did not write the same numbers of rows for each act."""
    from django.db import connection

    from anjia.registers import REGISTERS

    entries = " UNION ALL ".join(
        f"SELECT {column} AS act, '{name} {column}' AS what FROM registers_{name}"
        for name in REGISTERS
        for column in ("opened_by", "closed_by")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT written FROM (SELECT e.act, string_agg(e.what, ', ' ORDER BY e.what) AS written "
            f"FROM ({entries}) e JOIN kernel_act a ON a.id = e.act AND a.event = 'MOVE_INTRA' GROUP BY e.act) x"
        )
        written = cursor.fetchall()
    if len(written) != 1:
        raise SystemExit(f"the shapes wrote different rows: {written}")


if __name__ == "__main__":
    main()
