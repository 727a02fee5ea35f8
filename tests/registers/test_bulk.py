"""Loading at once: the same leaves as one act at a time, and a fence that leaves everything as it was."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.registers import REGISTERS
from anjia.registers.bulk import columns, copying, fence, invariants, leaves
from anjia.registers.bulk.columns import NEVER, OPEN, Entries
from anjia.registers.bulk.leaves import Acts

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
AT = 1_700_000_000_000_000
KEY = "11111111-1111-4111-8111-111111111111"
DEFINITION = "d" * 64


def entries(names: list[str], opened: list[int], closed: list[int]) -> Entries:
    """Gives entries of particulars with these names."""
    count = len(names)
    whole = np.arange(count)
    fixed = dict.fromkeys(("first_county", "birth_place", "native_place", "former_name"), "")
    fixed |= {"sex": "1", "ethnicity": "01"}
    return Entries(
        "particulars", whole + 10, whole + 1, whole + 3000, np.where(whole % 2 == 0, NEVER, whole + 4000),
        np.array(opened), np.array(closed),
        {"name": columns.objects(names), "birth_on": whole + 3000,
         **{name: columns.objects([value] * count) for name, value in fixed.items()}},
    )  # fmt: skip


def acts(count: int, reason: str = "test", micros: int = 0) -> Acts:
    """Gives acts at consecutive seconds."""
    at = AT + np.arange(count) * 1_000_000 + micros
    return Acts(np.arange(count) + 5, [KEY] * count, ["IMPORT"] * count, [""] * count, np.full(count, 19_000), at,
                [reason] * count, [log.evidence_text({"b": 1, "a": "合成"})], DEFINITION, 7)  # fmt: skip


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS, st.sampled_from([0, 123, 120_000]))
def test_a_block_s_leaves_are_those_of_one_act_at_a_time(names: list[str], reason: str, micros: int) -> None:
    count = len(names)
    table = entries(names, [0] * count, [1] + [OPEN] * (count - 1))
    done = acts(2, reason, micros)
    found = leaves.write(done, [table])[0].text.decode().split("\n")
    opened = [
        ("particulars", int(table.subject[n]), _day(table.valid_from[n]), _day(table.valid_to[n]),
         {name: _plain(name, column[n]) for name, column in table.columns.items()}) for n in range(count)
    ]  # fmt: skip
    for number, (closes, opens) in enumerate((([], opened), ([("particulars", 10)], []))):
        act = {
            "id": 5 + number, "key": KEY, "event": "IMPORT", "definition": DEFINITION, "actor_id": 7, "grant_id": None,
            "on_behalf_of": None, "case_number": "", "station": "", "effective_on": _day(19_000),
            "at": datetime.fromtimestamp((AT + number * 1_000_000) // 1_000_000, UTC).replace(microsecond=micros),
            "reason": reason, "evidence": {"a": "合成", "b": 1},
        }  # fmt: skip
        wanted = log.leaf(act, closes, opens)
        assert f"\\\\x{wanted.hex()}" in found[number]


def _day(value: Any) -> str | None:
    return None if value == NEVER else str(np.datetime64(int(value), "D"))


def _plain(name: str, value: Any) -> Any:
    return _day(value) if name == "birth_on" else value


def catalogue(owner: psycopg.Connection[Any]) -> list[Any]:
    """Gives keys, constraints, indexes, triggers and privileges of all fenced tables."""
    found: list[Any] = []
    for table in (*(f"registers_{name}" for name in REGISTERS), *fence.KERNEL):
        found.append(table)
        for query in (fence.KEYS, fence.INDEXES):
            found.append(sorted((name, _bare(text)) for name, text in owner.execute(query, [table]).fetchall()))
        found.append(owner.execute(fence.GRANTS, [table]).fetchall())
        found.append(owner.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY 1",
            [table],
        ).fetchall())  # fmt: skip
        found.append(owner.execute(
            "SELECT conname, convalidated FROM pg_constraint WHERE conrelid = %s::regclass ORDER BY 1", [table]
        ).fetchall())  # fmt: skip
    return found


def _bare(definition: str) -> str:
    """Gives a definition without casts and brackets, which PostgreSQL writes anew each time it reads one."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", definition)


@pytest.fixture
def owner(transactional_db: None) -> Any:
    """The tables' owner, in autocommit."""
    from tests.conftest import owner_url

    with psycopg.connect(owner_url(), autocommit=True) as connection:
        yield connection


def test_a_fence_put_up_and_taken_down_leaves_everything_as_it_was(owner: psycopg.Connection[Any]) -> None:
    from tests.conftest import owner_url

    before = catalogue(owner)
    with fence.alone(owner):
        fence.put_up(owner, "test")
        assert catalogue(owner) != before
        copying.put_back(owner_url(), lambda text: None)
        with owner.transaction():
            invariants.check(owner)
            fence.take_down(owner, {})
    assert catalogue(owner) == before
    assert not fence.unfinished(owner)


