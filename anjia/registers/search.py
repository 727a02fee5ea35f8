"""Finding persons by name: in characters, pinyin or initials, limited by a grant, paged by key.

One statement reads the derived rows and the queue of those not derived yet in one snapshot; the queued
ones are judged from the registers. What is shown comes from the registers and is held against the grant again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection

from anjia.kernel import access
from anjia.kernel.grants import Allowed, last
from anjia.registers import indexing, people
from anjia.registers.indexing import Person
from anjia.registers.tokens import asked

MOST = 1_000
"""Hits up to which a list is shown; above it one more word is asked for."""

QUEUED = 1_000
"""Changed persons whom a search judges itself; the worker is never so far behind but after a bulk act."""

PAGE = 20
DRIVEN = 50_000
"""Rows of the rarest word that are held against the other words."""

Row = TypeVar("Row")
Key = tuple[str, int]
START: Key = ("", 0)

# The rarest word drives; the others are looked up by key. A queued person's rows are left aside.
HITS = """
SELECT division, subject FROM (
    SELECT t.division, t.subject, t.born FROM registers_nametoken t
     WHERE t.token = %s::text AND {narrowed} {area} {born}
     ORDER BY t.division, t.subject LIMIT {driven}) t
 WHERE NOT EXISTS (SELECT FROM registers_changed c WHERE c.subject = t.subject) {others}
 ORDER BY division, subject LIMIT {most}
"""
OTHER = (
    "AND EXISTS (SELECT FROM registers_nametoken o "
    "WHERE o.token = %s::text AND o.division = t.division AND o.subject = t.subject)"
)
BOTH = """
(SELECT TRUE AS derived, division, subject FROM ({hits}) h)
 UNION ALL
(SELECT DISTINCT FALSE, '', subject FROM registers_changed LIMIT {queued})
"""
SHOWN = f"""
SELECT s.*, coalesce(st.status, '') AS status, coalesce(h.number, '') AS household
  FROM ({indexing.SOME_PERSONS}) s
  LEFT JOIN registers_status st ON st.subject = s.subject AND st.recorded_to IS NULL AND st.valid_to IS NULL
  LEFT JOIN registers_membership m ON m.subject = s.subject AND m.recorded_to IS NULL AND m.valid_to IS NULL
  LEFT JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
"""
AREA = """
SELECT code, name FROM registers_division
 WHERE name = ANY(%s::text[]) AND valid_to IS NULL AND code BETWEEN %s::text AND %s::text
 ORDER BY length(code) DESC, code LIMIT 1
"""
SHORTEST, COUNTY = 3, 6
"""Characters of the shortest name of an area; digits of a county's code, which ends in zeros for the city."""

HOUSEHOLD = """
SELECT subject, division FROM registers_household WHERE number = %s::text AND recorded_to IS NULL
 ORDER BY valid_from DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A person as a list of results shows it."""

    subject: int
    name: str
    former_name: str
    born: int | None
    division: str
    status: str
    household: str

    @property
    def key(self) -> Key:
        """What the next page begins after."""
        return self.division, self.subject


@dataclass(frozen=True, slots=True)
class Hits(Generic[Row]):
    """One page of a list.

    Attributes:
        count: all hits; `MOST + 1` when there are more than are counted.
        after: key from which the next page goes on, None on the last one.
        behind: more has changed than could be judged at once; persons changed a moment ago may be missing.
    """

    rows: tuple[Row, ...] = ()
    count: int = 0
    after: Key | None = None
    behind: bool = False

    @property
    def too_many(self) -> bool:
        """One more word is needed; nothing is shown."""
        return self.count > MOST


def by_name(text: str, allowed: Allowed, *, area: str = "", after: Key = START, limit: int = PAGE) -> Hits[Found]:
    """Gives the persons who bear all words of `text`, by area and key, and records the look.

    Args:
        text: words in characters (one to three in a row, or a whole name), pinyin, initials, a year of birth,
            the full name of a county, town or community beside another word.
        area: prefix of a division code that narrows further.
        after: key of the last row of the page before.
    """
    words, area = _area(text, area)
    question = asked(words)
    keys, behind = _keys(question.exact, question.born, allowed, area)
    if not keys and question.loose:
        keys, behind = _keys(question.loose, question.born, allowed, area)
    page = _page(keys, allowed, after, limit, behind)
    access.look(
        allowed, None, register="person", fields=("name", "born", "household"), ground=f"name search: {text[:100]}",
        outcome=outcome(page),
    )  # fmt: skip
    return page


