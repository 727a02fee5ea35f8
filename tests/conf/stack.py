"""A whole city that runs beside the tests: `anjia run` as a process, with a state folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from anjia.conf import database

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds to wait for anything; a sound city on an idle machine needs a tenth of it."""
UNSET = ("ANJIA_DSN", "ANJIA_DATABASE_URL", "ANJIA_RUN", "ANJIA_PORT", "ANJIA_HOST", "ANJIA_PERSONS")


@dataclass
class Stack:
    """One installation: where its state is and, while it runs, its process.

    Attributes:
        variables: environment beyond the state folder, such as the city.
        words: arguments of `anjia run`.
    """

    state: Path
    words: tuple[str, ...] = ("--persons", "1000")
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    home: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Gives the environment of all its processes."""
        inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
        return {**inherited, "ANJIA_STATE": str(self.state), **self.variables}

    @property
    def written(self) -> str:
        """Gives what the last start wrote."""
        return (self.state / "run.log").read_text(encoding="utf-8")

    def launch(self) -> None:
        """Starts the city and waits for nothing."""
        command = [sys.executable, "-m", "anjia.conf.main", "run", "--port", "0", *self.words]
        with (self.state / "run.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def start(self) -> Stack:
        """Starts the city and waits until it says that it is ready."""
        self.launch()
        assert self.process is not None
        wait_for(lambda: "Ctrl-C" in self.written or not self.lives(), "the start")
        assert "Ctrl-C" in self.written, self.written
        self.home = next(word for word in self.written.split() if word.startswith("http://")).rstrip("/")
        return self

    def lives(self) -> bool:
        """Says whether its supervisor runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Sends a signal, waits for the end and gives the exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not stop: {self.written}") from None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs another command of the program beside it."""
        return subprocess.run(
            [sys.executable, "-m", "anjia.conf.main", *words], cwd=ROOT, env=self.environment, capture_output=True,
            text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def healthy(self) -> bool:
        """Says whether the server answers and reaches its database."""
        try:
            with urllib.request.urlopen(f"{self.home}/health/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def pids(self, word: str) -> list[int]:
        """Gives its processes whose command line holds a word, oldest first."""
        mark = f"ANJIA_RUN={self.state}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if mark in environment and word in line:
                found.append(int(entry.name))
        return sorted(found)

    def kill(self, word: str) -> list[int]:
        """Kills its processes whose command line holds a word."""
        pids = self.pids(word)
        assert pids, f"no process with {word}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids

    def database_pid(self) -> int:
        """Gives the process id of its PostgreSQL."""
        wait_for(lambda: self.cluster().pid() is not None, "the database's process")
        pid = self.cluster().pid()
        assert pid is not None
        return pid

    def cluster(self) -> database.Cluster:
        """Gives its embedded cluster as this process sees it."""
        before = os.environ["ANJIA_STATE"]
        os.environ["ANJIA_STATE"] = str(self.state)
        try:
            return database.embedded()
        finally:
            os.environ["ANJIA_STATE"] = before

    def url(self, role: str = database.OWNER) -> str:
        """Gives the connection URL of its database."""
        password = (self.state / "keys" / f"database-{role}").read_text()
        return f"postgresql://{role}:{password}@/anjia?host={quote(str(self.cluster().socket), safe='')}"

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Asks its database as the owner."""
        with psycopg.connect(self.url(), connect_timeout=10) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def stack(folder: Path, *words: str, **variables: str) -> Iterator[Stack]:
    """Gives a city that does not run yet; whatever runs of it at the end is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    # The embedded server's unprivileged user must reach its data below.
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    made = Stack(folder.resolve(), words or Stack.words, variables)
    try:
        yield made
    finally:
        if made.process is not None and made.lives():
            made.process.kill()
            made.process.wait()
        for pid in made.pids(""):
            os.kill(pid, signal.SIGKILL)
        cluster = made.cluster()
        if cluster.data.exists():
            cluster.stop("immediate")


def wait_for(claim: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Waits until a claim holds."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)
