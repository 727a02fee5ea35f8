"""The memory of the process that asks, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path

FIELDS = {"peak_mib": "VmHWM", "resident_mib": "VmRSS", "own_mib": "RssAnon"}


def memory() -> dict[str, float]:
    """Gives the peak, what is resident now, and the part of that which no file backs, in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    held = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.strip()}
    return {name: round(int(held[field]) / 1024, 1) for name, field in FIELDS.items()}


def resident() -> float:
    """Gives what is resident now, in MiB."""
    return memory()["resident_mib"]
