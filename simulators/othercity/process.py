"""Starting the other city as a process of its own, for tests and launchers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from simulators.departments.process import Running, launch, stopping


@dataclass(frozen=True, slots=True)
class City(Running):
    """A simulated city that serves."""

    DESK: ClassVar[str] = "/control"
    PATIENCE: ClassVar[int] = 30

    @property
    def url(self) -> str:
        """Gives the address to which letters go."""
        return f"{self.base_url}/moves/"


@contextmanager
def running(data: Path, *options: str) -> Iterator[City]:
    """Runs the city for the length of a block; see `launch`."""
    data.mkdir(parents=True, exist_ok=True)
    with stopping(launch(City, "simulators.othercity", data, *options)) as city:
        yield city
