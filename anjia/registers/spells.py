"""Spells: the time of a person or household at one place, certain and possible, where dates may be known in part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils import timezone

from anjia.kernel.grants import Allowed
from anjia.kernel.periods import Period
from anjia.registers import enquiries
from anjia.registers.asof import known, narrowed, rows
from anjia.registers.dates import NEVER, window_sql, window_start_sql
from anjia.registers.enquiries import EnquiryView

Capacity = Literal["resident", "registered", "member", "household"]
REGISTER = {"resident": "residence", "registered": "membership", "member": "membership", "household": "household"}
RESTS_ON = {
    "residence": ("", "valid", "place", "ground"), "membership": ("", "valid", "household"),
    "household": ("", "valid", "place"),
}  # fmt: skip
"""Fields of a register on which it rests whether somebody was somewhere."""

# Each gives: subject, place (a household for its members), division, valid_from, valid_to, and whose
# date begin and end are.
SOURCES = {
    "resident": f"""
SELECT r.subject, r.place, r.division, r.valid_from, r.valid_to, 'residence' AS from_register,
       r.subject AS from_subject, 'residence' AS to_register, r.subject AS to_subject
  FROM registers_residence r WHERE {known("r")} AND {{who}}
""",
    # A registration is at the address that its household had: the days that both have.
    "registered": f"""
SELECT r.subject, h.place, r.division, greatest(r.valid_from, h.valid_from) AS valid_from,
       least(r.valid_to, h.valid_to) AS valid_to,
       CASE WHEN r.valid_from >= h.valid_from THEN 'membership' ELSE 'household' END AS from_register,
       CASE WHEN r.valid_from >= h.valid_from THEN r.subject ELSE h.subject END AS from_subject,
       CASE WHEN r.valid_to <= h.valid_to OR h.valid_to IS NULL THEN 'membership' ELSE 'household' END AS to_register,
       CASE WHEN r.valid_to <= h.valid_to OR h.valid_to IS NULL THEN r.subject ELSE h.subject END AS to_subject
  FROM registers_membership r JOIN registers_household h ON h.subject = r.household AND {known("h")}
   AND h.valid_from < coalesce(r.valid_to, 'infinity') AND r.valid_from < coalesce(h.valid_to, 'infinity')
 WHERE {known("r")} AND {{who}}
""",
    "member": f"""
SELECT r.subject, r.household AS place, r.division, r.valid_from, r.valid_to, 'membership' AS from_register,
       r.subject AS from_subject, 'membership' AS to_register, r.subject AS to_subject
  FROM registers_membership r WHERE {known("r")} AND {{who}}
""",
    "household": f"""
SELECT r.subject, r.place, r.division, r.valid_from, r.valid_to, 'household' AS from_register,
       r.subject AS from_subject, 'household' AS to_register, r.subject AS to_subject
  FROM registers_household r WHERE {known("r")} AND {{who}}
""",
}
OF_PERSON = "r.subject = %(person)s::bigint"
AT_PLACE = {
    "resident": f"""r.subject IN (
    SELECT x.subject FROM registers_residence x WHERE x.place = %(place)s::bigint AND {known("x")})""",
    "registered": f"""r.subject IN (
    SELECT x.subject FROM registers_household y JOIN registers_membership x ON x.household = y.subject
     WHERE y.place = %(place)s::bigint AND {known("x")} AND {known("y")})""",
    "member": f"""r.subject IN (
    SELECT x.subject FROM registers_membership x WHERE x.household = %(place)s::bigint AND {known("x")})""",
    "household": f"""r.subject IN (
    SELECT x.subject FROM registers_household x WHERE x.place = %(place)s::bigint AND {known("x")})""",
}
PRECISION = (
    "LEFT JOIN registers_precision {alias} ON {alias}.subject = s.{side}_subject "
    "AND {alias}.register = s.{side}_register AND {alias}.field = 'valid' AND {alias}.day = s.valid_{side} "
    f"AND {known('{alias}')}"
)
# A stay may be several entries (a renumbered door, a rewritten relation): days between them are not in
# doubt. A stay that ends on a day known in part ended at the latest when the next one had. Of stays
# whose begins are known in part the register keeps each a day after the last; all may have begun at once.
SPELLS = f"""
WITH stay AS ({{source}}),
dated AS (
    SELECT s.*, {window_sql("b.known", "s.valid_from")} AS sure_from,
           coalesce({window_sql("e.known", "s.valid_to")}, DATE '{NEVER}') AS late_to,
           {window_start_sql("b.known", "s.valid_from")} AS earliest,
           (lag(s.place) OVER w IS NOT DISTINCT FROM s.place AND lag(s.valid_to) OVER w = s.valid_from) IS NOT TRUE
               AS fresh
      FROM stay s {PRECISION.format(alias="b", side="from")} {PRECISION.format(alias="e", side="to")}
    WINDOW w AS (PARTITION BY s.subject ORDER BY s.valid_from)),
