"""Slowing down whoever tries too often: tries are counted by name and stretch of time."""

from __future__ import annotations

import hashlib
import time

from django.db import connection

from anjia.kernel.errors import AnjiaError

BUCKETS = 1 << 20
"""Names share so many counters, so that a flood of names cannot fill the table."""

SHIFT = 1 << 24
# The value is stretch * SHIFT + tries; the first try of a later stretch starts anew.
COUNT = """
INSERT INTO kernel_counter AS kept (name, value) VALUES (%s, %s::bigint + 1)
ON CONFLICT (name) DO UPDATE SET value = greatest(kept.value, excluded.value - 1) + 1
RETURNING value - %s::bigint
"""


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
    bucket = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % BUCKETS
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [f"pace:{seconds}:{bucket:05x}", stretch * SHIFT, stretch * SHIFT])
        [tries] = cursor.fetchone()
    if tries <= limit:
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
