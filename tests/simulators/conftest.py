"""A department simulator over the sample records, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.departments.process import Running, running
from simulators.departments.samples import write_samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_samples(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("departments"), "--seed", "7", "--samples") as departments:
        yield departments


@pytest.fixture
def departments(shared: Running) -> Running:
    shared.control("reset")
    return shared
