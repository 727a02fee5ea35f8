"""Slowing down whoever tries too often: tries are counted by name and stretch of time."""

from __future__ import annotations

import hashlib
import time

from anjia.kernel.errors import AnjiaError
from anjia.kernel.numbers import next_value


def take(name: str, *, limit: int, seconds: int) -> None:
    """Counts one try and refuses it when there were too many in this stretch of time.

    Args:
        name: what is tried, such as `sign-in:<account>`; stored only as a hash.
        limit: most tries in one stretch.
        seconds: length of a stretch.

    Raises:
        AnjiaError: `too-many-tries` (429) with `seconds` to wait.
    """
    stretch, past = divmod(int(time.time()), seconds)
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    if next_value(f"pace:{digest}:{stretch}") <= limit:
        return
    wait = seconds - past
    raise AnjiaError(
        "too-many-tries",
        f"试得太快，请等 {wait} 秒再试",
        f"Too many tries; wait {wait} seconds",
        ("请稍后再试，或到派出所窗口办理", "Try again later, or come to the counter"),
        status=429,
        seconds=wait,
    )
