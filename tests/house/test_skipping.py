"""A skipped test fails the run in CI, unless it wants material that is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEST = """
import pytest

@pytest.mark.skip(reason={reason!r})
def test_it():
    pass

def test_other():
    pass
"""


@pytest.mark.parametrize(
    ("reason", "ci", "fails"),
    [
        ("no browser", "true", True),
        ("no browser", "", False),
        ("ABSENT shared/peers/sd-jwt", "true", False),
    ],
)
def test_a_skip_fails_the_run_in_ci_alone(tmp_path: Path, reason: str, ci: str, fails: bool) -> None:
    (tmp_path / "test_one.py").write_text(TEST.format(reason=reason), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.skipping", "-p", "no:django", "--rootdir", str(tmp_path), "."],
        cwd=tmp_path, env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    assert f"ABSENT {int(reason.startswith('ABSENT'))}" in done.stdout
    assert ("SKIPPED IN CI" in done.stdout) is fails
