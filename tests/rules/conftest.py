"""The city's definitions, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.definitions.loading import load

CITY = Path(__file__).parents[2] / "cities" / "zibo"


@pytest.fixture(scope="session")
def city() -> Catalogue:
    """The catalogue of the first city, which has no fault."""
    loaded = load(CITY)
    assert loaded.faults == []
    return loaded.catalogue
