"""A stay that was booked wrongly between two dates, put right (CORRECT)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers.asof import rows
from anjia.registers.family import FAMILY_HOUSEHOLD, HOUSEHOLD, MEMBERSHIP, own
from anjia.registers.operations import Prepared, operation
from anjia.registers.refusal import Refusal
from anjia.registers.relations import NOT_KIN

STAYS = (
    f"SELECT {MEMBERSHIP} FROM registers_membership "
    "WHERE recorded_to IS NULL AND subject = %s::bigint ORDER BY valid_from"
)
PAGES = (
    f"SELECT {HOUSEHOLD} FROM registers_household "
    "WHERE recorded_to IS NULL AND subject = %s::bigint ORDER BY valid_from"
)
STAYS_NOW = STAYS.replace("%s", "%(person)s")

RELATION = Refusal(
    "relation-needed", "家庭户成员要写明与户主关系", "A member of a family household needs a relation to its head",
    ("请写明与户主关系", "Say what the person was to the head"),
)  # fmt: skip
NOTHING = Refusal(
    "stay-unknown", "此人在这段时间没有登记，不能更正", "This person has no registration in this period to correct",
    ("没有登记的，请办补录或恢复", "What is missing is entered late or restored"), 409,
)  # fmt: skip


@operation("correct-registration", needs="person household since", takes="until relation ground from_place")
def correct_registration(
    *, on: date, person: int, household: int, since: date, until: date | None = None, relation: str = "",
    ground: str = "", from_place: str = "",
) -> Prepared:  # fmt: skip
    """Says that between two dates a person was registered in another household than was booked.

    What was booked before and after the two dates stays; what was known until now stays readable.

    Args:
        household: where the person really was registered; it must have stood all the time.
        since, until: first day, and first day no longer (None = until today and on).
        relation: to that household's head in those days; 99 in collective households.

    Raises:
        AnjiaError: `period-empty`; when done `household-not-standing` (409), `stay-unknown`,
            `relation-needed`.
    """
    if until is not None and until <= since:
        raise _empty(since, until)
    household = int(household)
    homes = {household, *(row["household"] for row in rows(STAYS_NOW, on, timezone.now(), person=person))}

    def decide(seen: Seen, moment: Moment) -> Plan:
        stays = seen["stays"]
        if not {row["household"] for row in stays} <= homes:
            raise conflict()
        wrong = [row for row in stays if _meets(row, since, until)]
        if not wrong:
            raise NOTHING()
        code = relation or ("" if _is_family(seen["pages"]) else NOT_KIN)
        if not code:
            raise RELATION()
        opens = [entry for row in wrong for entry in _around(row, since, until)]
        for first, last, division in _division_spans(seen["pages"], since, until):
            values = {
                "household": household, "relation": code, "ground": ground, "from_place": from_place,
                "division": division, "close_ground": wrong[-1]["close_ground"] if last is not None else "",
            }  # fmt: skip
            opens.append(Open("membership", person, first, last, values))
        closes = tuple(Close("membership", row["id"], person) for row in wrong)
        return Plan(closes, tuple(opens), {"person": person, "household": household})

    reads = (Read("stays", STAYS, [person]), Read("pages", PAGES, [household]))
    return Prepared("correct-registration", tuple(sorted({person, *homes})), (), reads, decide, on)


def _is_family(pages: Iterable[Mapping[str, Any]]) -> bool:
    return any(row["kind"] == FAMILY_HOUSEHOLD for row in pages)


def _meets(row: Mapping[str, Any], since: date, until: date | None) -> bool:
    return (row["valid_to"] is None or row["valid_to"] > since) and (until is None or row["valid_from"] < until)


def _around(row: Mapping[str, Any], since: date, until: date | None) -> Iterator[Open]:
    """Gives what stays of a wrong booking before and after the two dates."""
    if row["valid_from"] < since:
        yield Open("membership", row["subject"], row["valid_from"], since, own(row))
    if until is not None and (row["valid_to"] is None or row["valid_to"] > until):
        yield Open("membership", row["subject"], until, row["valid_to"], own(row))


def _division_spans(
    pages: Iterable[Mapping[str, Any]], since: date, until: date | None
) -> Iterator[tuple[date, date | None, str]]:
    """Gives the days of the stay by the division in which the household lay; it must have stood throughout."""
    at, first, division = since, since, ""
    over = False
    for row in pages:
        if over or not _meets(row, since, until):
            continue
        if row["valid_from"] > at:
            break
        if division and row["division"] != division:
            yield first, at, division
            first = at
        division, ends = row["division"], row["valid_to"]
        over = ends is None or (until is not None and ends >= until)
        at = at if ends is None else ends
    if not over:
        raise AnjiaError(
            "household-not-standing",
            f"这一户在 {at} 没有开户，不能登记在户内",
            f"The household did not stand on {at}, so nobody was registered in it",
            ("请核对户号和起止日期", "Check the household and the dates"),
            status=409,
            on=at,
        )
    yield first, until, division


def _empty(since: date, until: date) -> AnjiaError:
    return AnjiaError(
        "period-empty",
        f"结束日 {until} 须晚于开始日 {since}",
        f"The end {until} must lie after the start {since}",
        ("请核对起止日期", "Check both dates"),
        status=422,
    )
