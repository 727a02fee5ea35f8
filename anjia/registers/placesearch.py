"""Finding places by pieces of an address: street, compound, door plate, building, unit, room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from anjia.kernel import access
from anjia.kernel.grants import Allowed, last
from anjia.registers.search import MOST, PAGE, START, Hits, Key, outcome, paged
from anjia.registers.tokens import pieces

NAMES = 2_000
"""Streets and compounds of one name that are looked into, division by division."""

CITY = 6
"""Digits of the codes of city and counties; those of a city end in zeros."""

COLUMNS = ("door_plate", "building", "unit", "floor", "room")
ENDS = re.compile("(社区居委会|居委会|居民委员会|村民委员会|村委会|委会)$")

AREAS = """
SELECT code, name FROM registers_division
 WHERE valid_to IS NULL AND (strpos(%s::text, name) > 0
    OR strpos(%s::text, regexp_replace(name, '(居委会|居民委员会|村民委员会|村委会)$', '')) > 0)
 ORDER BY length(code) DESC, code
"""
# Names that are not derived yet are few: those of the places that have just changed.
NAMED = """
SELECT DISTINCT n.division, n.kind, n.name FROM (
    SELECT p.division, p.kind, p.name FROM registers_placename p WHERE p.token = %s::text
     UNION ALL
    SELECT l.division, v.kind, v.name FROM registers_changed c
      JOIN registers_place l ON l.subject = c.subject AND l.recorded_to IS NULL AND l.valid_to IS NULL,
           LATERAL (VALUES ('street', l.street), ('compound', l.compound)) AS v (kind, name)) n
 WHERE strpos(n.name, %s::text) > 0 AND {narrowed} {area} LIMIT {names}
"""
# Each half stops by itself: a question that fits too much costs no more than one that fits enough.
PLACES = """
WITH named AS MATERIALIZED ({named})
(SELECT l.division, l.subject FROM named n JOIN registers_place l ON l.division = n.division AND l.street = n.name
  WHERE n.kind = 'street' AND l.recorded_to IS NULL AND l.valid_to IS NULL {numbers} LIMIT {most})
 UNION
(SELECT l.division, l.subject FROM named n JOIN registers_place l ON l.division = n.division AND l.compound = n.name
  WHERE n.kind = 'compound' AND l.compound <> '' AND l.recorded_to IS NULL AND l.valid_to IS NULL {numbers}
  LIMIT {most})
"""
SHOWN = """
SELECT l.subject, l.division, l.printed, l.state,
       ARRAY(SELECT h.number FROM registers_household h
              WHERE h.place = l.subject AND h.recorded_to IS NULL AND h.valid_to IS NULL ORDER BY h.number) AS homes
  FROM registers_place l
 WHERE l.subject = ANY(%s::bigint[]) AND l.recorded_to IS NULL AND l.valid_to IS NULL
"""


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place as a list of results shows it, with the numbers of the households registered there."""

    subject: int
    division: str
    printed: str
    state: str
    households: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What the next page begins after."""
        return self.division, self.subject


def by_address(
    text: str, allowed: Allowed, *, area: str = "", after: Key = START, limit: int = PAGE
) -> Hits[FoundPlace]:
    """Gives the places whose address has all pieces of `text`, by area and key, and records the look.

    Args:
        text: names of areas, of a street or compound (whole or in part), numbers with or without their word.
        area: prefix of a division code that narrows further.
        after: key of the last row of the page before.
    """
    within, towns, rest = _area(text)
    names, numbers = pieces(rest)
    keys = _keys(names, towns, numbers, allowed, [one for one in (area, within) if one])
    page = paged(keys, after, limit, False, lambda wanted: _show(wanted, allowed))
    access.look(
        allowed, None, register="place", fields=("printed", "households"), ground=f"address search: {text[:100]}",
        outcome=outcome(page),
    )  # fmt: skip
    return page


def _area(text: str) -> tuple[str, list[str], str]:
    """Gives the smallest area that a text names, as a prefix, names of areas that are not unique, and the rest."""
    with connection.cursor() as cursor:
        cursor.execute(AREAS, [text, text])
        found = cursor.fetchall()
    codes: dict[str, list[str]] = {}
    for code, name in found:
        codes.setdefault(_short(name, text), []).append(code.rstrip("0") if len(code) == CITY else code)
    within, others, rest = "", [], text
    for name in sorted(codes, key=lambda one: (len(codes[one][0]), one)):
        fitting = [code for code in codes[name] if code.startswith(within)]
        rest = rest.replace(name, " ", 1)
        if len(fitting) == 1:
            within = fitting[0]
        else:
            others.append(name)
    return (within, others, rest) if pieces(rest)[0] else ("", [], text)


def _short(name: str, text: str) -> str:
    return name if name in text else ENDS.sub("", name)


def _keys(
    names: Sequence[str], towns: Sequence[str], numbers: Sequence[tuple[str, str]], allowed: Allowed,
    areas: Sequence[str],
) -> list[Key]:  # fmt: skip
    """Gives the sorted keys of all hits, one more than `MOST` at most; numbers alone find nothing."""
    if not names:
        return []
    first, *others = sorted(names, key=len, reverse=True)
    narrowed, parameters = allowed.where(division="n.division", subject="NULL::bigint")
    named = NAMED.format(
        narrowed=narrowed, area="AND n.division BETWEEN %s AND %s" * len(areas), names=NAMES
    )
    values: list[Any] = [first[:2], first, *parameters, *(end for one in areas for end in (one, last(one)))]
    conditions, given = _conditions([*others, *towns], numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            PLACES.format(named=named, numbers=conditions, most=MOST + 1), [*values, *given, *given]
        )
        return sorted(cursor.fetchall())[: MOST + 1]


def _conditions(names: Sequence[str], numbers: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    parts, values = [], []
    for name in names:
        parts.append("AND strpos(l.printed, %s::text) > 0")
        values.append(name)
    for column, number in numbers:
        if column:
            parts.append(f"AND l.{column} = %s::text")
            values.append(number)
        else:
            parts.append(f"AND %s::text IN ({', '.join(_digits(column) for column in COLUMNS)})")
            values.append(number)
    return " ".join(parts), values


def _digits(column: str) -> str:
    return f"substring(l.{column} FROM '^[0-9-]+')"


def _show(keys: Sequence[Key], allowed: Allowed) -> list[FoundPlace]:
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [[subject for _, subject in keys]])
        found = [FoundPlace(*row[:4], tuple(row[4])) for row in cursor.fetchall()]
    reached = [one for one in found if allowed.covers(division=one.division, subject=None)]
    return sorted(reached, key=lambda one: one.key)

