"""A town with enough old and young people that their counts may be shown, and its snapshot."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from anjia.kernel.models import Actor
from anjia.rules import building
from anjia.rules.snapshot import Snapshot
from tests.casework.conftest import actor, catalogue  # noqa: F401
from tests.registers import world
from tests.registers.world import EAST, WEST, Person, World


@pytest.fixture
def people(catalogue: Any) -> World:  # noqa: F811
    """In the east 24 of 82 and 12 of 90, in the west 15 of 82 and 20 of 40; each in a home of one's own."""
    year, born = timezone.localdate().year, "-01-01"
    groups = [("e", EAST, 82, 24), ("f", EAST, 90, 12), ("w", WEST, 82, 15), ("x", WEST, 40, 20)]
    homes = {f"{tag}{n}": ("J1", place) for tag, place, _, count in groups for n in range(count)}
    persons = [
        Person(f"人{tag}{n}", "12"[n % 2], f"{year - age}{born}", home=f"{tag}{n}")
        for tag, _, age, count in groups for n in range(count)
    ]  # fmt: skip
    return world.make(persons, homes=homes)


@pytest.fixture
def snapshot(people: World, catalogue: Any, settings: Any, tmp_path: Path) -> Snapshot:  # noqa: F811
    """Everybody today."""
    settings.ANJIA_STATE = tmp_path
    return building.build(catalogue, tmp_path, timezone.localdate(), timezone.now())


@pytest.fixture
def designer(catalogue: Any) -> Actor:  # noqa: F811
    return actor("designer", "staff", "designer")


@pytest.fixture
def publisher(catalogue: Any) -> Actor:  # noqa: F811
    return actor("publisher", "staff", "publisher", areas=["990101"])


SINCE = date(2020, 1, 1)
