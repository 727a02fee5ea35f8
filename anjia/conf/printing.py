"""What a command prints of what it found: JSON for programs, lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any


def printed(found: Any, lines: Callable[[Any], Iterable[str]], *, as_json: bool) -> None:
    """Writes plain content as JSON, or the lines that are made of it."""
    text = json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(lines(found))
    sys.stdout.write(text + "\n")
