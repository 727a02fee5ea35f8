"""Starting the simulator as a process of its own, for tests, benches and launchers."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from simulators.departments.signing import Credentials, open_credentials

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that serves: where, with which credentials, and its process."""

    port: int
    credentials: Credentials
    process: subprocess.Popen[str]
    DESK: ClassVar[str] = "/v1/_control"
    PATIENCE: ClassVar[int] = 10

    @property
    def base_url(self) -> str:
        """Gives the address without path."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, action: str, **order: Any) -> dict[str, Any]:
        """Gives an order to the control desk (`fault`, `reset`, `add`, `queries`).

        Raises:
            ValueError: with the desk's answer when it refuses.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.PATIENCE)
        try:
            connection.request(
                "POST",
                self.DESK,
                json.dumps({"action": action, **order}),
                {"Authorization": f"Bearer {self.credentials.control_token}"},
            )
            response = connection.getresponse()
            content: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(str(content))
        return content

    def stop(self) -> str:
        """Stops the process with SIGTERM and gives what it wrote."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


Kind = TypeVar("Kind", bound=Running)


def start(data: Path, *options: str) -> Running:
    """Starts the simulator on a free port and gives it once it serves; see `launch`."""
    return launch(Running, "simulators.departments", data, *options)


def launch(kind: type[Kind], module: str, data: Path, *options: str) -> Kind:
    """Starts a simulator's module on a free port and gives it once it serves.

    Args:
        data: folder of its data, with the port and the credentials that it writes.

    Raises:
        RuntimeError: with what it wrote when it ended instead of serving.
    """
    port_file = data / "port"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            module,
            "--data",
            str(data),
            "--port-file",
            str(port_file),
            *options,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    written = ""
    for line in process.stdout:
        written += line
        if "answering on" in line:
            return kind(int(port_file.read_text()), open_credentials(data / "credentials.json"), process)
    process.wait()
    raise RuntimeError(f"the simulator ended with status {process.returncode}: {written}")


@contextmanager
def running(data: Path, *options: str) -> Iterator[Running]:
    """Runs the simulator for the length of a block."""
    with stopping(start(data, *options)) as departments:
        yield departments


@contextmanager
def stopping(simulator: Kind) -> Iterator[Kind]:
    """Stops a simulator at the end of a block unless it ended by itself."""
    try:
        yield simulator
    finally:
        if simulator.process.poll() is None:
            simulator.stop()
