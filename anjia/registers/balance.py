"""The population balance (INV-10): who was registered on one day, came and left, and is registered on another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from anjia.registers.asof import known, predicate, rows

ENTRANCES = frozenset({"BIRTH", "ADOPT", "MOVE_IN", "RESTORE", "NATURALISE", "BACKFILL", "IMPORT"})
"""Events by which a person comes into the register; none of them may take one out."""

EXITS = frozenset({"DEATH", "MOVE_OUT", "ENLIST", "EMIGRATE", "CANCEL_DUP"})
"""Events by which a person leaves it; none of them may bring one in."""

STATION = "rpad(left({0}.division, 9), 12, '0')"
# People and not entries: somebody who stands in the register twice leaves a difference.
OPEN = f"""
SELECT coalesce(station, '') AS station, count(DISTINCT subject) AS people
  FROM (SELECT m.subject, {STATION.format("m")} AS station FROM registers_membership m WHERE {predicate("m")}) m
 GROUP BY GROUPING SETS ((station), ())
"""
# Read from the acts that first wrote each begin and each end, so that an entry which no act explains,
# or an act that did what it may not, is seen. A rewritten relation neither comes nor leaves.
FLOWS = f"""
WITH seen AS (
    SELECT m.*, {STATION.format("m")} AS station FROM registers_membership m WHERE {known("m")}),
came AS (
    SELECT s.station, 'in' AS way, s.subject, s.household, s.valid_from AS day, p.subject IS NOT NULL AS moved
      FROM seen s LEFT JOIN registers_membership p
        ON p.subject = s.subject AND p.valid_to = s.valid_from AND {known("p")}
     WHERE s.valid_from > %(on)s::date AND s.valid_from <= %(until)s::date
       AND (p.subject IS NULL OR {STATION.format("p")} <> s.station)),
went AS (
    SELECT s.station, 'out' AS way, s.subject, s.household, s.valid_to AS day, n.subject IS NOT NULL AS moved
      FROM seen s LEFT JOIN registers_membership n
        ON n.subject = s.subject AND n.valid_from = s.valid_to AND {known("n")}
     WHERE s.valid_to > %(on)s::date AND s.valid_to <= %(until)s::date
       AND (n.subject IS NULL OR {STATION.format("n")} <> s.station))
SELECT f.station, f.way, f.moved, coalesce(a.event, '') AS event, count(*) AS people
  FROM (SELECT * FROM came UNION ALL SELECT * FROM went) f
  LEFT JOIN LATERAL (
    SELECT e.opened_by FROM registers_membership e
     WHERE e.subject = f.subject AND e.household = f.household
       AND CASE f.way WHEN 'in' THEN e.valid_from ELSE e.valid_to END = f.day
     ORDER BY e.recorded_from, e.id LIMIT 1
  ) first ON true
  LEFT JOIN kernel_act a ON a.id = first.opened_by
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """People who came to a station or left it by one kind of event.

    Attributes:
        way: `in` or `out`.
        moved: between two stations of this register on one day, which the city's sum does not feel.
        event: code of the event, empty when no act explains it.
    """

    station: str
    way: str
    moved: bool
    event: str
    people: int

    @property
    def is_explained(self) -> bool:
        """Says whether an act did it that may do it."""
        return bool(self.event) and (self.moved or self.event not in (EXITS if self.way == "in" else ENTRANCES))


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of one station, or of the city (station empty)."""

    station: str
    before: int
    after: int
    flows: tuple[Flow, ...]

    def total(self, way: str) -> int:
        """Gives how many came (`in`) or left (`out`)."""
        return sum(flow.people for flow in self.flows if flow.way == way)

    @property
    def difference(self) -> int:
        """What is left over: 0 when the balance holds."""
        return self.after - (self.before + self.total("in") - self.total("out"))

    @property
    def holds(self) -> bool:
        """Says whether nothing is left over, every flow is explained and the city loses nobody between stations."""
        moved = sum(flow.people if flow.way == "in" else -flow.people for flow in self.flows if flow.moved)
        explained = all(flow.is_explained for flow in self.flows)
        return self.difference == 0 and explained and (moved == 0 or bool(self.station))


def balances(start: date, end: date, known_at: datetime) -> list[Balance]:
    """Gives the balance of the city and of each station between the ends of two days, the city first.

    Args:
        start: day whose end is counted from; `end`: day to whose end is counted.
        known_at: moment of the register.
    """
    before, after = _open(start, known_at), _open(end, known_at)
    flows = [Flow(**row) for row in rows(FLOWS, start, known_at, until=end)]
    stations = sorted({*before, *after, *(flow.station for flow in flows)} - {""})
    found = [
        Balance(one, before.get(one, 0), after.get(one, 0), tuple(flow for flow in flows if flow.station == one))
        for one in stations
    ]
    return [Balance("", before.get("", 0), after.get("", 0), _summed(flows)), *found]


def _open(on: date, known_at: datetime) -> dict[str, int]:
    return {row["station"]: row["people"] for row in rows(OPEN, on, known_at)}


def _summed(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    sums: dict[tuple[str, bool, str], int] = {}
    for flow in flows:
        key = (flow.way, flow.moved, flow.event)
        sums[key] = sums.get(key, 0) + flow.people
    return tuple(Flow("", *key, people) for key, people in sorted(sums.items()))
