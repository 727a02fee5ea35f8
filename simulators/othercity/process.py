"""Starting the other city as a process of its own, for tests and launchers."""

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
class City:
    """A simulated city that serves."""

    port: int
    credentials: Credentials
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Gives the address to which letters go."""
        return f"http://127.0.0.1:{self.port}/moves/"

    def control(self, action: str, **order: Any) -> dict[str, Any]:
        """Gives an order to the control desk.

        Raises:
            ValueError: with the desk's answer when it refuses.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        head = {"Authorization": f"Bearer {self.credentials.control_token}"}
        try:
            connection.request("POST", "/control", json.dumps({"action": action, **order}), head)
            response = connection.getresponse()
            content: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(str(content))
        return content


@contextmanager
def running(data: Path, *options: str) -> Iterator[City]:
    """Runs the city for the length of a block.

    Raises:
        RuntimeError: with what it wrote when it ended instead of serving.
    """
    data.mkdir(parents=True, exist_ok=True)
    port_file = data / "port"
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.othercity", "--data", str(data), "--port-file", str(port_file), *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    written = ""
    for line in process.stdout:
        written += line
        if "answering on" in line:
            break
    else:
        process.wait()
        raise RuntimeError(f"the city ended with status {process.returncode}: {written}")
    try:
        yield City(int(port_file.read_text()), open_credentials(data / "credentials.json"), process)
    finally:
        process.terminate()
        process.communicate(timeout=10)
