"""A synthetic town of the first city, made once, and loaded once into a test's database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import pytest

from anjia.registers import divisions
from anjia.synthesis import cityfiles, making, settling
from anjia.synthesis.cityfiles import CityFiles
from anjia.synthesis.making import Made

CITY = Path(__file__).resolve().parents[2] / "cities" / "zibo"
ON = date(2025, 6, 30)
SEED = 7


@dataclass(frozen=True)
class Installed:
    """A loaded town: the owner's connection and the state folder with its files."""

    owner: psycopg.Connection
    state: Path


@pytest.fixture(scope="session")
def city() -> CityFiles:
    """The files of the first city."""
    return cityfiles.read(CITY)


@pytest.fixture(scope="session")
def town(city: CityFiles) -> Made:
    """A town of 5,000 residents, not loaded."""
    return making.make(city, 5000, SEED, ON)


@pytest.fixture
def installed(transactional_db: None, tmp_path: Path) -> Iterator[Installed]:
    """The town of 5,000 residents in the database."""
    from tests.conftest import owner_url

    divisions.load(CITY)
    url = owner_url()
    settling.synthesize(url, CITY, tmp_path, size=5000, seed=SEED, on=ON, say=lambda text: None)
    with psycopg.connect(url, autocommit=True) as owner:
        yield Installed(owner, tmp_path)
