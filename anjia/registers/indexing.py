"""The tables that search reads, derived from the registers: brought up to date, or remade whole.

An act queues whom it changed (`kernel.following`); the worker remakes their rows within seconds, in one
transaction with the deletion from the queue. Until then search reads those persons from the registers
themselves, so no hit is late and none is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, transaction

from anjia.kernel.errors import AnjiaError
from anjia.registers.tokens import place_tokens, tokens

LOCK = 0x73656172
"""Advisory lock of whoever derives: the worker or a rebuild, never both."""

BATCH = 500
"""Subjects that one transaction of the worker remakes."""

BLOCK = 50_000

# The name is the latest known one, of the dead as well. The area is that of the registration; without one, of
# where the person lives; without either, of the last registration.
PERSONS = """
SELECT p.subject, p.name, p.former_name, extract(year FROM p.birth_on)::smallint AS born,
       coalesce(m.division, r.division, l.division, '') AS division
  FROM (SELECT DISTINCT ON (subject) subject, name, former_name, birth_on FROM registers_particulars
         WHERE recorded_to IS NULL {which} ORDER BY subject, valid_from DESC) p
  LEFT JOIN registers_membership m ON m.subject = p.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
  LEFT JOIN registers_residence r ON r.subject = p.subject AND r.recorded_to IS NULL AND r.valid_to IS NULL
  LEFT JOIN LATERAL (SELECT x.division FROM registers_membership x
        WHERE m.subject IS NULL AND r.subject IS NULL AND x.subject = p.subject AND x.recorded_to IS NULL
        ORDER BY x.valid_from DESC LIMIT 1) l ON TRUE
"""
SOME_PERSONS = PERSONS.format(which="AND subject = ANY(%s::bigint[])")
TAKE = """
DELETE FROM registers_changed WHERE id IN (
    SELECT id FROM registers_changed ORDER BY id LIMIT %s::int FOR UPDATE SKIP LOCKED) RETURNING subject
"""
FORGET = "DELETE FROM registers_nametoken WHERE subject = ANY(%s::bigint[])"
REMEMBER = """
INSERT INTO registers_nametoken (token, division, subject, born)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::smallint[]) ON CONFLICT DO NOTHING
"""
# What these places are called or were called, and whether any place is still called so.
NAMES = """
SELECT n.division, n.kind, n.name,
       CASE n.kind WHEN 'street'
       THEN EXISTS (SELECT FROM registers_place o WHERE o.division = n.division AND o.street = n.name
                       AND o.recorded_to IS NULL AND o.valid_to IS NULL)
       ELSE EXISTS (SELECT FROM registers_place o WHERE o.division = n.division AND o.compound = n.name
                       AND o.compound <> '' AND o.recorded_to IS NULL AND o.valid_to IS NULL) END AS held
  FROM (SELECT DISTINCT l.division, v.kind, v.name
          FROM registers_place l, LATERAL (VALUES ('street', l.street), ('compound', l.compound)) AS v (kind, name)
         WHERE l.subject = ANY(%s::bigint[]) AND v.name <> '') n
"""
PLACES_GONE = """
DELETE FROM registers_placename p USING unnest(%s::text[], %s::text[], %s::text[]) AS g (division, kind, name)
 WHERE p.token = ANY(%s::text[]) AND p.division = g.division AND p.kind = g.kind AND p.name = g.name
"""
PLACES_NEW = """
INSERT INTO registers_placename (token, division, kind, name)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Person:
    """What search knows of a person, as the registers say it now."""

    subject: int
    name: str
    former_name: str
    born: int | None
    division: str

    def tokens(self) -> set[str]:
        """Gives everything by which the person is found."""
        return tokens(self.name) | tokens(self.former_name)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How much was remade."""

    names: int
    tokens: int
    places: int


def waiting(limit: int) -> list[int]:
    """Gives subjects that are queued, at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT subject FROM registers_changed LIMIT %s::int", [limit])
        return [row[0] for row in cursor.fetchall()]


def persons(subjects: Sequence[int]) -> list[Person]:
    """Gives those of the subjects who are persons."""
    with connection.cursor() as cursor:
        cursor.execute(SOME_PERSONS, [list(subjects)])
        return [Person(*row) for row in cursor.fetchall()]


def catch_up(batch: int = BATCH) -> int:
    """Remakes the rows of queued subjects until the queue is empty; gives how many. Does nothing beside a rebuild."""
    done = 0
    while count := _batch(batch):
        done += count
    return done


