"""A register rebuilt from its acts is the same to the byte, and what was tampered with is seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from anjia.conf import rebuilding
from anjia.conf.installation import Installation
from anjia.kernel import acts
from anjia.kernel.errors import AnjiaError
from tests.conftest import owner_url
from tests.installation import CLUSTER
from tests.registers.world import DAY, EAST, WEST, Person, World, do, draft, make

Rebuilt = tuple[int, str]
Rebuild = Callable[..., Rebuilt]


@pytest.fixture
def world(transactional_db: None) -> World:
    """A world with some history: moved, renamed, corrected, dead, and what was opened and closed in a row."""
    made = make(
        [
            Person("甲", "1", "1960-01-01", "户", phone="13800000000"),
            Person("乙", "2", "1982-01-01", "户", "97"),
            Person("丙", "1", "1985-01-01", "户", "97"),
        ],
        homes={"户": ("J1", EAST), "集体": ("T4", WEST)},
        dwellings={"新居": WEST},
    )
    do("join-collective", person=made["丙"], division=WEST)
    for turn in range(5):
        do("change", DAY + timedelta(days=turn), register="condition", subject=made["乙"],
           values={"employer": f"厂\\{turn}\t\"龢\""})  # fmt: skip
    do("settle-at-address", person=made["乙"], place=made.code("新居"))
    do("record-death", person=made["甲"])
    acts.commit(draft("NOTE", evidence={"text": "a\\b\n\t龢", "n": [1, 2.50, None]}))
    return made


@pytest.fixture
def rebuild(world: World) -> Iterator[Rebuild]:
    """Rebuilds the test database as the command does and gives the status with what was said."""
    here = Installation(CLUSTER, owner_url(), owner_url())
    settings = dict(connection.settings_dict)

    def run(**more: Any) -> Rebuilt:
        said: list[str] = []
        given = {"into": None, "compare": True, "size": 3, "check_every": 0, "say": said.append} | more
        status = rebuilding.rebuild(here, **given)
        return status, "\n".join(said)

    connection.close()
    password = psycopg.conninfo.conninfo_to_dict(owner_url())["password"]
    connection.settings_dict.update(USER="anjia_owner", PASSWORD=password)
    yield run
    connection.close()
    connection.settings_dict.update(settings)


def owner(sql: str, *params: Any) -> None:
    with psycopg.connect(owner_url()) as connected:
        connected.execute("SET session_replication_role = replica")
        assert connected.execute(sql, params).rowcount >= 1


def databases() -> set[str]:
    with psycopg.connect(owner_url()) as connected:
        return {name for (name,) in connected.execute("SELECT datname FROM pg_database").fetchall()}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_rebuilt_register_is_identical(rebuild: Rebuild, size: int) -> None:
    before = databases()
    status, said = rebuild(size=size, check_every=4)
    assert status == 0, said
    assert ": identical" in said
    assert "no violation" in said
    assert "NO" not in said.split()
    assert databases() == before


def test_a_changed_entry_is_seen(rebuild: Rebuild, world: World) -> None:
    owner("UPDATE registers_membership SET from_place = 'elsewhere' WHERE subject = %s", world["乙"])
    status, said = rebuild()
    assert status == 1
    assert "entry of membership" in said


def test_an_entry_without_an_act_is_seen(rebuild: Rebuild, world: World) -> None:
    owner(
        "INSERT INTO registers_residence (subject, valid_from, recorded_from, opened_by, place, division, station, "
        "ground) VALUES (%s, '1990-01-01', now(), 999999, 1, '', '', '')",
        world["丙"],
    )
    status, said = rebuild()
    assert status == 1
    assert "NOT identical" in said
    assert [line.split()[-1] for line in said.splitlines() if line.startswith("residence ")] == ["NO"]


def test_an_act_that_closes_what_was_not_open_is_seen(rebuild: Rebuild, world: World) -> None:
    """The before image of an act is the state that it was applied to (INV-13)."""
    owner(
        "UPDATE registers_condition SET opened_by = (SELECT max(id) FROM kernel_act), valid_from = '1900-01-01', "
        "valid_to = '1900-02-01' WHERE id = (SELECT min(id) FROM registers_condition WHERE closed_by IS NOT NULL)"
    )
    status, said = rebuild(size=1)
    assert status == 1
    assert "it was closed but was not open and known" in said


def test_a_database_that_is_not_empty_is_refused(rebuild: Rebuild) -> None:
    with pytest.raises(AnjiaError, match="rebuild-occupied"):
        rebuild(into=owner_url())


def test_a_kept_register_can_be_worked_with(rebuild: Rebuild, world: World) -> None:
    name = f"kept_{os.getpid()}"
    url = CLUSTER.url(name)
    try:
        status, said = rebuild(into=url)
        assert status == 0, said
        with psycopg.connect(url) as kept:
            subjects = kept.execute("SELECT count(*) FROM kernel_subject").fetchone()
            act = kept.execute("SELECT nextval('kernel_act_number') - max(id) FROM kernel_act").fetchone()
        assert subjects == (len(world.keys) + 1,)
        assert act == (1,)
    finally:
        with psycopg.connect(owner_url(), autocommit=True) as connected:
            connected.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_what_a_constraint_refuses_stops_the_rebuilding(rebuild: Rebuild, world: World) -> None:
    """A membership that stands open for a dead person was never accepted by the register."""
    owner(
        "UPDATE registers_membership SET valid_to = NULL WHERE subject = %s AND recorded_to IS NULL", world["甲"]
    )
    with pytest.raises(AnjiaError) as caught:
        rebuild()
    assert caught.value.code == "rebuild-refused"
    assert "constraint" in caught.value.message.en
