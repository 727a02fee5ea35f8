"""A city whose definitions are in force, and whose departments are those of a simulator."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from anjia.exchange import source
from anjia.kernel.definitions import loading, publishing
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.registers import divisions
from simulators.departments.process import Running


@cache
def loaded(folder: Path) -> Catalogue:
    """The definitions of a city, which must be sound; no test changes the files of one."""
    found = loading.load(folder)
    assert found.faults == []
    return found.catalogue


def published(folder: Path) -> None:
    """Publishes all definitions of a city and loads its divisions."""
    publishing.publish(loaded(folder), drafted_by="author", published_by="publisher")
    divisions.load(folder)


def connected(departments: Running, folder: Path, settings: Any) -> None:
    """Empties a simulator of departments and has the city ask it.

    Args:
        folder: where the simulator keeps its credentials.
    """
    departments.control("reset")
    settings.ANJIA_DEPARTMENTS_URL = departments.base_url
    settings.ANJIA_DEPARTMENTS_CREDENTIALS = folder / "credentials.json"
    source.line.cache_clear()
