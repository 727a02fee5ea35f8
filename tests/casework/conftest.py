"""A tiny made-up town with its own definitions, people, officers and departments."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anjia.exchange import source
from anjia.kernel.definitions import publishing
from anjia.kernel.models import Actor, Grant
from simulators.departments.process import Running, running
from tests.casework import people as made
from tests.cities import connected, published

FOLDER = Path(__file__).parent / "town"
EAST, WEST = "990101001001", "990102001001"
"""Two communities in two districts."""


@dataclass(frozen=True)
class Town:
    """The people and places of the town; numbers are synthetic."""

    tenant: int
    child: int
    lessor: int
    dwelling: str
    tenant_no: str
    lessor_no: str
    collective: int


@dataclass(frozen=True)
class Staff:
    """Actors who sign in."""

    town: Town
    tenant: Actor
    lessor: Actor
    assistant: Actor
    officer: Actor
    chief: Actor
    stranger: Actor
    everywhere: Actor
    everyone: Actor


@pytest.fixture
def catalogue(db: None) -> Any:
    """The town's definitions, published by two persons."""
    published(FOLDER)
    return publishing.in_force()


@pytest.fixture
def town(catalogue: Any) -> Town:
    """A tenant with a child in the east; a lessor, a dwelling and a collective household in the west."""
    return Town(**made.build(EAST, WEST))


@pytest.fixture
def staff(town: Town) -> Staff:
    """A resident, the owner, and officers of the west, where the dwelling lies."""
    return Staff(
        town=town,
        tenant=actor("tenant", "resident", "resident", person=town.tenant),
        lessor=actor("lessor", "resident", "resident", person=town.lessor),
        assistant=actor("assistant", "staff", "assistant", areas=["990102001"], station="990102001000"),
        officer=actor("officer", "staff", "officer", areas=["990102001"], station="990102001000"),
        chief=actor("chief", "staff", "chief", areas=["990102"], station="990102001000"),
        stranger=actor("stranger", "staff", "officer", areas=["990101"], station="990101001000"),
        everywhere=actor("everywhere", "staff", "officer", areas=["9901"], station="990102001000"),
        everyone=actor("everyone", "staff", "chief", areas=["9901"], station="990102001000"),
    )


def actor(
    username: str,
    kind: str,
    role: str,
    *,
    person: int | None = None,
    areas: list[str] | None = None,
    station: str = "",
) -> Actor:
    """Makes an actor with one role."""
    one = Actor.objects.create_actor(username, None, kind=kind, person=person, name_zh=username, station=station)
    Grant.objects.create(actor=one, role=role, divisions=areas or [], valid_from=date(2020, 1, 1), given_by="test")
    return one


@pytest.fixture(scope="session")
def departments_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("departments")


@pytest.fixture(scope="session")
def shared_departments(departments_folder: Path) -> Iterator[Running]:
    with running(departments_folder, "--seed", "7") as departments:
        yield departments


@pytest.fixture
def departments(shared_departments: Running, departments_folder: Path, town: Town, settings: Any) -> Iterator[Running]:
    """The departments' simulator as a process, knowing the tenant's lease and the lessor's title."""
    one = shared_departments
    connected(one, departments_folder, settings)
    file_lease(one, town)
    one.control("add", kind="title", record=title(town))
    yield one
    source.line().client.close()
    source.line.cache_clear()


def file_lease(departments: Running, town: Town, **changed: Any) -> None:
    """Files the tenant's lease, or another version of it."""
    record = {
        "contract_no": "L-1", "tenant_no": town.tenant_no, "tenant_name": "田租客",
        "lessor_no": town.lessor_no,
        "lessor_name": "方东", "place_code": town.dwelling, "address": "石桥路1号", "start_on": "2020-01-01",
        "end_on": "2099-01-01", "filed_on": "2020-01-05", "area_m2": 80, "rent_fen": 100_000,
    }  # fmt: skip
    departments.control("add", kind="lease", record=record | changed)


def title(town: Town) -> dict[str, Any]:
    """The lessor's title of the dwelling."""
    return {
        "title_no": "T-1", "holders": [{"no": town.lessor_no, "name": "方东", "share": 1.0}], "usage": "住宅",
        "land_right": "出让", "address": "石桥路1号", "place_code": town.dwelling,
        "registered_on": "2010-05-05", "seized": False, "mortgaged": False,
    }  # fmt: skip


@pytest.fixture
def key() -> Callable[[], uuid.UUID]:
    """Gives fresh keys of submissions."""
    return uuid.uuid4


# Last, because it builds on what stands above.
from tests.casework.disputes import dispute  # noqa: E402, F401