def test_what_a_killed_loading_left_is_read_by_nobody_and_undone_by_the_next(owner: psycopg.Connection[Any]) -> None:
    from django.db import DatabaseError, connection

    from tests.conftest import owner_url

    before = catalogue(owner)
    with fence.alone(owner):
        fence.put_up(owner, "test")
        with copying.session(owner_url()) as bringing:
            copying.copy(bringing, leaves.write(acts(1), [entries(["甲", "乙"], [0, 0], [OPEN, OPEN])]))
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute("SELECT count(*) FROM registers_particulars")
    assert fence.unfinished(owner)
    with fence.alone(owner):
        pass
    assert catalogue(owner) == before
    for table in ("kernel_act", "registers_particulars", "registers_load"):
        assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_two_loadings_at_once_are_refused(owner: psycopg.Connection[Any]) -> None:
    from tests.conftest import owner_url

    with (
        fence.alone(owner), psycopg.connect(owner_url(), autocommit=True) as other,
        pytest.raises(AnjiaError, match="load-running"), fence.alone(other),
    ):  # fmt: skip
        pass


def test_rows_that_a_constraint_forbids_are_found_when_it_is_put_back(owner: psycopg.Connection[Any]) -> None:
    from tests.conftest import owner_url

    table = entries(["甲", "乙"], [0, 0], [OPEN, OPEN])
    twice = Entries(
        table.register, table.ids, np.array([1, 1]), np.array([3000, 3000]), np.array([NEVER, NEVER]), table.opened,
        table.closed, table.columns,
    )  # fmt: skip
    with fence.alone(owner):
        fence.put_up(owner, "test")
        with copying.session(owner_url()) as bringing:
            copying.copy(bringing, leaves.write(acts(1), [twice]))
        with pytest.raises(psycopg.errors.ExclusionViolation, match="particulars_once"):
            copying.put_back(owner_url(), lambda text: None)
        assert fence.mend(owner)


def test_every_deferred_trigger_of_the_registers_has_its_check_or_stays(owner: psycopg.Connection[Any]) -> None:
    """A trigger that another part adds later stays in force; those that give way must be known by name."""
    there = {name for (name,) in owner.execute("SELECT tgname FROM pg_trigger WHERE tgdeferrable AND NOT tgisinternal")}
    assert set(invariants.TRIGGERS) <= there


PERMIT = (
    "INSERT INTO registers_permit (subject, valid_from, valid_to, recorded_from, opened_by, serial, state, ground, "
    "issued_on, made_on, years_from, due_on, endorsements, place, division, station, close_ground) VALUES "
    "(7, %s, %s, now(), 1, 'S1', 'valid', 'job', %s, '2020-01-01', '2024-01-01', '2026-01-01', 0, 1, '', '', '')"
)
CARD = (
    "INSERT INTO registers_card (subject, valid_from, valid_to, recorded_from, opened_by, number, kind, state, "
    "purpose, accepted_on, serial, signed_on, portrait, batch, division, station, note) VALUES "
    "(7, %s, %s, now(), 1, 'N1', 'card', %s, 'first', '2020-01-01', 'x', '2020-01-01', '', '', '', '', '')"
)


@pytest.mark.parametrize(("name", "insert", "told", "sound"), [
    ("permit_issue_day_stays", PERMIT, "2020-01-02", "2020-01-01"), ("card_never_revives", CARD, "valid", "lost"),
])  # fmt: skip
def test_what_a_trigger_refuses_in_one_row_is_found_in_the_whole(
    owner: psycopg.Connection[Any], name: str, insert: str, told: str, sound: str
) -> None:
    """The day of issue of a permit never moves; a card that is lost does not come back to life."""
    owner.execute(insert, ["2020-01-01", "2021-01-01", sound])
    table = insert.split()[2]
    for second, found in ((sound, []), (told, [(7,)])):
        with owner.transaction(force_rollback=True):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table.removeprefix('registers_')}_holder")
            owner.execute(insert, ["2021-01-01", None, second])
            assert owner.execute(invariants.CHECKS[name]).fetchall() == found
            with pytest.raises(psycopg.errors.CheckViolation) if found else nullcontext() as refused:
                owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert refused is None or refused.value.diag.constraint_name == name
def test_no_trigger_is_left_on_what_people_hold(owner: psycopg.Connection[Any]) -> None:
    """One that looks at its own table row by row, when there is no index yet, takes the square of the rows."""
    left = owner.execute(
        "SELECT tgname FROM pg_trigger WHERE tgdeferrable AND NOT tgisinternal AND tgname <> ALL(%s) "
        "AND tgrelid IN ('registers_stay'::regclass, 'registers_permit'::regclass, 'registers_card'::regclass)",
        [list(invariants.TRIGGERS)],
    ).fetchall()  # fmt: skip
    assert left == []


def test_a_random_key_is_a_uuid_of_version_4() -> None:
    import uuid

    drawn = bytes(range(64))
    wanted = [str(uuid.UUID(bytes=drawn[at : at + 16], version=4)) for at in range(0, 64, 16)]
    assert columns.uuids(drawn) == wanted
