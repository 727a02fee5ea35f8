"""An entry that goes on with other content from a day: what bulk acts do to hundreds of entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.kernel.entries import Open, truncate
from anjia.registers.family import Changes, own


def renew(register: str, row: Mapping[str, Any], since: date, **changed: Any) -> Changes:
    """Ends an open entry on a day and lets it go on with other content.

    An entry that begins on that day or later keeps its first day and takes the new content whole.

    Args:
        row: the entry as read: `id`, `subject`, `valid_from`, `valid_to` and its own columns.
        since: first day of the new content.
        **changed: own columns that differ from then on.
    """
    closes, opens = truncate(register, row, since)
    begins = max(since, row["valid_from"])
    return closes, [*opens, Open(register, row["subject"], begins, None, {**own(row), **changed})]
