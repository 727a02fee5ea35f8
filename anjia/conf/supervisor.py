"""Keeps the parts of a running city alive: one process each, restarted when it dies."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from anjia.conf import state
from anjia.kernel.errors import AnjiaError

GRACE_SECONDS = 20.0
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Seconds to wait before a part is started again, longer with each death in a row."""

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
        """Asks the process and its children to end."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Waits for the end and kills what does not end in time."""
        if self.process is None:
            return
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Supervisor:
    """Runs parts until it is told to stop.

    Args:
        keep: called on every round, to keep what is not a part (the embedded database) alive.
    """

    parts: Sequence[Part]
    say: Callable[[str], None]
    keep: Callable[[], None] = lambda: None
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Tends the parts until `stopping` is set, then ends them, the last started first."""
        try:
            while not self.stopping.wait(0.5):
                self.keep()
                for part in self.parts:
                    part.tend(self.say)
        finally:
            self.end()

    def start(self) -> None:
        """Starts every part once."""
        for part in self.parts:
            part.start()

    def end(self) -> None:
        """Ends all parts and waits for them."""
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


def end_leftovers() -> int:
    """Ends processes that a killed run left behind and gives how many; they carry its mark."""
    mark = f"ANJIA_RUN={state.folder()}".encode()
    ended = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked and int(entry.name) != os.getpid():
            os.kill(int(entry.name), signal.SIGKILL)
            ended += 1
    return ended


def python(*arguments: str) -> list[str]:
    """Gives the command that runs a module with this very Python."""
    return [sys.executable, "-m", *arguments]
