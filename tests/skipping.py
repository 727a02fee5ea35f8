"""Nothing is passed over in silence: what was skipped is counted, and in CI a skip is a failure.

The one skip that CI lets pass is material of `../shared` that is not there; its reason starts
with `ABSENT`, and the last lines say `ABSENT n`.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

ABSENT = "ABSENT"

_reasons: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes a test that was skipped; one that is expected to fail ran."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _reasons[report.nodeid] = _reason(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Notes a file that was skipped as a whole."""
    if report.skipped:
        _reasons[report.nodeid] = _reason(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the session in CI when anything but absent material was skipped."""
    if forbidden() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how much material was absent and, in CI, which tests were skipped though they must run."""
    absent = sum(reason.startswith(ABSENT) for reason in _reasons.values())
    terminalreporter.write_line(f"{ABSENT} {absent}")
    for test, reason in sorted(forbidden().items()):
        terminalreporter.write_line(f"SKIPPED IN CI, so this run fails: {test}: {reason}", red=True)


def forbidden() -> dict[str, str]:
    """Gives the skips for which CI fails: test → reason; none elsewhere."""
    if os.environ.get("CI") != "true":
        return {}
    return {test: reason for test, reason in _reasons.items() if not reason.startswith(ABSENT)}


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
