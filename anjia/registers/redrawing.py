"""Divisions redrawn: what is registered under an old code goes on under the new one, step by step.

That a division was split, merged or renamed is declared by the city (`divisions.csv`, `successions.csv`);
these acts carry its addresses, households, registrations and residences over. A household keeps its
number, whose prefix is that of its first station.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Plan
from anjia.registers import divisions
from anjia.registers.addresses import PLACE
from anjia.registers.asof import rows
from anjia.registers.family import HOUSEHOLD, MEMBERSHIP, OPEN, Changes, add
from anjia.registers.operations import Prepared, operation
from anjia.registers.refusal import Refusal
from anjia.registers.rewriting import renew

LIMIT = 2000
"""Households or dwellings that one act carries over at most, so that no act holds its locks for long."""

HOUSEHOLDS = (
    f"SELECT {HOUSEHOLD} FROM registers_household WHERE {OPEN} AND division = %s::text "
    "AND subject = ANY(%s::bigint[]) ORDER BY subject"
)
MEMBERS = (
    f"SELECT {MEMBERSHIP} FROM registers_membership WHERE {OPEN} AND household = ANY(%s::bigint[]) ORDER BY subject"
)
PLACES = (
    f"SELECT {PLACE} FROM registers_place WHERE {OPEN} AND division = %s::text "
    "AND subject = ANY(%s::bigint[]) ORDER BY subject"
)
RESIDENCES = (
    "SELECT id, subject, valid_from, valid_to, place, division, station, ground FROM registers_residence "
    f"WHERE {OPEN} AND place = ANY(%s::bigint[]) ORDER BY subject"
)
NEXT_PLACES = f"""
SELECT subject FROM registers_place WHERE {OPEN} AND division = %(old)s::text
   AND (%(some)s::bigint[] IS NULL OR subject = ANY(%(some)s::bigint[])) ORDER BY subject LIMIT %(limit)s
"""
NEXT_HOUSEHOLDS = f"""
SELECT subject FROM registers_household WHERE {OPEN} AND division = %(old)s::text
   AND (place = ANY(%(places)s::bigint[]) OR %(rest)s AND subject = ANY(
        SELECT h.subject FROM registers_household h LEFT JOIN registers_place p
            ON p.subject = h.place AND p.recorded_to IS NULL AND p.valid_to IS NULL
         WHERE h.recorded_to IS NULL AND h.valid_to IS NULL AND h.division = %(old)s::text
           AND (h.place IS NULL OR p.division IS DISTINCT FROM %(old)s::text)))
 ORDER BY subject LIMIT %(limit)s
"""
OF_HOUSEHOLDS = MEMBERS.replace("%s", "%(households)s")
OF_PLACES = RESIDENCES.replace("%s", "%(places)s")

NO_SUCH = Refusal(
    "division-not-successor", "区划表没有写明旧区划由这个新区划承接，或新区划当日还没有设立",
    "The list of divisions does not say that this code succeeds the old one, or it does not hold on the day",
    ("请先在区划沿革表中写明", "Declare the succession first"), 409,
)  # fmt: skip
DONE = Refusal(
    "division-carried-over", "旧区划下已没有要转的登记", "Nothing is left under the old code",
    ("不需要再办", "Nothing is left to do"), 409,
)  # fmt: skip


@operation("redraw-division", needs="old new", takes="places households old_text new_text limit")
def redraw_division(
    *, on: date, old: str, new: str, places: Iterable[int] | None = None, households: Iterable[int] | None = None,
    old_text: str = "", new_text: str = "", limit: int = LIMIT,
) -> Prepared:  # fmt: skip
    """Carries what is registered under a community's old code over to the new one (ADDRESS_CHANGE).

    A big community takes several acts; each carries the next `limit` dwellings, with their households,
    members and residents, and the last ones the households without a dwelling. `DONE` says that
    nothing is left.

    Args:
        old, new: 12-digit codes; the city must have declared the succession by the day.
        places: the dwellings that go to the new code, for a split (default: all).
        households: with `places`, the households without a dwelling (collective ones) that go along.
        old_text, new_text: words of the printed addresses that change with it; empty leaves them.
    """
    if not divisions.succeeds(old, new, on):
        raise NO_SUCH()
    chosen = _subjects(NEXT_PLACES, old=old, some=None if places is None else sorted(map(int, places)), limit=limit)
    rest = places is None and len(chosen) < limit
    homes = _subjects(NEXT_HOUSEHOLDS, old=old, places=chosen, rest=rest, limit=10 * limit)
    homes = sorted({*homes, *map(int, households or ())})
    if not chosen and not homes:
        raise DONE()
    now, last = timezone.now(), date.max
    who = {row["subject"] for row in rows(OF_HOUSEHOLDS, last, now, households=homes)}
    living = {row["subject"] for row in rows(OF_PLACES, last, now, places=chosen)}
    locked = {*chosen, *homes, *who, *living}
    station = divisions.station_of(new)

    def decide(seen: Seen, moment: Moment) -> Plan:
        if [r["subject"] for r in seen["places"]] != chosen or [r["subject"] for r in seen["homes"]] != homes:
            raise conflict()
        if not {r["subject"] for r in (*seen["members"], *seen["residences"])} <= locked:
            raise conflict()
        changes: Changes = ([], [])
        for row in seen["places"]:
            add(changes, renew("place", row, on, division=new, printed=_text(row["printed"], old_text, new_text)))
        for row in seen["homes"]:
            text = _text(row["address"], old_text, new_text)
            add(changes, renew("household", row, on, division=new, station=station, address=text))
        for row in seen["members"]:
            add(changes, renew("membership", row, on, division=new))
        for row in seen["residences"]:
            add(changes, renew("residence", row, on, division=new, station=station))
        summary = {"places": len(chosen), "households": len(homes), "members": len(seen["members"])}
        return Plan(tuple(changes[0]), tuple(changes[1]), summary)

    reads = (
        Read("places", PLACES, [old, chosen]), Read("homes", HOUSEHOLDS, [old, homes]),
        Read("members", MEMBERS, [homes]), Read("residences", RESIDENCES, [chosen]),
    )  # fmt: skip
    return Prepared("redraw-division", tuple(sorted(locked)), (), reads, decide, on)


def _subjects(sql: str, **given: Any) -> list[int]:
    return [row["subject"] for row in rows(sql, date.max, timezone.now(), **given)]


def _text(text: str, old: str, new: str) -> str:
    return text.replace(old, new, 1) if old else text


def pending(old: str) -> tuple[int, int]:
    """Gives how many dwellings and households are still registered under a code."""
    counts: Sequence[dict[str, Any]] = rows(
        f"SELECT (SELECT count(*) FROM registers_place WHERE {OPEN} AND division = %(old)s::text) AS places, "
        f"(SELECT count(*) FROM registers_household WHERE {OPEN} AND division = %(old)s::text) AS households",
        date.max, timezone.now(), old=old,
    )  # fmt: skip
    return counts[0]["places"], counts[0]["households"]
