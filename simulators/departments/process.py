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
from typing import Any

from simulators.departments.signing import Credentials, open_credentials

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that serves: where, with which credentials, and its process."""

    port: int
    credentials: Credentials
    process: subprocess.Popen[str]

    @property
    def base_url(self) -> str:
        """Gives the address without path."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, action: str, **order: Any) -> dict[str, Any]:
        """Gives an order to the control desk (`fault`, `reset`, `add`, `queries`).

        Raises:
            ValueError: with the desk's answer when it refuses.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                "POST",
                "/v1/_control",
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


def start(data: Path, *options: str) -> Running:
    """Starts the simulator on a free port and gives it once it serves.

    Raises:
        RuntimeError: with what it wrote when it ended instead of serving.
    """
    port_file = data / "port"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "simulators.departments",
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
            return Running(int(port_file.read_text()), open_credentials(data / "credentials.json"), process)
    process.wait()
    raise RuntimeError(f"the simulator ended with status {process.returncode}: {written}")


@contextmanager
def running(data: Path, *options: str) -> Iterator[Running]:
    """Runs the simulator for the length of a block."""
    departments = start(data, *options)
    try:
        yield departments
    finally:
        if departments.process.poll() is None:
            departments.stop()