def _batch(size: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(TAKE, [size])
        subjects = sorted({row[0] for row in cursor.fetchall()})
        if subjects:
            # A statement of its own: it sees every act whose row it has taken.
            _remake(cursor, subjects)
        return len(subjects)


def _remake(cursor: Any, subjects: list[int]) -> None:
    cursor.execute(FORGET, [subjects])
    cursor.execute(SOME_PERSONS, [subjects])
    rows = [
        (token, one.division, one.subject, one.born)
        for one in (Person(*row) for row in cursor.fetchall())
        for token in sorted(one.tokens())
    ]
    if rows:
        cursor.execute(REMEMBER, [list(column) for column in zip(*rows, strict=True)])
    cursor.execute(NAMES, [subjects])
    found = cursor.fetchall()
    gone = [row[:3] for row in found if not row[3]]
    if gone:
        pieces = sorted({token for row in gone for token in place_tokens(row[2])})
        cursor.execute(PLACES_GONE, [*(list(column) for column in zip(*gone, strict=True)), pieces])
    new = [(token, *row[:3]) for row in found if row[3] for token in place_tokens(row[2])]
    if new:
        cursor.execute(PLACES_NEW, [list(column) for column in zip(*new, strict=True)])


def rebuild(owner: psycopg.Connection[Any]) -> Rebuilt:
    """Remakes everything as the owner of the tables: beside the old rows, which serve until the switch.

    Acts go on meanwhile; whom they change stays in the queue and is remade by the worker afterwards.

    Args:
        owner: a connection in autocommit.

    Raises:
        AnjiaError: `search-busy` (409) when another rebuild runs.
    """
    held = owner.execute("SELECT pg_try_advisory_lock(%s::bigint)", [LOCK]).fetchone()
    if held is None or not held[0]:
        raise AnjiaError(
            "search-busy", "检索表正在更新，请稍后再试", "The search tables are being derived by someone else",
            ("请等它结束", "Wait until it ends"), status=409,
        )  # fmt: skip
    try:
        with owner.transaction():
            owner.execute("SET LOCAL maintenance_work_mem = '512MB'")
            owner.execute("SET LOCAL work_mem = '256MB'")
            names, count = _names(owner)
            places = _places(owner)
        owner.execute("ANALYZE registers_nametoken, registers_placename")
        owner.execute("VACUUM registers_nametoken")
    finally:
        owner.execute("SELECT pg_advisory_unlock(%s::bigint)", [LOCK])
    return Rebuilt(names, count, places)


def _names(owner: psycopg.Connection[Any]) -> tuple[int, int]:
    """Tokens are made once for each name that occurs, then joined to all who bear it."""
    owner.execute(f"CREATE TEMP TABLE searched ON COMMIT DROP AS {PERSONS.format(which='')}")
    owner.execute("CREATE TEMP TABLE piece (name text COLLATE \"C\", token text COLLATE \"C\") ON COMMIT DROP")
    bearing = "SELECT name FROM searched UNION SELECT former_name FROM searched WHERE former_name <> ''"
    names = [row[0] for row in owner.execute(bearing)]
    _copy(owner, "COPY piece FROM STDIN", ((name, token) for name in names for token in sorted(tokens(name))))
    owner.execute("ANALYZE searched, piece")
    owner.execute("CREATE TABLE registers_nametoken_new (LIKE registers_nametoken INCLUDING DEFAULTS)")
    made = owner.execute(
        "INSERT INTO registers_nametoken_new (token, division, subject, born) "
        "SELECT k.token, s.division, s.subject, s.born FROM searched s JOIN piece k ON k.name = s.name "
        " UNION SELECT k.token, s.division, s.subject, s.born FROM searched s JOIN piece k ON k.name = s.former_name "
        " WHERE s.former_name <> '' ORDER BY 1, 2, 3"
    ).rowcount
    _switch(owner)
    return len(names), made


def _switch(owner: psycopg.Connection[Any]) -> None:
    """Puts the new rows in the place of the old, with the privileges, key and index of the old."""
    grants = owner.execute(
        "SELECT DISTINCT grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_name = 'registers_nametoken' AND grantee <> current_user ORDER BY 1, 2"
    ).fetchall()
    owner.execute("ALTER TABLE registers_nametoken_new ADD PRIMARY KEY (token, division, subject)")
    owner.execute("CREATE INDEX nametoken_subject_new ON registers_nametoken_new (subject)")
    for grantee, privilege in grants:
        owner.execute(f'GRANT {privilege} ON registers_nametoken_new TO "{grantee}"')
    owner.execute("DROP TABLE registers_nametoken")
    owner.execute("ALTER TABLE registers_nametoken_new RENAME TO registers_nametoken")
    owner.execute("ALTER INDEX registers_nametoken_new_pkey RENAME TO registers_nametoken_pkey")
    owner.execute("ALTER INDEX nametoken_subject_new RENAME TO nametoken_subject")


def _places(owner: psycopg.Connection[Any]) -> int:
    found = owner.execute(
        "SELECT division, 'street', street FROM registers_place "
        " WHERE recorded_to IS NULL AND valid_to IS NULL AND street <> '' GROUP BY 1, 3 UNION ALL "
        "SELECT division, 'compound', compound FROM registers_place "
        " WHERE recorded_to IS NULL AND valid_to IS NULL AND compound <> '' GROUP BY 1, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    owner.execute("TRUNCATE registers_placename")
    rows = ((token, *row) for row in found for token in sorted(place_tokens(row[2])))
    _copy(owner, "COPY registers_placename (token, division, kind, name) FROM STDIN", rows)
    return len(found)


def _copy(owner: psycopg.Connection[Any], statement: str, rows: Iterable[Sequence[str]]) -> None:
    with owner.cursor().copy(statement) as copy:
        for block in _blocks(rows):
            copy.write(block)


def _blocks(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join([_escaped(text) for text in row]))
        if len(lines) == BLOCK:
            yield "\n".join(lines) + "\n"
            lines = []
    if lines:
        yield "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text
