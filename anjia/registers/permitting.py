"""Residence permits: issue, endorsement, suspension, a new copy, the end (rules R-03 to R-09)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from anjia.kernel import numbers
from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import months_between
from anjia.registers import endorsing, holdings, standing
from anjia.registers.family import Changes, add, own
from anjia.registers.operations import Prepared, operation
from anjia.registers.permit import CANCELLED, SUSPENDED, VALID
from anjia.registers.place import subject_of
from anjia.registers.residing import stay_missing
from anjia.registers.standing import ELSEWHERE

HALF_YEAR = 6
LOST, DAMAGED, RENEWED = "lost", "damaged", "renewed"
NUMBERING = frozenset({"number"})


@operation("issue-permit", needs="person place ground", takes="half_year_months")
def issue_permit(
    *, on: date, person: int, place: str, ground: str, half_year_months: int = HALF_YEAR
) -> Prepared:
    """Issues a residence permit; the years of residence and the first endorsement count from this day.

    Args:
        place: standard address code of the registered residence, 20 digits.
        ground: `job`, `home` or `study` (rule R-04).
        half_year_months: full months for which the person must have stayed (rule R-03).

    Raises:
        AnjiaError: when done `permit-there-already`, `stay-missing`, `stay-too-short`,
            `residence-moved` (409).
    """
    spot, county = subject_of(place), place[:6]

    def decide(seen: Seen, moment: Moment) -> Plan:
        stay = _stay(seen)
        lives = seen["residence"][0] if seen["residence"] else None
        if lives is None or lives["place"] != spot:
            raise _moved()
        if months_between(stay["since"], on) < half_year_months:
            raise _too_short(stay["since"], half_year_months)
        changes: Changes = ([], [])
        for row in seen["permit"]:
            if row["state"] != CANCELLED:
                raise _there_already(row["serial"])
            add(changes, truncate("permit", row, on))
        values = {
            "serial": _serial(county, seen), "state": VALID, "ground": ground, "issued_on": on, "made_on": on,
            "years_from": on, "due_on": endorsing.full_year(on, 1), "endorsed_on": None, "endorsements": 0,
            "place": spot, "division": lives["division"], "station": lives["station"], "close_ground": "",
        }  # fmt: skip
        changes[1].append(Open("permit", person, on, None, values))
        return _plan(changes, person, values)

    return Prepared("issue-permit", (person,), (), (*_reads(person), _number(county)), decide, on, NUMBERING)


@operation("endorse-permit", needs="person")
def endorse_permit(*, on: date, person: int) -> Prepared:
    """Endorses a permit in the month before the year is full, or late (rules R-06, R-07).

    In time the years go on. After the term the function comes back and the years of residence are
    counted anew from this day; the day of issue never moves.

    Raises:
        AnjiaError: when done `permit-missing`, `stay-missing` (409), `endorsement-too-early` (422).
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _standing(seen)
        _stay(seen)
        if on > row["due_on"]:
            years_from, due_on = on, endorsing.full_year(on, 1)
        elif on >= endorsing.opens_on(row["due_on"]):
            years_from, due_on = row["years_from"], endorsing.next_due(row)
        else:
            raise _too_early(row["due_on"])
        values = {
            "state": VALID, "years_from": years_from, "due_on": due_on, "endorsed_on": on,
            "endorsements": row["endorsements"] + 1,
        }  # fmt: skip
        changes: Changes = ([], [])
        day = max(row["due_on"] + timedelta(days=1), row["valid_from"])
        if row["state"] == VALID and day < on:
            # Nobody has written down yet that the function was suspended in between.
            add(changes, truncate("permit", row, day))
            changes[1].append(Open("permit", person, day, on, {**own(row), "state": SUSPENDED}))
            changes[1].append(Open("permit", person, on, None, {**own(row), **values}))
        else:
            add(changes, holdings.turned("permit", row, on, **values))
        return _plan(changes, person, {**row, **values})

    return Prepared("endorse-permit", (person,), (), _reads(person), decide, on)


@operation("suspend-permit", needs="person due_on")
def suspend_permit(*, on: date, person: int, due_on: date) -> Prepared:
    """Suspends the function of a permit whose endorsement was missed (rule R-07).

    Args:
        due_on: the term that was missed; a permit with another one has been endorsed.

    Raises:
        AnjiaError: when done `permit-missing`, `permit-not-due` (409).
    """

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _standing(seen)
        if row["state"] != VALID or row["due_on"] != due_on or on <= due_on:
            raise AnjiaError(
                "permit-not-due", "这本居住证没有逾期未签注", "This permit has no missed endorsement",
                ("不需要中止", "Nothing is to be suspended"), status=409,
            )  # fmt: skip
        return _plan(holdings.turned("permit", row, on, state=SUSPENDED), person, {**row, "state": SUSPENDED})

    return Prepared("suspend-permit", (person,), (), _reads(person), decide, on)


