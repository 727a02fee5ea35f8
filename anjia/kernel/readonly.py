"""Reads that cannot write: inside a read view the database connection refuses anything but SELECT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

from anjia.kernel.errors import AnjiaError

READING = re.compile(r"[\s(]*(select|with|declare|fetch|close|savepoint|release|rollback)\b", re.I)
CHANGING = re.compile(r"\b(insert\s+into|update\s+\w|delete\s+from|merge\s+into|truncate\s)|;\s*\S", re.I)
"""What no reading statement holds: a changing part of a WITH, a lock of rows, or a second statement."""

CALLS = re.compile(r"\b(nextval|setval|lo_\w+|procrastinate_\w+)\s*\(", re.I)
"""Functions that write although a SELECT calls them."""

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_recording: ContextVar[bool] = ContextVar("recording", default=False)


def active() -> bool:
    """Says whether a read view runs that may not write."""
    return _reading.get() and not _recording.get()


@contextmanager
def read_only() -> Iterator[None]:
    """Refuses anything but reading for the length of a block.

    Raises:
        AnjiaError: `view-wrote` (500) from the statement that writes.
    """
    token = _reading.set(True)
    try:
        with connection.execute_wrapper(_guard):
            yield
    finally:
        _reading.reset(token)


@contextmanager
def recording_allowed() -> Iterator[None]:
    """Lets the record of a look be written: the one write that reading owes."""
    token = _recording.set(True)
    try:
        yield
    finally:
        _recording.reset(token)


def refuse_if_reading(what: str) -> None:
    """Refuses a write that goes past the connection's wrapper.

    Raises:
        AnjiaError: `view-wrote` (500).
    """
    if active():
        raise wrote(what)


def wrote(what: str) -> AnjiaError:
    """Gives the error of a read view that wrote."""
    return AnjiaError(
        "view-wrote",
        "这一页只能查看，不能写入；没有写入任何内容",
        "This page only reads; nothing was written",
        ("请报告页面编号", "Please report the number of this page"),
        status=500,
        statement=what[:60],
    )


def _guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    # A session is kept by its middleware, before and after the view; inside it may be loaded only.
    text = sql if isinstance(sql, str) else sql.as_string(connection.connection)
    if active() and (not READING.match(text) or CHANGING.search(text) or CALLS.search(text)):
        raise wrote(text)
    return execute(sql, params, many, context)
