"""What the benches share: options, a readable table, and the last line of JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STARTED = time.perf_counter()
REQUIRED = ("name", "aim", "unit", "n")


def options(description: str | None) -> argparse.Namespace:
    """Gives the options of a bench; every bench knows `--quick`, which ends within a minute."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; ends within a minute")
    return parser.parse_args()


def table(rows: Sequence[Sequence[Any]]) -> None:
    """Prints rows as a table; the first one is its head, the first column is text."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in texts) for column in range(len(texts[0]))]
    for row in texts:
        first, *others = zip(row, widths, strict=True)
        cells = [first[0] + " " * (first[1] - _width(first[0]))]
        cells += [" " * (width - _width(text)) + text for text, width in others]
        print("  ".join(cells))


def result(**values: Any) -> None:
    """Prints the last line: one JSON object with how long it took, the peak memory and the machine.

    Args:
        **values: `name`, `ratio` or `ratios`, `aim`, `unit`, `n` and whatever else a bench tells.

    Raises:
        ValueError: when one of them is missing.
    """
    missing = [name for name in REQUIRED if name not in values]
    if missing or not {"ratio", "ratios"} & set(values):
        raise ValueError(f"a result needs {', '.join(missing) or 'ratio or ratios'}")
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    more = {
        "seconds": round(time.perf_counter() - STARTED, 1),
        "peak_mib": round(max(usage) / 1024, 1),
        "machine": machine(),
    }
    sys.stdout.flush()
    print(json.dumps({**values, **more}, ensure_ascii=False))


def machine() -> str:
    """Gives the machine in words: processor, cores, memory, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _text(cell: Any) -> str:
    return f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)


def _width(text: str) -> int:
    """Gives the columns that a text takes; Chinese characters take two."""
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text)