@operation("reissue-permit", needs="person reason", takes="handed_in")
def reissue_permit(*, on: date, person: int, reason: str, handed_in: bool = False) -> Prepared:
    """Gives a new copy under a new number; state, counters and the day of issue go on (rule R-08).

    Args:
        reason: `lost`, `damaged` or `renewed`; the last two need the old copy.
        handed_in: the old copy is in hand.

    Raises:
        AnjiaError: `reason-unknown`, `permit-not-handed-in` (422); when done `permit-missing`.
    """
    if reason not in (LOST, DAMAGED, RENEWED):
        raise _reason()
    if reason != LOST and not handed_in:
        raise AnjiaError(
            "permit-not-handed-in", "换领时应当交回原证", "The old permit is handed in for the new one",
            ("原证丢失的，请选补领", "If it is lost, ask for a replacement"), status=422,
        )  # fmt: skip

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _standing(seen)
        changes: Changes = ([], [])
        day = max(on, row["valid_from"])
        add(changes, truncate("permit", row, day, close_ground=reason))
        values = {**own(row), "serial": _serial(row["division"][:6], seen), "made_on": on}
        changes[1].append(Open("permit", person, day, None, values))
        return _plan(changes, person, values)

    reads = (*_reads(person), _number_of_person(person))
    return Prepared("reissue-permit", (person,), (), reads, decide, on, NUMBERING)


@operation("cancel-permit", needs="person reason")
def cancel_permit(*, on: date, person: int, reason: str) -> Prepared:
    """Cancels a permit (rule R-09).

    Args:
        reason: `settlement`, `death`, `departure`, `fraud` or `own-wish`.

    Raises:
        AnjiaError: `reason-unknown` (422); when done `permit-missing` (409).
    """
    known = (holdings.SETTLEMENT, holdings.DEATH, holdings.DEPARTURE, holdings.FRAUD, holdings.OWN_WISH)
    if reason not in known:
        raise _reason()

    def decide(seen: Seen, moment: Moment) -> Plan:
        row = _standing(seen)
        values = {"state": CANCELLED, "close_ground": reason}
        return _plan(holdings.turned("permit", row, on, **values), person, {**row, **values})

    return Prepared("cancel-permit", (person,), (), _reads(person), decide, on)


def _reads(person: int) -> tuple[Read, ...]:
    return (
        *holdings.reads([person]), standing.read("residence", [person]),
        standing.read("status", [person]),
    )  # fmt: skip


def _number(county: str) -> Read:
    return Read("number", numbers.NEXT, [f"permit:{county}"])


def _number_of_person(person: int) -> Read:
    """Gives the next number of the county where the person's permit stands."""
    sql = numbers.NEXT.replace(
        "VALUES (%s, 1)",
        "SELECT 'permit:' || left(division, 6), 1 FROM registers_permit "
        "WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL",
    )
    return Read("number", sql, [person])


def _serial(county: str, seen: Seen) -> str:
    """Gives the next number of a county's permits; a preview gives none out."""
    return f"R{county}{seen['number'][0]['value']:08d}" if "number" in seen else ""


def _stay(seen: Seen) -> Any:
    if not seen["stay"] or not seen["status"] or seen["status"][0]["status"] != ELSEWHERE:
        raise stay_missing()
    return seen["stay"][0]


def _standing(seen: Seen) -> Any:
    """Gives the permit that is valid or suspended.

    Raises:
        AnjiaError: `permit-missing` (409).
    """
    for row in seen["permit"]:
        if row["state"] != CANCELLED:
            return row
    raise AnjiaError(
        "permit-missing", "此人没有可以办理的居住证", "This person has no permit that stands",
        ("请先申领居住证", "Apply for a residence permit first"), status=409,
    )  # fmt: skip


def _plan(changes: Changes, person: int, values: Any) -> Plan:
    summary = {
        "person": person, "serial": values["serial"], "state": values["state"], "due_on": values["due_on"].isoformat(),
    }  # fmt: skip
    return Plan(tuple(changes[0]), tuple(changes[1]), summary)


def _there_already(serial: str) -> AnjiaError:
    return AnjiaError(
        "permit-there-already", f"此人已有居住证 {serial}", f"This person has permit {serial} already",
        ("需要签注、换领或补领的，请办居住证签注、换领、补领", "Endorse it or ask for a new copy instead"),
        status=409, serial=serial,
    )  # fmt: skip


def _too_short(since: date, months: int) -> AnjiaError:
    ready = endorsing.add_months(since, months)
    return AnjiaError(
        "stay-too-short",
        f"居住登记自 {since} 起算，满 {months} 个月（{ready}）后可以申领",
        f"The residence counts from {since}; {months} months are full on {ready}",
        (f"请在 {ready} 及以后申领", f"Apply on {ready} or later"),
        status=409,
        since=since,
        ready_on=ready,
    )


def _too_early(due_on: date) -> AnjiaError:
    first = endorsing.opens_on(due_on)
    return AnjiaError(
        "endorsement-too-early",
        f"还没到签注时间：{first} 至 {due_on} 可以签注",
        f"It is too early: endorse between {first} and {due_on}",
        (f"请在 {first} 及以后办理", f"Come on {first} or later"),
        status=422,
        opens_on=first,
        due_on=due_on,
    )


def _moved() -> AnjiaError:
    return AnjiaError(
        "residence-moved", "申请的住址与现在登记的居住地址不一致",
        "The address of the application is not the registered residence",
        ("请先更新居住登记", "Update the residence registration first"), status=409,
    )  # fmt: skip


def _reason() -> AnjiaError:
    return AnjiaError(
        "reason-unknown", "办理原因不在规定的范围内", "The reason is none of those that are known",
        ("请从列出的原因中选择", "Choose one of the listed reasons"), status=422,
    )  # fmt: skip
