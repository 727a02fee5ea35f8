"""The same decision written by hand: one open connection, prepared statements, one pipeline, the same rows.

It locks first and reads afterwards, in the same isolation, under the same constraints, and writes a
digest of its own. It knows nothing but this one kind of settlement.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from bench.decisions.ground import EVIDENCE, WEST, Task

STATION = f"{WEST[:9]}000"
# A union, not OR: with OR the planner reads the whole table of subjects, and the peer would flatter us.
LOCK = """
SELECT s.id FROM kernel_subject s
 WHERE s.id = ANY(ARRAY(SELECT unnest(%s::bigint[]) UNION SELECT household FROM registers_membership
                         WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL))
 ORDER BY s.id FOR NO KEY UPDATE
"""
MOMENT = (
    "SELECT clock_timestamp(), nextval('kernel_act_number'), nextval('kernel_subject_id_seq'), "
    "(SELECT root FROM kernel_batch ORDER BY id DESC LIMIT 1)"
)
MEMBERS = """
SELECT m.id, m.subject, m.valid_from, m.relation, m.ground, m.from_place, m.division,
       h.id, h.subject, h.number, h.kind, h.place, h.address, h.division, h.station, h.name, h.valid_from
  FROM registers_membership o
  JOIN registers_membership m ON m.household = o.household AND m.recorded_to IS NULL AND m.valid_to IS NULL
  JOIN registers_household h ON h.subject = o.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
 WHERE o.subject = %s::bigint AND o.recorded_to IS NULL AND o.valid_to IS NULL
"""
RESIDENCE = """
SELECT id, subject, valid_from, place, division, station, ground FROM registers_residence
 WHERE subject = ANY(%s::bigint[]) AND recorded_to IS NULL AND valid_to IS NULL
"""
PLACE = """
SELECT division, printed FROM registers_place
 WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL AND state = 'in_use'
"""
NUMBER = """
INSERT INTO kernel_counter (name, value) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET value = kernel_counter.value + 1 RETURNING value
"""
ACT = """
INSERT INTO kernel_act (id, key, event, definition, actor_id, grant_id, case_number, station, effective_on, at,
    reason, evidence, leaf, prior_root, parts)
VALUES (%s, %s, 'MOVE_INTRA', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
SUBJECT = "INSERT INTO kernel_subject (id, kind) VALUES (%s, 'H')"
CLOSE = "UPDATE registers_{} SET recorded_to = %s, closed_by = %s WHERE id = ANY(%s::bigint[]) AND recorded_to IS NULL"
STEMS = "subject, valid_from, valid_to, recorded_from, opened_by"
MEMBERSHIP = (
    f"INSERT INTO registers_membership ({STEMS}, household, relation, ground, from_place, division, close_ground) "
    "VALUES " + ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * 4)
)
HOUSEHOLD = (
    f"INSERT INTO registers_household ({STEMS}, number, kind, place, address, division, station, name) "
    "VALUES " + ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * 2)
)
LIVING = (
    f"INSERT INTO registers_residence ({STEMS}, place, division, station, ground) "
    "VALUES " + ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s)"] * 4)
)
CASE = """
UPDATE casework_case SET state = 'decided', next_step = '', due_on = NULL, outcome = 'rented-address',
    version = version + 1, act_id = %s, decided_at = %s
 WHERE id = %s AND version = 1 AND state = 'open' AND next_step = 'approve'
"""
STEP = """
INSERT INTO casework_step (case_id, step, verdict, actor_id, actor_name, at, key, note, checks, clause, act_id)
VALUES (%s, 'approve', 'pass', %s, %s, %s, %s, '', '{}', '', %s)
"""
JOBS = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'anjia.effect', 0, %s, NULL, %s, NULL),
    ROW('default', 'anjia.effect', 0, %s, NULL, %s, NULL)]::procrastinate_job_to_defer_v1[])
