"""Questions to the register: through the house, and by hand with one prepared statement each and the same record."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench.registering.ground import owner

SAMPLE = 3_000
Ask = Callable[[], Any]

NAME_BY_HAND = """
WITH hits AS MATERIALIZED (
    SELECT division, subject FROM registers_nametoken WHERE token = %s::text AND division BETWEEN %s::text AND %s::text
     ORDER BY division, subject LIMIT 1001)
SELECT (SELECT count(*) FROM hits), p.subject, p.name, p.birth_on, h.division, m.household
  FROM (SELECT * FROM hits WHERE (SELECT count(*) FROM hits) <= 1000 ORDER BY division, subject LIMIT 20) h
  JOIN registers_particulars p ON p.subject = h.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
  LEFT JOIN registers_membership m ON m.subject = h.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
"""
NUMBER_BY_HAND = """
SELECT p.subject, p.name, p.birth_on, m.division, m.household FROM registers_identity i
  JOIN registers_particulars p ON p.subject = i.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
  LEFT JOIN registers_membership m ON m.subject = i.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
 WHERE i.blind = %s::bytea AND i.kind = 'citizen_no' AND i.recorded_to IS NULL
   AND coalesce(m.division, '') BETWEEN %s::text AND %s::text
"""
ADDRESS_BY_HAND = """
SELECT l.subject, l.division, l.printed FROM registers_place l
 WHERE l.division BETWEEN %s::text AND %s::text AND l.street = %s::text AND l.door_plate = %s::text
   AND l.building = %s::text AND l.unit = %s::text AND l.room = %s::text
   AND l.recorded_to IS NULL AND l.valid_to IS NULL ORDER BY l.division, l.subject LIMIT 1001
"""
HOME_BY_HAND = """
SELECT h.number, h.kind, h.address, h.division, m.subject, m.relation, p.name, p.sex, p.birth_on
  FROM registers_household h
  LEFT JOIN registers_membership m ON m.household = h.subject AND m.valid_from <= %(on)s
       AND (m.valid_to IS NULL OR m.valid_to > %(on)s) AND m.recorded_to IS NULL
  LEFT JOIN registers_particulars p ON p.subject = m.subject AND p.valid_from <= %(on)s
       AND (p.valid_to IS NULL OR p.valid_to > %(on)s) AND p.recorded_to IS NULL
 WHERE h.subject = %(home)s::bigint AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
   AND h.recorded_to IS NULL
"""
LOOK = """
INSERT INTO kernel_accessrecord (at, actor_id, who_zh, who_en, register, fields, purpose, ground, case_number, outcome,
    withheld, request_id)
VALUES (clock_timestamp(), %s, '', '', 'person', '{name}', 'household-register', %s, '', '', FALSE, '')
"""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question in both ways; each call asks another one of the sample."""

    name: str
    house: Ask
    hand: Ask


def questions(seed: int) -> Iterator[Question]:
    """Gives the kinds of questions, drawn from people and places that the register has."""
    import psycopg
    from django.db import connection

    from anjia.kernel.grants import Allowed, last
    from anjia.kernel.models import Actor
    from anjia.kernel.vault import vault
    from anjia.registers import history, people, placesearch, search
    from anjia.registers.readings import initials, readings

    rng = random.Random(seed)
    actor, _ = Actor.objects.get_or_create(
        username="bench-clerk", defaults={"kind": "staff", "name_zh": "测试", "password": "!", "station": ""}
    )
    connection.ensure_connection()
    pg = psycopg.connect(os.environ["ANJIA_DSN"], autocommit=True, prepare_threshold=0)
    names = _sample("registers_particulars", "name, subject", "length(name) BETWEEN 2 AND 3 AND valid_to IS NULL", rng)
    spots = _sample(
        "registers_place", "division, street, door_plate, compound, building, unit, room",
        "valid_to IS NULL AND building <> '' AND room <> ''", rng,
    )  # fmt: skip
    homes = _sample("registers_household", "subject", "valid_to IS NULL", rng)
    areas = [row[0] for row in _sample("registers_membership", "division", "valid_to IS NULL", rng)]

    def by(area: str) -> Allowed:
        return Allowed(
            actor, "person", "read", "household-register", "area" if area else "all", (), (area,) if area else (), None,
            frozenset({"*"}),
        )  # fmt: skip

    def look(ground: str) -> None:
        pg.execute(LOOK, [actor.pk, ground])

    def asked(word: Callable[[str], str], area: Callable[[], str]) -> tuple[Ask, Ask]:
        def house() -> Any:
            return search.by_name(word(rng.choice(names)[0]), by(area()))

        def hand() -> Any:
            text, low = word(rng.choice(names)[0]), area()
            rows = pg.execute(NAME_BY_HAND, [text, low, last(low)]).fetchall()
            look(text)
            return rows

        return house, hand

    def whole(name: str) -> str:
        return readings(name)[0].whole if readings(name) else name

    def short(name: str) -> str:
        return initials(name, readings(name)[0]) if readings(name) else name

    words: dict[str, Callable[[str], str]] = {
        "1 character": lambda name: rng.choice(name), "2 characters": lambda name: name[-2:],
        "whole name": lambda name: name, "pinyin": whole, "initials": short,
    }  # fmt: skip
    bearers = [subject for _, subject in rng.sample(names, min(300, len(names)))]
    numbers = [one for subject in bearers if (one := people.number_of(subject, None))]
    for where, area in {"city": lambda: "", "station": lambda: rng.choice(areas)[:9]}.items():
        for what, word in words.items():
            yield Question(f"{what}, {where}", *asked(word, area))

        def number(area: Callable[[], str] = area) -> Any:
            return search.by_number(rng.choice(numbers), by(area()))

        def number_by_hand(area: Callable[[], str] = area) -> Any:
            low = area()
            rows = pg.execute(
                NUMBER_BY_HAND, [vault().blind("citizen_no", rng.choice(numbers)), low, last(low)]
            ).fetchall()
            look("number")
            return rows

        def address(area: Callable[[], str] = area) -> Any:
            return placesearch.by_address("".join(rng.choice(spots)[1:]), by(area()))

        def address_by_hand(area: Callable[[], str] = area) -> Any:
            spot, low = rng.choice(spots), area()
            rows = pg.execute(ADDRESS_BY_HAND, [low, last(low), spot[1], spot[2], *spot[4:]]).fetchall()
            look("address")
            return rows

        yield Question(f"number, {where}", number, number_by_hand)
        yield Question(f"address, {where}", address, address_by_hand)

    def home() -> Any:
        from django.utils import timezone

        return history.find_household(rng.choice(homes)[0], _day(rng), timezone.now())

    def home_by_hand() -> Any:
        return pg.execute(HOME_BY_HAND, {"home": rng.choice(homes)[0], "on": _day(rng)}).fetchall()

    yield Question("household as of a day", home, home_by_hand)
    pg.close()


def _day(rng: random.Random) -> date:
    return date(2026, 11, 1) - timedelta(days=rng.randrange(9_000))


def _sample(table: str, columns: str, where: str, rng: random.Random) -> list[Any]:
    """Gives rows of entries that are known now, drawn by their ids."""
    [(low, high)] = owner(f"SELECT min(id), max(id) FROM {table}")
    ids = [rng.randint(low, high) for _ in range(SAMPLE * 6)]
    return owner(f"SELECT {columns} FROM {table} WHERE id = ANY(%s) AND recorded_to IS NULL AND {where}", [ids])
