"""A register rebuilt from its acts is the same to the byte, and what was tampered with is seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from anjia.conf import rebuilding
from anjia.conf.installation import Installation
from anjia.kernel import acts, log
from anjia.kernel.errors import AnjiaError
from anjia.registers import rebuilding as replaying
from anjia.registers.bulk import fence
from tests.conftest import owner_url
from tests.installation import CLUSTER
from tests.registers.test_bulk import catalogue
from tests.registers.test_intake import Desk
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


@pytest.fixture(scope="module")
def template() -> Iterator[str]:
    """Gives the name of a database that is migrated and empty, to be copied."""
    name = f"empty_{os.getpid()}"
    with rebuilding.database(Installation(CLUSTER, owner_url(), owner_url()), CLUSTER.url(name)):
        yield name
    drop(name)


@pytest.fixture
def kept(template: str) -> Iterator[str]:
    """Gives the owner's URL of a database, migrated and empty, to rebuild into."""
    name = f"kept_{os.getpid()}"
    with psycopg.connect(owner_url(), autocommit=True) as connected:
        connected.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield CLUSTER.url(name)
    drop(name)


@contextmanager
def reading() -> Iterator[None]:
    """Reads the register as the owner of its tables, as the command does."""
    settings = dict(connection.settings_dict)
    connection.close()
    password = psycopg.conninfo.conninfo_to_dict(owner_url())["password"]
    connection.settings_dict.update(USER="anjia_owner", PASSWORD=password)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(settings)


@pytest.fixture
def replay(world: World, kept: str) -> Iterator[Rebuild]:
    """Replays the world into the empty database and gives the status with what was said."""
    with reading():
        yield partial(replayed, kept)


def replayed(url: str, **more: Any) -> Rebuilt:
    said: list[str] = []
    given = {"compare": True, "size": 3, "check_every": 0, "say": said.append} | more
    return rebuilding.replay(url, **given), "\n".join(said)


@pytest.fixture
def rebuild(world: World) -> Iterator[Rebuild]:
    """Rebuilds the world as the command does, in a database that is made for it."""
    here = Installation(CLUSTER, owner_url(), owner_url())

    def run(**more: Any) -> Rebuilt:
        said: list[str] = []
        given = {"into": None, "compare": True, "size": 3, "check_every": 0, "say": said.append} | more
        return rebuilding.rebuild(here, **given), "\n".join(said)

    with reading():
        yield run