"""


def decide(pg: psycopg.Connection[Any], task: Task) -> None:
    """Decides one settlement; raises and undoes everything when a guarded row had moved on."""
    key, today, who = uuid.uuid4(), date.today(), [task.tenant, task.child]
    with pg.transaction(), pg.pipeline() as pipeline:
        _send(pg, LOCK, [[*who, task.place], task.tenant])
        now = _send(pg, MOMENT, [])
        members, homes = _send(pg, MEMBERS, [task.tenant]), _send(pg, RESIDENCE, [who])
        place, number = _send(pg, PLACE, [task.place]), _send(pg, NUMBER, [f"household:{WEST[2:6]}"])
        pipeline.sync()
        at, act, new, root = now.fetchone()
        rows, living = members.fetchall(), homes.fetchall()
        division, printed = place.fetchone()
        serial = number.fetchone()[0]
        if sorted(row[1] for row in rows) != sorted(who):
            raise RuntimeError("somebody else lives there")
        sent = _write(pg, task, key, today, at, act, new, root or b"", rows, living, division, printed, serial)
    if any(cursor.rowcount != count for cursor, count in sent):
        raise RuntimeError("a row had moved on")


def _write(
    pg: Any, task: Task, key: uuid.UUID, today: date, at: Any, act: int, new: int, root: bytes, rows: list[Any],
    living: list[Any], division: str, printed: str, serial: int,
) -> list[tuple[Any, int]]:  # fmt: skip
    evidence = json.dumps(EVIDENCE, ensure_ascii=False, sort_keys=True)
    leaf = hashlib.sha256(f"{act}{key}{at}{evidence}{rows}{living}{new}".encode()).digest()
    home = rows[0][7:]
    relation = {task.tenant: "02", task.child: "20"}
    members: list[Any] = []
    for row in rows:
        members += [row[1], row[2], today, at, act, home[1], row[3], row[4], row[5], row[6], "2"]
    for row in rows:
        members += [row[1], today, None, at, act, new, relation[row[1]], "4", home[5], division, ""]
    pages = [home[1], home[9], today, at, act, home[2], home[3], home[4], home[5], home[6], home[7], home[8]]
    pages += [new, today, None, at, act, f"0250{serial:05d}", "J1", task.place, printed, division, STATION, ""]
    stays: list[Any] = []
    for row in living:
        stays += [row[1], row[2], today, at, act, *row[3:]]
    for row in living:
        stays += [row[1], today, None, at, act, task.place, division, STATION, "rent"]
    return [
        (_send(pg, ACT, [act, key, "0" * 64, 1, 1, f"ZB{task.case}", STATION, today, at, "租房落户：落在租住的房屋",
                         Jsonb(EVIDENCE, dumps=lambda _: evidence), leaf, root, leaf * 2 + leaf[:16]]), 1),
        (_send(pg, SUBJECT, [new]), 1),
        (_send(pg, CLOSE.format("membership"), [at, act, [row[0] for row in rows]]), 2),
        (_send(pg, CLOSE.format("household"), [at, act, [home[0]]]), 1),
        (_send(pg, CLOSE.format("residence"), [at, act, [row[0] for row in living]]), 2),
        (_send(pg, HOUSEHOLD, pages), 2),
        (_send(pg, MEMBERSHIP, members), 4),
        (_send(pg, LIVING, stays), 4),
        (_send(pg, CASE, [act, at, task.case]), 1),
        (_send(pg, STEP, [task.case, 1, "孙国栋", at, key, act]), 1),
        (_send(pg, JOBS, [
            f"{task.case}:documents", Jsonb({"effect": "issue-documents", "person": task.tenant, "act_id": act}),
            f"{task.case}:notice", Jsonb({"effect": "send-notice", "person": task.tenant, "act_id": act}),
        ]), 1),
    ]  # fmt: skip


def _send(pg: Any, sql: str, params: list[Any]) -> Any:
    cursor = psycopg.Cursor(pg, row_factory=tuple_row)
    cursor.execute(sql, params, prepare=True)
    return cursor
