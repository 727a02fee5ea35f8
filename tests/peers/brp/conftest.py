"""Prints, after a run, which files of the suite were run, with what result, and why the others were not."""

from __future__ import annotations

from typing import Any

from tests.peers.brp import listed
from tests.peers.brp.results import RESULTS


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the table; nothing when no case ran here."""
    if not RESULTS:
        return
    terminalreporter.section("BRP occupancy scenarios")
    total = [0, 0, 0]
    for file in listed.files():
        if why := listed.passed_over(file):
            terminalreporter.write_line(f"     not run     {file}: {why}")
            continue
        found = [result for (name, _), result in RESULTS.items() if name == file]
        counts = [len(found), found.count("passed"), found.count("listed")]
        total = [one + other for one, other in zip(total, counts, strict=True)]
        terminalreporter.write_line("{:5} {:5} {:5}  {}".format(*counts, file))
    terminalreporter.write_line("{:5} {:5} {:5}  in all: cases, passed, listed with a reason".format(*total))
    for (file, line), why in listed.EXPECTED.items():
        terminalreporter.write_line(f"     listed      {file}:{line}: {why}")
