"""Leaving the register alive: service, settling abroad, foreign nationality; custody closes nothing."""

from __future__ import annotations

from datetime import date

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import holdings, standing
from anjia.registers.family import OPEN, Changes, add, circle, family, leave
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import EMIGRATED, FOREIGN, SERVING, refusal, turn

IN_SERVICE = "1"
CUSTODY = (
    f"SELECT id, subject, valid_from, valid_to, kind, authority, paper FROM registers_custody WHERE {OPEN} "
    "AND subject = %s::bigint"
)


def depart(
    do: str, on: date, person: int, status: str, ground: str, new_head: int | None = None, *, military: str = "",
    residence: bool = True,
) -> Prepared:  # fmt: skip
    """Prepares the end of a living person's registration; the household gets a new head or closes.

    Args:
        status: code that the person has from then on; it is also the ground of closing.
        residence: whether the person also stops living here.
    """
    looked = circle([person], standing.later_homes(person, on))

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        row = standing.living(seen, person)
        found.own(person)
        changes: Changes = leave(found, [person], on, status, new_head)
        for earlier in seen["later"]:
            add(changes, truncate("membership", earlier, on, close_ground=status))
        add(changes, turn("status", row, on, status=status, ground=ground))
        if military:
            add(changes, turn("condition", standing.entry(seen, "condition", person), on, military=military))
        for place in seen["residence"] if residence else ():
            add(changes, truncate("residence", place, on))
        add(changes, holdings.close(seen, on, holdings.SERVICE if status == SERVING else holdings.EMIGRATION))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (
        *looked.reads(), *holdings.reads([person]), standing.read("status", [person]),
        standing.read("condition", [person]), standing.read("residence", [person]), standing.later(person, on),
    )  # fmt: skip
    return Prepared(do, looked.subjects, (), reads, decide, on)


@operation("enlist", needs="person notice", takes="new_head")
def enlist(*, on: date, person: int, notice: str, new_head: int | None = None) -> Prepared:
    """Closes the registration of somebody who joins the forces (ENLIST, rule X-05).

    The number stays; collective membership and land rights are in no register of this house and are
    not touched (农村集体经济组织法 Art. 18). The return is `restore` of kind 1 or 2.

    Args:
        notice: number of the enlistment notice.
    """
    return depart("enlist", on, person, SERVING, notice, new_head, military=IN_SERVICE)


@operation("emigrate", needs="person paper", takes="new_head nationality")
def emigrate(
    *, on: date, person: int, paper: str, new_head: int | None = None, nationality: bool = False
) -> Prepared:
    """Closes the registration of somebody who settled abroad or took a foreign nationality (EMIGRATE, X-07, X-08).

    Args:
        paper: approval or notice of exit-entry, or proof of the nationality.
        nationality: a foreign nationality was taken, so the Chinese one is lost (国籍法 Art. 9).
    """
    return depart("emigrate", on, person, FOREIGN if nationality else EMIGRATED, paper, new_head)


@operation("record-custody", needs="person kind authority", takes="paper")
def record_custody(*, on: date, person: int, kind: str, authority: str, paper: str = "") -> Prepared:
    """Notes an arrest or a sentence; the registration stays (rule X-09).

    Args:
        kind: `detention`, `arrest` or `prison`; a later kind ends the earlier one.
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        standing.living(seen, person)
        changes: Changes = ([], [])
        for row in seen["custody"]:
            add(changes, _ended(row, on))
        changes[1].append(
            Open("custody", person, on, None, {"kind": kind, "authority": authority, "paper": paper})
        )
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (standing.read("status", [person]), Read("custody", CUSTODY, [person]))
    return Prepared("record-custody", (person,), (), reads, decide, on)


@operation("record-release", needs="person")
def record_release(*, on: date, person: int) -> Prepared:
    """Notes a release (监狱法 Art. 36); somebody whose registration had been closed uses `restore` of kind 3."""

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not seen["custody"]:
            raise AnjiaError(
                "custody-missing", "登记簿没有此人正在羁押或服刑的记载",
                "The register knows of no custody of this person",
                ("请核对释放证明", "Check the certificate of release"), status=409,
            )  # fmt: skip
        closes, opens = _ended(seen["custody"][0], on)
        return Plan(tuple(closes), tuple(opens), {"person": person})

    return Prepared("record-release", (person,), (), (Read("custody", CUSTODY, [person]),), decide, on)


def _ended(row: dict[str, object], on: date) -> Changes:
    if row["valid_from"] >= on:  # type: ignore[operator]
        raise refusal(
            "day-impossible", "日期须晚于羁押开始的日期", "The day must lie after the beginning of the custody",
            ("请核对日期", "Check the dates"),
        )  # fmt: skip
    return truncate("custody", row, on)
