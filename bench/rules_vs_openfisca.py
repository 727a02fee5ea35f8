"""Twenty-one rules of benefits and permits over a city of 4.7 million, against OpenFisca and hand-written SQL.

All three judge the same synthetic persons in one run, each in a process of its own over files, and every
answer (yes, no, unknown) about every person is compared; a single difference ends the bench with an error.

The snapshot is made straight from the generator of the synthetic town, without a loaded register, and kept
in a cache (`ANJIA_BENCH_CACHE`, by default `~/.cache/anjia-bench`); residence permits, absences and the
answers of five departments are drawn by the bench, since the town has none (`bench/finding/drawn.py`).
OpenFisca runs in an environment that the bench makes there too. What each program does before its answers
(reading, building entities, setting inputs) is told and not counted.

Run: python bench/rules_vs_openfisca.py [--quick] [--persons N]     (--quick: the same size, fewer rounds)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anjia.conf.settings")

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402

from anjia.rules.snapshot import Snapshot  # noqa: E402
from bench.decisions import harness  # noqa: E402
from bench.finding import chosen, exported, population  # noqa: E402

PEER = ROOT / "bench" / "peers" / "openfisca"
AIMS = {"openfisca_time": 10.0, "openfisca_memory": 3.0, "duckdb_time": 3.0}
Told = Mapping[str, Any]


def options() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same size from the cache, fewer rounds")
    parser.add_argument("--persons", type=int, default=4_700_000, help="residents of the synthetic town")
    return parser.parse_args()


def cache() -> Path:
    """Gives the folder of snapshots and environments, outside the repository."""
    return Path(os.environ.get("ANJIA_BENCH_CACHE", "") or Path.home() / ".cache" / "anjia-bench")


def environment() -> Path:
    """Gives the Python of the peer's own environment, made when it is not there."""
    wanted = PEER / "requirements.txt"
    place = cache() / f"openfisca-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        print("making the environment of OpenFisca")
        venv.create(place, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", wanted]
        subprocess.run(command, check=True)
        (place / "ready").touch()
    return python


def told(command: Sequence[Any], folder: Path) -> Told:
    """Runs a program over files and gives what its last line says."""
    done = subprocess.run([str(word) for word in command], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    found: Told = json.loads(done.stdout.splitlines()[-1])
    return found


def differences(ours: Path, duck: Path, peer: Path) -> int:
    """Compares every answer about every person and prints how many there are of each; gives the differences."""
    rows: list[list[Any]] = [["rule", "yes", "no", "unknown", "OpenFisca differs", "DuckDB differs"]]
    for rule in chosen.RULES:
        codes = np.load(ours / f"{rule}.npy")
        stem = rule.replace("-", "_")
        yes, no = (np.load(peer / f"{stem}_{end}.npy") for end in ("yes", "no"))
        by_peer = yes.astype(np.uint8) + 2 * no.astype(np.uint8)
        by_query = np.load(duck / f"{rule}.npy")
        counts = [int((codes == code).sum()) for code in (1, 2, 0)]
        rows.append([rule, *counts, int((codes != by_peer).sum()), int((codes != by_query).sum())])
    harness.table(rows)
    return sum(row[4] + row[5] for row in rows[1:])


def prepared(folder: Path, snapshot: Snapshot) -> dict[str, float]:
    """Writes the facts as the peers take them, and gives the seconds that each took."""
    spent = {}
    steps: dict[str, Callable[[], None]] = {
        "openfisca_files": lambda: exported.for_openfisca(snapshot, folder / "facts"),
        "duckdb_database": lambda: exported.for_duckdb(snapshot, folder / "facts.duckdb"),
    }
    for name, step in steps.items():
        started = time.perf_counter()
        step()
        spent[name] = round(time.perf_counter() - started, 1)
    return spent


def measured(folder: Path, snapshot: Snapshot, rounds: int, turns: int) -> dict[str, list[Told]]:
    """Runs the three programs in turn, so that a busy machine hinders them alike."""
    outs = {name: folder / name for name in ("ours", "openfisca", "duckdb")}
    for out in outs.values():
        out.mkdir()
    commands: dict[str, tuple[list[Any], Path]] = {
        "ours": ([sys.executable, "-m", "bench.finding.ours", snapshot.folder, outs["ours"], 4 * rounds], ROOT),
        "openfisca": ([environment(), "-m", "peer", folder / "facts", outs["openfisca"], rounds], PEER),
        "duckdb": (
            [sys.executable, "-m", "bench.finding.duck", folder / "facts.duckdb", folder / "facts" / "about.json",
             outs["duckdb"], 2 * rounds], ROOT,
        ),
    }  # fmt: skip
    found: dict[str, list[Told]] = {name: [] for name in commands}
    for _ in range(turns):
        for name, (command, place) in commands.items():
            found[name].append(told(command, place))
    return found


def main() -> None:
    """Measures, compares, prints two tables and one line of JSON."""
    given = options()
    rounds, turns = (3, 1) if given.quick else (5, 2)
    snapshot, made = population.get(cache() / "snapshots", given.persons, print)
    about = population.describe(snapshot)
    print(
        f"synthetic persons: {about['persons']:,}; {about['columns']} facts have a column ({about['mib']} MiB, made in"
        f" {made:.0f} s); unknown for everybody: {', '.join(about['left_out'])}"
    )
    with tempfile.TemporaryDirectory(prefix="anjia-bench-", dir=cache()) as name:
        folder = Path(name)
        costs = {"snapshot": round(made, 1), **prepared(folder, snapshot)}
        found = measured(folder, snapshot, rounds, turns)
        wrong = differences(folder / "ours", folder / "duckdb", folder / "openfisca")
    if wrong:
        raise SystemExit(f"{wrong} answers differ")
    tell(found, costs, about["persons"])


def tell(found: Mapping[str, list[Told]], costs: Mapping[str, float], persons: int) -> None:
    """Prints the times and memory of each, and the last line."""
    seconds = {name: [one for run in runs for one in run["seconds"]] for name, runs in found.items()}
    spent = {name: [one for run in runs for one in run["cpu"]] for name, runs in found.items()}
    peak = {name: max(run["peak_mib"] for run in runs) for name, runs in found.items()}
    rows: list[list[Any]] = [["", "median s", "best s", "first s", "processor s", "peak MiB", "of it idle", "threads"]]
    for name, runs in found.items():
        rows.append([
            name, statistics.median(seconds[name]), min(seconds[name]), runs[0]["seconds"][0],
            statistics.median(spent[name]), peak[name], runs[0]["idle_mib"], runs[0]["threads"],
        ])  # fmt: skip
    harness.table(rows)
    before = {name: statistics.median(one for run in found["openfisca"] for one in run[name])
              for name in ("build", "input")}  # fmt: skip
    read = statistics.median(run["read"] for run in found["openfisca"])
    print(f"not counted: OpenFisca reads its files in {read:.2f} s, builds its entities in {before['build']:.2f} s and"
          f" takes its inputs in {before['input']:.2f} s; preparing took {dict(costs)} s")  # fmt: skip
    ratios = {
        "openfisca_time": _ratio(seconds, "openfisca"), "openfisca_memory": peak["openfisca"] / peak["ours"],
        "duckdb_time": _ratio(seconds, "duckdb"), "openfisca_processor": _ratio(spent, "openfisca"),
        "duckdb_processor": _ratio(spent, "duckdb"),
    }  # fmt: skip
    harness.result(
        name="rules_vs_openfisca", ratios={name: round(value, 2) for name, value in ratios.items()}, aim=AIMS,
        unit="times faster, or less memory, than the peer for the whole set", n=persons, rules=len(chosen.RULES),
        differences=0, ms={name: round(1000 * statistics.median(held), 1) for name, held in seconds.items()},
        peaks_mib=peak, preparing_seconds=dict(costs),
    )  # fmt: skip


def _ratio(held: Mapping[str, list[float]], peer: str) -> float:
    return statistics.median(held[peer]) / statistics.median(held["ours"])


if __name__ == "__main__":
    main()