run AS (SELECT *, count(*) FILTER (WHERE fresh) OVER (PARTITION BY subject ORDER BY valid_from) AS run FROM dated),
spell AS (
    SELECT subject, place, (array_agg(division ORDER BY valid_from DESC))[1] AS division,
           min(valid_from) AS valid_from, max(coalesce(valid_to, DATE '{NEVER}')) AS valid_to,
           min(sure_from) AS sure_from,
           (array_agg(earliest ORDER BY valid_from))[1] AS earliest,
           (array_agg(late_to ORDER BY valid_from DESC))[1] AS late_to, array_agg(valid_from) AS days
      FROM run GROUP BY subject, place, run),
ordered AS (
    SELECT *, lead(sure_from) OVER (PARTITION BY subject ORDER BY valid_from) AS next_sure,
           sure_from > valid_from AS is_partly, valid_from - (row_number() OVER (
               PARTITION BY subject, sure_from > valid_from ORDER BY valid_from))::int AS heap
      FROM spell),
followed AS (
    SELECT *, CASE WHEN is_partly THEN greatest(earliest, min(valid_from) OVER (
               PARTITION BY subject, is_partly, heap)) ELSE valid_from END AS possible_from
      FROM ordered),
bounded AS (
    SELECT *, min(least(late_to, next_sure)) OVER (PARTITION BY subject ORDER BY valid_from DESC) AS possible_to
      FROM followed)
SELECT b.subject, b.place, b.division, b.possible_from, b.sure_from, b.days,
       least(b.valid_to, away.gone, away.doubted) AS sure_to, least(b.possible_to, away.gone) AS possible_to,
       coalesce(p.name, '') AS name
  FROM bounded b
  LEFT JOIN LATERAL (
    SELECT min(q.valid_from) FILTER (WHERE q.valid_to IS NULL OR q.valid_to > %(today)s::date) AS gone,
           min(q.valid_from) FILTER (WHERE q.valid_to <= %(today)s::date AND q.valid_to >= b.valid_to) AS doubted
      FROM registers_enquiry q
     WHERE q.subject = b.subject AND q.register = %(register)s::text AND q.state = 'away' AND {known("q")}
       AND (q.day = ANY(b.days) OR q.day IS NULL AND q.valid_from >= b.valid_from)
  ) away ON true
  LEFT JOIN LATERAL (
    SELECT p.name FROM registers_particulars p WHERE p.subject = b.subject AND {known("p")}
     ORDER BY (p.valid_from < %(until)s::date) DESC, p.valid_from DESC LIMIT 1
  ) p ON true
 WHERE {{where}} AND b.possible_from < %(until)s::date AND least(b.possible_to, away.gone) > %(on)s::date
   AND {{narrowed}}
 ORDER BY b.possible_from, b.subject
"""


@dataclass(frozen=True, slots=True)
class Spell:
    """The time of one person, or one household, at one place.

    Attributes:
        subject, name: the person; a household has no name here.
        possible: all days on which they can have been there.
        certain: the days of them on which they were; None when there is none.
        enquiries: what about this stay was under enquiry at the moment of the answer.
    """

    subject: int
    name: str
    place: int | None
    division: str
    possible: Period
    certain: Period | None
    enquiries: tuple[EnquiryView, ...] = ()

    @property
    def under_enquiry(self) -> bool:
        """Says whether the answer itself rests on a fact under enquiry, and not only the entry."""
        return any(
            one.state == enquiries.OPEN and one.field in RESTS_ON.get(one.register, ()) for one in self.enquiries
        )

    def on(self, day: date) -> bool | None:
        """Says whether they were there on a day (None = possible)."""
        if not self.possible.contains(day):
            return False
        return True if self.certain is not None and self.certain.contains(day) else None


def read(
    capacity: Capacity, on: date, known_at: datetime, until: date, *, place: int | None = None,
    person: int | None = None, allowed: Allowed | None = None,
) -> list[Spell]:
    """Gives the spells that touch the days from `on` up to, but without, `until`, by begin and person.

    Args:
        place: the address, or the household of members; `person`: one person instead.
        allowed: narrows the people to those that the grant shows; None for the house's own work.
    """
    shown, values = narrowed(allowed, division="b.division", subject="b.subject")
    who, where = (OF_PERSON, "TRUE") if place is None else (AT_PLACE[capacity], "b.place = %(place)s::bigint")
    sql = SPELLS.format(source=SOURCES[capacity].format(who=who), where=where, narrowed=shown)
    given = {"until": until, "today": timezone.localdate(known_at), "register": REGISTER[capacity], **values}
    found = rows(sql, on, known_at, place=place, person=person, **given)
    doubts = enquiries.running((row["subject"] for row in found), known_at)
    return [_spell(row, REGISTER[capacity], doubts) for row in found]


def _spell(row: dict[str, Any], register: str, doubts: Iterable[EnquiryView]) -> Spell:
    start, sure_from, sure_to = row["possible_from"], row["sure_from"], row["sure_to"]
    certain = Period(sure_from, None if sure_to == NEVER else sure_to) if sure_from < sure_to else None
    end = None if row["possible_to"] == NEVER else row["possible_to"]
    about = tuple(one for one in doubts if one.subject == row["subject"] and one.concerns(register, row["days"]))
    return Spell(row["subject"], row["name"], row["place"], row["division"], Period(start, end), certain, about)