def by_number(number: str, allowed: Allowed) -> Hits[Found]:
    """Gives those who bear a citizen number (18 characters, or the old 15 digits), and records the look.

    Somebody outside the grant is not found, like somebody who does not exist.
    """
    keys = sorted((one.division, one.subject) for one in indexing.persons(people.list_by_number(number)))
    page = _page(keys, allowed, START, PAGE, False)
    page = Hits(page.rows, len(page.rows))
    access.look(
        allowed, page.rows[0].subject if len(page.rows) == 1 else None, register="person",
        fields=("name", "born", "household"), ground="number search", outcome=outcome(page),
    )  # fmt: skip
    return page


def household_by_number(number: str, allowed: Allowed) -> int | None:
    """Gives the household of a number when the grant covers it, as the register knows it now or knew it last."""
    with connection.cursor() as cursor:
        cursor.execute(HOUSEHOLD, [number])
        row = cursor.fetchone()
    return row[0] if row and allowed.covers(division=row[1], subject=None) else None


def outcome(page: Hits[Any]) -> str:
    """Gives what an access record says of a list: how many it showed of how many."""
    return f"{len(page.rows)} of {f'more than {MOST}' if page.too_many else page.count}"


def paged(
    keys: Sequence[Key], after: Key, limit: int, behind: bool, show: Callable[[Sequence[Key]], Sequence[Row]]
) -> Hits[Row]:
    """Gives the page of sorted keys that comes after a key; too many keys show nothing."""
    if len(keys) > MOST:
        return Hits(count=MOST + 1, behind=behind)
    rest = [key for key in keys if key > after]
    rows = show(rest[:limit])
    return Hits(tuple(rows), len(keys), rest[limit - 1] if len(rest) > limit else None, behind)


def _area(text: str, area: str) -> tuple[str, str]:
    """Gives the words without the name of an area, and the area as a prefix; a word alone is always a name."""
    words = text.split()
    if len(words) < 2 or all(len(word) < SHORTEST for word in words):
        return text, area
    with connection.cursor() as cursor:
        cursor.execute(AREA, [words, area, last(area)])
        row = cursor.fetchone()
    if row is None:
        return text, area
    words.remove(row[1])
    return " ".join(words), row[0].rstrip("0") if len(row[0]) == COUNTY else row[0]


def _keys(words: tuple[str, ...], born: int | None, allowed: Allowed, area: str) -> tuple[list[Key], bool]:
    """Gives the sorted keys of all hits, one more than `MOST` at most, and whether the queue was too long."""
    if not words:
        return [], False
    narrowed, parameters = allowed.where(division="t.division", subject="t.subject")
    hits = HITS.format(
        narrowed=narrowed, area="AND t.division BETWEEN %s AND %s" if area else "",
        born="AND t.born = %s::smallint" if born is not None else "", others=OTHER * (len(words) - 1),
        driven=DRIVEN if len(words) > 1 else MOST + 1 + QUEUED, most=MOST + 1,
    )  # fmt: skip
    values: list[Any] = [words[0], *parameters, *((area, last(area)) if area else ())]
    values += [born] if born is not None else []
    with connection.cursor() as cursor:
        cursor.execute(BOTH.format(hits=hits, queued=QUEUED + 1), [*values, *words[1:]])
        rows = cursor.fetchall()
    keys = {(division, subject) for derived, division, subject in rows if derived}
    queued = [subject for derived, _, subject in rows if not derived]
    keys |= _queued(queued[:QUEUED], words, born, allowed, area)
    return sorted(keys)[: MOST + 1], len(queued) > QUEUED


def _queued(
    subjects: Sequence[int], words: tuple[str, ...], born: int | None, allowed: Allowed, area: str
) -> set[Key]:
    """Gives those of the queued persons who are hits, judged from the registers."""
    return {
        (one.division, one.subject)
        for one in (indexing.persons(subjects) if subjects else ())
        if allowed.covers(division=one.division, subject=one.subject)
        and one.division.startswith(area)
        and born in (None, one.born)
        and one.tokens().issuperset(words)
    }


def _page(keys: Sequence[Key], allowed: Allowed, after: Key, limit: int, behind: bool) -> Hits[Found]:
    return paged(keys, after, limit, behind, lambda wanted: show(wanted, allowed))


def show(keys: Sequence[Key], allowed: Allowed) -> list[Found]:
    """Gives persons as a list shows them, in the order of the keys, those that the grant covers now."""
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [[subject for _, subject in keys]])
        found = [_found(row) for row in cursor.fetchall()]
    reached = [one for one in found if allowed.covers(division=one.division, subject=one.subject)]
    return sorted(reached, key=lambda one: one.key)


def _found(row: Sequence[Any]) -> Found:
    one = Person(*row[:5])
    return Found(one.subject, one.name, one.former_name, one.born, one.division, row[5], row[6])
