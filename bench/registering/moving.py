"""A move of a person from one public collective household to another, by the operation and by hand.

Both write the same rows: 1 act, the registration and the residence closed, their shortened copies and the
new ones opened, the person queued for search. Everybody moves to and fro, a day later each time.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from bench.registering.ground import Mover

EVIDENCE = {"item": "move", "clauses": ["S-02", "H-14"], "verdict": "yes", "note": "synthetic" * 20}
HERE = """
SELECT household, valid_from FROM registers_membership WHERE subject = %s AND recorded_to IS NULL AND valid_to IS NULL
"""
LOCK = "SELECT id FROM kernel_subject WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
MOMENT = (
    "SELECT clock_timestamp(), nextval('kernel_act_number'), (SELECT root FROM kernel_batch ORDER BY id DESC LIMIT 1)"
)
MEMBER = """
SELECT id, valid_from, household, relation, ground, from_place, division FROM registers_membership
 WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL
"""
LIVES = """
SELECT id, valid_from, place, division, station, ground FROM registers_residence
 WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL
"""
TARGET = """
SELECT h.kind, h.division, l.state FROM registers_household h, registers_place l
 WHERE h.subject = %s::bigint AND h.recorded_to IS NULL AND h.valid_to IS NULL
   AND l.subject = %s::bigint AND l.recorded_to IS NULL AND l.valid_to IS NULL
"""
ACT = """
INSERT INTO kernel_act (id, key, event, definition, actor_id, grant_id, case_number, station, effective_on, at, reason,
    evidence, leaf, prior_root, parts)
VALUES (%s, %s, 'MOVE_INTRA', %s, NULL, NULL, '', '', %s, %s, 'move', %s, %s, %s, %s)
"""
CLOSE = "UPDATE registers_{} SET recorded_to = %s, closed_by = %s WHERE id = %s::bigint AND recorded_to IS NULL"
STEMS = "subject, valid_from, valid_to, recorded_from, opened_by"
MEMBERSHIPS = (
    f"INSERT INTO registers_membership ({STEMS}, household, relation, ground, from_place, division, close_ground) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s), (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
RESIDENCES = (
    f"INSERT INTO registers_residence ({STEMS}, place, division, station, ground) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s), (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
QUEUE = "INSERT INTO registers_changed (subject) VALUES (%s::bigint)"


class Travels:
    """Where each person is and when they may move next, read once and kept by the client that owns them."""

    def __init__(self, movers: list[Mover]) -> None:
        from django.db import connection

        self.movers, self.turn = movers, 0
        self.where: dict[int, tuple[int, date]] = {}
        with connection.cursor() as cursor:
            for mover in movers:
                cursor.execute(HERE, [mover.person])
                home, since = cursor.fetchone()
                self.where[mover.person] = (mover.homes.index(home), since)

    def next(self) -> tuple[Mover, int, date]:
        """Gives who moves, to which of their two sides, and on which day."""
        mover = self.movers[self.turn % len(self.movers)]
        self.turn += 1
        side, since = self.where[mover.person]
        return mover, 1 - side, since + timedelta(days=1)

    def moved(self, mover: Mover, side: int, on: date) -> None:
        """Takes note of a move that was done."""
        self.where[mover.person] = (side, on)


def house(travels: Travels) -> Callable[[], None]:
    """Gives the move as the house does it: prepared, planned, committed."""
    from anjia.kernel import acts
    from anjia.registers import operations, place

    def move() -> None:
        mover, side, on = travels.next()
        division = mover.divisions[side]
        ready = operations.prepare(
            "join-collective",
            {"person": mover.person, "household": mover.homes[side], "ground": "4",
             "place": place.code_of(division, mover.places[side])},
            on=on,
        )  # fmt: skip
        acts.commit(
            acts.Draft(
                key=uuid.uuid4(), event="MOVE_INTRA", definition="0" * 64, actor=None, subjects=ready.subjects,
                effective_on=on, reason="move", evidence=EVIDENCE, decide=ready.decide, reads=ready.reads,
                new_subjects=ready.new_subjects,
            )
        )  # fmt: skip
        travels.moved(mover, side, on)

    return move


def hand(travels: Travels) -> Callable[[], None]:
    """Gives the move by hand: one connection, prepared statements, one pipeline."""
    from django.db import connection

    connection.ensure_connection()
    pg = connection.connection

    def move() -> None:
        mover, side, on = travels.next()
        _move(pg, mover, side, on)
        travels.moved(mover, side, on)

    return move


def _move(pg: psycopg.Connection[Any], mover: Mover, side: int, on: date) -> None:
    division, home, spot = mover.divisions[side], mover.homes[side], mover.places[side]
    with pg.transaction(), pg.pipeline() as pipeline:
        _send(pg, LOCK, [[mover.person, *mover.homes, spot]])
        now, member = _send(pg, MOMENT, []), _send(pg, MEMBER, [mover.person])
        lives, target = _send(pg, LIVES, [mover.person]), _send(pg, TARGET, [home, spot])
        pipeline.sync()
        at, act, root = now.fetchone()
        [old], [room] = member.fetchall(), lives.fetchall()
        if target.fetchone() != ("T4", division, "in_use"):
            raise RuntimeError("no such household")
        sent = _write(pg, mover, division, home, spot, on, at, act, root or b"", old, room)
    if any(cursor.rowcount != count for cursor, count in sent):
        raise RuntimeError("a row had moved on")


def _write(
    pg: Any, mover: Mover, division: str, home: int, spot: int, on: date, at: Any, act: int, root: bytes, old: Any,
    room: Any,
) -> list[tuple[Any, int]]:  # fmt: skip
    evidence = json.dumps(EVIDENCE, sort_keys=True)
    leaf = hashlib.sha256(f"{act}{at}{evidence}{old}{room}{home}".encode()).digest()
    key, who = uuid.uuid4(), mover.person
    return [
        (_send(pg, ACT, [act, key, "0" * 64, on, at, Jsonb(EVIDENCE, dumps=lambda _: evidence), leaf, root, leaf]), 1),
        (_send(pg, CLOSE.format("membership"), [at, act, old[0]]), 1),
        (_send(pg, CLOSE.format("residence"), [at, act, room[0]]), 1),
        (_send(pg, MEMBERSHIPS, [
            who, old[1], on, at, act, *old[2:], "2", who, on, None, at, act, home, "99", "4", old[6], division, "",
        ]), 2),
        (_send(pg, RESIDENCES, [
            who, room[1], on, at, act, *room[2:],
            who, on, None, at, act, spot, division, f"{division[:9]}000", "rent",
        ]), 2),
        (_send(pg, QUEUE, [who]), 1),
    ]  # fmt: skip


def _send(pg: Any, sql: str, params: list[Any]) -> Any:
    cursor = psycopg.Cursor(pg, row_factory=tuple_row)
    cursor.execute(sql, params, prepare=True)
    return cursor
