"""The city's interfaces against a department simulator that runs as a process of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from anjia.exchange.breaker import Breaker
from anjia.exchange.query import Line, QueryLog, Subject
from anjia.exchange.transport import open_client
from anjia.kernel.specs.interface import InterfaceSpec
from simulators.departments.process import Running, running
from simulators.departments.samples import TENANT

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "zibo" / "interfaces"


@pytest.fixture(scope="session")
def interfaces() -> dict[str, InterfaceSpec]:
    """Every interface of the city by id."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))]
    specs = [msgspec.convert(tomllib.loads(text), InterfaceSpec) for text in texts]
    return {spec.id: spec for spec in specs}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("departments"), "--seed", "7", "--samples") as departments:
        yield departments


@pytest.fixture
def departments(shared: Running) -> Running:
    shared.control("reset")
    return shared


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with open_client(connections=4) as opened:
        yield opened


@pytest.fixture
def log() -> list[QueryLog]:
    return []


@pytest.fixture
def make_line(departments: Running, client: httpx.Client, log: list[QueryLog]) -> Callable[..., Line]:
    """Makes a line to the simulator; keywords replace its parts."""

    def make(**parts: Any) -> Line:
        chosen: dict[str, Any] = {
            "base_url": departments.base_url,
            "token": departments.credentials.token,
            "secret": departments.credentials.secret,
            "client": client,
            "now": lambda: datetime.now(UTC),
            "log": log.append,
            "breaker": Breaker(),
        }
        return Line(**(chosen | parts))

    return make


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    return make_line()


@pytest.fixture
def tenant() -> Subject:
    return Subject(TENANT, "田租客")
