"""Keeps the parts of a running city alive: one process each, restarted when it dies."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from anjia.conf import state
from anjia.kernel.errors import AnjiaError

MARK = "ANJIA_RUN"
GRACE_SECONDS = 20.0
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Seconds to wait before a part is started again, longer with each death in a row."""

ROUND_SECONDS = 0.2
STEADY_SECONDS = 30.0
"""A part that ran so long has recovered; its count of deaths starts anew."""


@dataclass
class Part:
    """One process of the city.

    Attributes:
        command: program and arguments.
        log: file that takes what it writes.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    not_before: float = 0.0

    def start(self) -> None:
        """Starts the process; what it writes goes to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command), env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=state.ROOT, start_new_session=True,
            )  # fmt: skip
        self.started_at = time.monotonic()

    def tend(self, say: Callable[[str], None]) -> None:
        """Starts the process again when it has died and its pause is over."""
        if self.process is not None and self.process.poll() is not None:
            _kill_group(self.process.pid)
            if time.monotonic() - self.started_at > STEADY_SECONDS:
                self.deaths = 0
            pause = PAUSES[min(self.deaths, len(PAUSES) - 1)]
            say(f"{self.name} ended with status {self.process.returncode}; starting it again (log: {self.log})")
            self.deaths += 1
            self.not_before = time.monotonic() + pause
            self.process = None
        if self.process is None and time.monotonic() >= self.not_before:
            self.start()

    def end(self) -> None:
        """Asks the process to end; it ends its own children."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Waits for the end and kills what does not end in time."""
        if self.process is None:
            return
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _kill_group(self.process.pid)


@dataclass
class Supervisor:
    """Runs parts until it is told to stop.

    Attributes:
        keep: called on every round, to keep what is not a part (the embedded database) alive.
        stopping: set by a signal. A plain flag: an event's lock could be held by the very thread
            that the signal interrupts.
    """

    parts: Sequence[Part]
    say: Callable[[str], None]
    keep: Callable[[], None] = lambda: None
    stopping: bool = False

    def stop(self, *_: object) -> None:
        """Asks `run` to end; made to be a signal's handler."""
        self.stopping = True

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Tends the parts until one asks it to stop or `until` says so."""
        while not self.stopping and not until():
            self.keep()
            for part in self.parts:
                part.tend(self.say)
            time.sleep(ROUND_SECONDS)

    def start(self) -> None:
        """Starts every part once."""
        for part in self.parts:
            part.start()

    def end(self) -> None:
        """Ends all parts, the last started first, and waits for them."""
        deadline = time.monotonic() + GRACE_SECONDS
        for part in reversed(self.parts):
            part.end()
        for part in reversed(self.parts):
            part.wait(deadline)


def only_one() -> IO[str]:
    """Takes the lock of this state folder; it goes with the process, however that ends.

    Raises:
        AnjiaError: `city-running` when another process runs the city from this folder.
    """
    file = (state.folder() / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise AnjiaError(
            "city-running",
            f"这座城市已经在运行（进程 {file.read().strip() or '?'}）",
            "This city is already running from this state folder",
            ("请先停止它，或用 ANJIA_STATE 指定另一个目录", "Stop it first, or name another folder in ANJIA_STATE"),
            status=409,
        ) from error
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def mark() -> str:
    """Gives the variable that marks all processes of this state folder."""
    return f"{MARK}={state.folder()}"


def end_leftovers() -> int:
    """Ends processes that a killed run left behind, waits for their end and gives how many."""
    marked = [pid for pid in _pids() if _is_marked(pid)]
    for pid in marked:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(_is_marked(pid) for pid in marked) and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(marked)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _is_marked(pid: int) -> bool:
    """Says whether another process carries the mark; one that has ended carries nothing."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return pid != os.getpid() and mark().encode() in environment.split(b"\0")


def _kill_group(pid: int) -> None:
    """Kills what a part that has ended left in its process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def python(*arguments: str) -> list[str]:
    """Gives the command that runs a module with this very Python."""
    return [sys.executable, "-m", *arguments]
