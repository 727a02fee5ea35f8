"""What the cases of a run gave."""

from __future__ import annotations

RESULTS: dict[tuple[str, int], str] = {}
"""File and line of each case that ran → `passed`, `listed` or `failed`."""
