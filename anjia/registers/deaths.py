"""Deaths: declared by papers, by a court, or found by a cremation record nobody followed up (rules X-01 to X-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import holdings, standing
from anjia.registers.asof import known, predicate, rows
from anjia.registers.family import OPEN, Changes, add, circle, family, leave
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import DEAD, DECLARED_DEAD, refusal, turn

DEATH_DAYS = 30
"""Days after which an undeclared death becomes a task of the station; a city may set its own (assumed)."""

NOTICE_DAYS = 15
"""Days between the notice to kin and the cancellation (rule X-03, assumed)."""

DEMISE = (
    "SELECT id, subject, valid_from, valid_to, source, died_on, paper, noticed_on FROM registers_demise "
    f"WHERE {OPEN} AND subject = %s::bigint"
)
SILENT = f"""
SELECT d.subject, p.name, d.source, d.died_on, d.paper, d.noticed_on, m.household, m.division
  FROM registers_demise d
  JOIN registers_membership m ON m.subject = d.subject AND {predicate("m")}
  JOIN registers_particulars p ON p.subject = d.subject AND {predicate("p")}
 WHERE {known("d")} AND d.valid_to IS NULL AND d.died_on < %(on)s::date - %(days)s::int
   AND m.division BETWEEN %(low)s::text AND %(high)s::text AND d.subject > %(after)s::bigint
 ORDER BY d.subject LIMIT %(limit)s::int
"""


@dataclass(frozen=True, slots=True)
class Silent:
    """Somebody who is dead by a report and still registered: a task of the station."""

    subject: int
    name: str
    source: str
    died_on: date
    paper: str
    noticed_on: date | None
    household: int
    division: str


@operation("record-death", needs="person", takes="new_head declared ground found")
def record_death(
    *, on: date, person: int, new_head: int | None = None, declared: bool = False, ground: str = "",
    found: bool = False,
) -> Prepared:  # fmt: skip
    """Closes the registration of a dead person on the day of death; the household gets a new head or closes (DEATH).

    What follows for others, such as the marital status of the widow, is an event of its own.

    Args:
        on: day of death as in the paper; of a declared death the day of the judgment or the accident.
        new_head: head of those who stay, when the head died.
        declared: the death was declared by a court; an absence that was declared closes nothing (X-04).
        found: nobody declared it: the report of a death is followed up 15 days after the notice to kin (X-03).

    Raises:
        AnjiaError: when done `person-not-registrable` (409), `head-needed`, `notice-too-short` (422).
    """
    looked = circle([person], standing.later_homes(person, on))
    code = DECLARED_DEAD if declared else DEAD

    def decide(seen: Seen, moment: Moment) -> Plan:
        near = family(seen, looked)
        status = standing.alive(seen, person, but=standing.NOT_HERE)
        if found:
            _noticed(seen, on, moment)
        registered = any(row["subject"] == person for row in near.members)
        changes: Changes = leave(near, [person], on, code, new_head) if registered else ([], [])
        for row in seen["later"]:
            add(changes, truncate("membership", row, on, close_ground=code))
        add(changes, turn("status", status, on, status=code, ground=ground))
        for row in seen["residence"]:
            add(changes, truncate("residence", row, on))
        add(changes, holdings.close(seen, on, holdings.DEATH))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (
        *looked.reads(), *holdings.reads([person]), standing.read("status", [person]),
        standing.read("residence", [person]),
        standing.later(person, on), Read("demise", DEMISE, [person]),
    )  # fmt: skip
    return Prepared("record-death", looked.subjects, (), reads, decide, on)


@operation("report-death", needs="person died_on source paper")
def report_death(*, on: date, person: int, died_on: date, source: str, paper: str) -> Prepared:
    """Notes that another office reported a death; the registration stays until somebody declares it.

    Args:
        source: `certificate`, `clinic`, `police` or `cremation`; a later report replaces an earlier one.
    """
    values = {"source": source, "died_on": died_on, "paper": paper, "noticed_on": None}

    def decide(seen: Seen, moment: Moment) -> Plan:
        changes: Changes = ([], [])
        for row in seen["demise"]:
            add(changes, turn("demise", row, on, **values))
        if not seen["demise"]:
            changes[1].append(Open("demise", person, on, None, values))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    return Prepared("report-death", (person,), (), (Read("demise", DEMISE, [person]),), decide, on)


@operation("notify-kin", needs="person")
def notify_kin(*, on: date, person: int) -> Prepared:
    """Notes that the kin of somebody reported dead were told of the cancellation to come (rule X-03)."""

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not seen["demise"]:
            raise _unreported()
        closes, opens = turn("demise", seen["demise"][0], on, noticed_on=on)
        return Plan(tuple(closes), tuple(opens), {"person": person})

    return Prepared("notify-kin", (person,), (), (Read("demise", DEMISE, [person]),), decide, on)


def list_silent(
    on: date, known_at: datetime, *, area: str = "", days: int = DEATH_DAYS, after: int = 0, limit: int = 100
) -> list[Silent]:
    """Gives those who are reported dead for more than `days` and still registered, by key (rule X-03).

    Args:
        area: first digits of the division, empty = everywhere.
        after: key of the last one of the page before.
    """
    low, high = area.ljust(12, "0"), area.ljust(12, "9")
    found = rows(SILENT, on, known_at, low=low, high=high, days=days, after=after, limit=limit)
    return [Silent(**row) for row in found]


def _noticed(seen: Seen, on: date, moment: Moment) -> None:
    if not seen["demise"]:
        raise _unreported()
    row = seen["demise"][0]
    told: date | None = row["noticed_on"]
    if told is None or timezone.localdate(moment.at) < told + timedelta(days=NOTICE_DAYS):
        raise refusal(
            "notice-too-short", f"通知亲属满 {NOTICE_DAYS} 天后才能注销",
            f"Kin are given {NOTICE_DAYS} days after the notice",
            ("请先通知亲属，期满再办", "Notify the kin first and wait for the term"), noticed_on=told,
        )  # fmt: skip
    if row["died_on"] != on:
        raise refusal(
            "death-day-differs", f"死亡日期与通报的 {row['died_on']} 不一致",
            f"The day of death is not that of the report, {row['died_on']}",
            ("请核对死亡日期", "Check the day of death"), died_on=row["died_on"],
        )  # fmt: skip


def _unreported() -> AnjiaError:
    return AnjiaError(
        "death-unreported", "登记簿没有此人死亡的通报", "The register has no report of this person's death",
        ("请凭死亡证明办理", "Use a proof of death"), status=409,
    )  # fmt: skip