def drop(name: str) -> None:
    with psycopg.connect(owner_url(), autocommit=True) as connected:
        connected.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def asked(url: str, sql: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connected:
        return connected.execute(sql).fetchall()


def owner(sql: str, *params: Any) -> None:
    with psycopg.connect(owner_url()) as connected:
        connected.execute("SET session_replication_role = replica")
        assert connected.execute(sql, params).rowcount >= 1


def databases() -> set[str]:
    with psycopg.connect(owner_url()) as connected:
        return {name for (name,) in connected.execute("SELECT datname FROM pg_database").fetchall()}


@pytest.mark.parametrize("size", [3, 1000])
def test_the_rebuilt_register_is_identical(rebuild: Rebuild, size: int) -> None:
    before = databases()
    status, said = rebuild(size=size, check_every=4)
    assert status == 0, said
    assert ": identical" in said
    assert "no violation" in said
    assert "NO" not in said.split()
    assert databases() == before


def test_a_changed_entry_is_seen(replay: Rebuild, world: World) -> None:
    owner("UPDATE registers_membership SET from_place = 'elsewhere' WHERE subject = %s", world["乙"])
    status, said = replay()
    assert status == 1
    assert "entry of membership" in said


def test_an_entry_without_an_act_is_seen(replay: Rebuild, world: World) -> None:
    owner(
        "INSERT INTO registers_residence (subject, valid_from, recorded_from, opened_by, place, division, station, "
        "ground) VALUES (%s, '1990-01-01', now(), 999999, 1, '', '', '')",
        world["丙"],
    )
    status, said = replay()
    assert status == 1
    assert "NOT identical" in said
    assert [line.split()[-1] for line in said.splitlines() if line.startswith("residence ")] == ["NO"]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("which", ["min", "max"])
def test_an_act_that_closes_what_was_not_open_is_seen(replay: Rebuild, which: str, size: int) -> None:
    """The before image of an act is the state that it was applied to (INV-13), in its batch or an earlier one."""
    owner(
        "UPDATE registers_condition SET opened_by = (SELECT max(id) FROM kernel_act), valid_from = '1900-01-01', "
        f"valid_to = '1900-02-01' WHERE id = (SELECT {which}(id) FROM registers_condition WHERE closed_by IS NOT NULL)"
    )
    status, said = replay(size=size)
    assert status == 1
    assert "it was closed but was not open and known" in said


def test_a_database_that_is_not_empty_is_refused(rebuild: Rebuild) -> None:
    with pytest.raises(AnjiaError, match="rebuild-occupied"):
        rebuild(into=owner_url())


def test_a_kept_register_can_be_worked_with_and_has_all_its_guards(replay: Rebuild, world: World, kept: str) -> None:
    with psycopg.connect(kept, autocommit=True) as there:
        before = catalogue(there)
        status, said = replay()
        assert status == 0, said
        assert catalogue(there) == before
        assert not fence.unfinished(there)
    assert asked(kept, "SELECT count(*) FROM kernel_subject") == [(len(world.keys) + 1,)]
    assert asked(kept, "SELECT nextval('kernel_act_number') - max(id) FROM kernel_act") == [(1,)]
    assert asked(kept, "SELECT nextval('registers_place_id_seq') - max(id) FROM registers_place") == [(1,)]
    with pytest.raises(AnjiaError, match="rebuild-occupied"):
        replay()


def test_what_a_constraint_refuses_stops_the_rebuilding(replay: Rebuild, world: World) -> None:
    """A membership that stands open for a dead person was never accepted by the register."""
    owner(
        "UPDATE registers_membership SET valid_to = NULL WHERE subject = %s AND recorded_to IS NULL", world["甲"]
    )
    said: list[str] = []
    with pytest.raises(AnjiaError) as caught:
        replay(say=said.append)
    assert "entry of membership" in "\n".join(said), "what was found before is not lost"
    assert caught.value.code == "rebuild-refused"
    assert "constraint" in caught.value.message.en
    assert caught.value.facts["constraint"] == "household_open_for_members"
    [(act,)] = asked(owner_url(), "SELECT max(opened_by) FROM registers_status")
    assert caught.value.facts["acts"] == str(act)


@pytest.mark.parametrize("size", [2, 1000])
@pytest.mark.parametrize(("table", "constraint", "first"), [
    ("registers_condition", "CHECK (employer NOT LIKE '厂_3%')",
     "SELECT min(opened_by) FROM registers_condition WHERE employer LIKE '厂_3%'"),
    ("kernel_act", "CHECK (id % 4 <> 2)", "SELECT min(id) FROM kernel_act WHERE id % 4 = 2"),
    ("registers_condition", "UNIQUE (subject, employer)",
     "SELECT min(b.opened_by) FROM registers_condition a JOIN registers_condition b "
     "ON b.subject = a.subject AND b.employer = a.employer AND b.id > a.id"),
    ("registers_condition", "EXCLUDE USING gist (subject WITH =, recorded WITH &&) WHERE (employer <> '')",
     "SELECT min(opened_by) FROM registers_condition WHERE employer LIKE '厂_1%'"),
    ("kernel_act", "UNIQUE (event)",
     "SELECT min(b.id) FROM kernel_act a JOIN kernel_act b ON b.event = a.event AND b.id > a.id"),
])  # fmt: skip
def test_what_a_constraint_refuses_is_named_with_its_act(
    replay: Rebuild, kept: str, size: int, table: str, constraint: str, first: str
) -> None:
    """Rows that are copied a batch at a time, and keys that come after all of them, still lead to one act."""
    with psycopg.connect(kept, autocommit=True) as there:
        there.execute(f"ALTER TABLE {table} ADD CONSTRAINT never_so {constraint}")
        before = catalogue(there)
        with pytest.raises(AnjiaError) as caught:
            replay(size=size)
        [(act,)] = asked(owner_url(), first)
        assert caught.value.code == "rebuild-refused"
        assert caught.value.facts["constraint"] == "never_so"
        assert caught.value.facts["acts"] == str(act)
        assert f"act {act} " in caught.value.message.en
        assert catalogue(there) == before
    assert asked(kept, "SELECT count(*) FROM kernel_act") == [(0,)]


def test_what_a_unique_index_refuses_is_named_with_its_act(replay: Rebuild, kept: str) -> None:
    with psycopg.connect(kept, autocommit=True) as there:
        there.execute("CREATE UNIQUE INDEX never_so ON registers_condition (subject) WHERE recorded_to IS NULL")
    with pytest.raises(AnjiaError) as caught:
        replay()
    [(act,)] = asked(
        owner_url(),
        "SELECT min(b.opened_by) FROM registers_condition a JOIN registers_condition b ON b.subject = a.subject "
        "AND b.id > a.id AND a.recorded_to IS NULL AND b.recorded_to IS NULL",
    )
    assert (caught.value.facts["constraint"], caught.value.facts["acts"]) == ("never_so", str(act))


def test_a_key_that_is_a_person_and_a_place_is_refused(replay: Rebuild, world: World) -> None:
    owner("UPDATE registers_place SET subject = %s WHERE subject = %s", world["甲"], world["新居"])
    with pytest.raises(AnjiaError) as caught:
        replay()
    [(act,)] = asked(owner_url(), "SELECT max(opened_by) FROM registers_status")
    assert (caught.value.facts["constraint"], caught.value.facts["acts"]) == ("kernel_subject_pkey", str(act))


def test_a_rebuilding_that_was_refused_leaves_the_database_empty_for_the_next(replay: Rebuild, kept: str) -> None:
    with psycopg.connect(kept, autocommit=True) as there:
        there.execute("ALTER TABLE kernel_act ADD CONSTRAINT never_so CHECK (event <> 'NOTE')")
        with pytest.raises(AnjiaError, match="rebuild-refused"):
            replay(size=1)
        there.execute("ALTER TABLE kernel_act DROP CONSTRAINT never_so")
    status, said = replay(size=1)
    assert status == 0, said


def test_a_batch_ends_between_two_acts_and_never_inside_one(replay: Rebuild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "ENTRIES", 2)
    with log.one_snapshot():
        done = list(replaying.authentic([]))
        cut = list(replaying.batches(iter(done), 1000))
    assert [one.id for run in cut for one in run] == [one.id for one in done]
    assert max(len(one.opened) for one in done) > replaying.ENTRIES
    assert all(sum(len(one.opened) + len(one.closed) for one in run[:-1]) < replaying.ENTRIES for run in cut)
    status, said = replay(size=1000)
    assert status == 0, said


def test_few_batches_are_held_at_once(replay: Rebuild, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many acts there are, no more than one batch waits while the next is read."""
    held: list[int] = []
    apply = replaying.Replay.apply

    def watched(self: Any, batch: Any) -> Any:
        yield from apply(self, batch)
        held.append(len(self._waiting))

    monkeypatch.setattr(replaying.Replay, "apply", watched)
    assert replay(size=1)[0] == 0
    assert len(held) >= 10
    assert max(held) <= replaying.AHEAD


def test_what_an_import_wrote_in_several_acts_is_rebuilt(transactional_db: None, kept: str, tmp_path: Path) -> None:
    """Memberships of one act meet their households in another: what holds when all is in may not stop it halfway."""
    Desk(tmp_path).take()
    with reading():
        status, said = replayed(kept, size=1)
    assert status == 0, said
    assert asked(owner_url(), "SELECT count(*) > 3 FROM kernel_act") == [(True,)]
