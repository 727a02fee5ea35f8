"""Persons from elsewhere: how they come into the register, and the registration of where they stay (RESREG)."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, holdings, people, standing
from anjia.registers.asof import predicate, rows
from anjia.registers.family import Changes, add, own
from anjia.registers.moving import PLACE, PLACE_NOW, in_use
from anjia.registers.numbering import require_fit
from anjia.registers.operations import Prepared, operation
from anjia.registers.permit import CANCELLED
from anjia.registers.place import subject_of
from anjia.registers.standing import ELSEWHERE

GAP_DAYS, DECLARE_DAYS = 90, 3
"""Days of absence that keep the clock (rule R-02), and days within which an arrival is declared (R-01)."""

# The lock on the number comes first: two windows that take the same person in at once wait for each other.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%s::bytea, 'hex'), 0))::text AS held"
KNOWN = "SELECT subject FROM registers_identity WHERE blind = %s AND kind = 'citizen_no' AND recorded_to IS NULL"
LIVES = f"SELECT r.division FROM registers_residence r WHERE r.subject = %(subject)s::bigint AND {predicate('r')}"
STAY = f"""
SELECT s.since, s.arrived_on, s.ground, s.reported_by, s.home_division, s.home_address,
       coalesce(l.printed, '') AS address
  FROM registers_stay s
  LEFT JOIN registers_residence r ON r.subject = s.subject AND {predicate("r")}
  LEFT JOIN registers_place l ON l.subject = r.place AND {predicate("l")}
 WHERE s.subject = %(subject)s::bigint AND {predicate("s")}
"""
LAST_STAY = (
    "SELECT since, valid_to FROM registers_stay WHERE subject = %s::bigint AND recorded_to IS NULL "
    "AND valid_to IS NOT NULL ORDER BY valid_to DESC LIMIT 1"
)


@operation(
    "take-in-person",
    needs="name sex birth_on ethnicity number",
    takes="birth_place native_place marital education employer phone",
)
def take_in_person(
    *, on: date, name: str, sex: str, birth_on: date, ethnicity: str, number: str, marital: str = "90",
    phone: str = "", **more: str,
) -> Prepared:  # fmt: skip
    """Takes a person who is registered elsewhere into the register of persons, without a registration.

    Raises:
        AnjiaError: `number-mismatch` (422); when done `person-known` (409) with the person's key.
    """
    require_fit(number, birth_on, sex)
    identity = {**people.sealed("citizen_no", number, uuid.uuid4()), "issued_here": False}
    reach = people.sealed("phone", phone, uuid.uuid4()) if phone else None
    particulars = {
        "name": name, "former_name": "", "sex": sex, "birth_on": birth_on, "ethnicity": ethnicity,
        "birth_place": more.get("birth_place", ""), "native_place": more.get("native_place", ""),
        "first_county": number[:6],
    }  # fmt: skip
    condition = {
        "marital": marital, "education": more.get("education", "90"), "military": "0",
        "employer": more.get("employer", ""), "occupation": "",
    }  # fmt: skip

    def decide(seen: Seen, moment: Moment) -> Plan:
        if seen["known"]:
            raise _known(seen["known"][0]["subject"])
        new = moment.subjects[0]
        opens = [
            Open("particulars", new, birth_on, None, particulars),
            Open("status", new, birth_on, None, {"status": ELSEWHERE, "ground": ""}),
            Open("condition", new, on, None, condition),
            Open("identity", new, birth_on, None, identity),
        ]
        if reach:
            opens.append(Open("identity", new, on, None, reach))
        return Plan((), tuple(opens), {"person": new})

    blind = identity["blind"]
    reads = (Read("alone", ALONE, [blind]), Read("known", KNOWN, [blind]))
    return Prepared("take-in-person", (), ("P",), reads, decide, on)


@operation(
    "register-residence",
    needs="person place arrived_on",
    takes="ground reported_by home_division home_address proved gap_days declare_days",
)
def register_residence(
    *, on: date, person: int, place: str, arrived_on: date, ground: str = "rent", reported_by: str = "self",
    home_division: str = "", home_address: str = "", proved: bool = False, gap_days: int = GAP_DAYS,
    declare_days: int = DECLARE_DAYS,
) -> Prepared:  # fmt: skip
    """Registers where a person from elsewhere stays, or has moved inside the city (RESREG, rules R-01, R-02).

    The clock `since` starts on the day of arrival when it is declared in time or proved, else on the
    day of the registration; a move inside the city keeps it, and so does an absence of `gap_days`.

    Args:
        place: standard address code, 20 digits.
        arrived_on: first day at this address.
        ground: `own`, `rent`, `kin`, `dorm`, `unit` or `other`.
        reported_by: `self`, `lessor`, `employer` or `school`.
        home_division, home_address: where the person is registered; kept from before when left out.
        proved: papers prove the day of arrival, so that a late declaration does not set the clock back.

    Raises:
        AnjiaError: `arrival-later`, `place-unknown`; when done `person-local`, `residence-there-already`,
            `home-needed`, `arrival-too-early`.
    """
    if arrived_on > on:
        raise _later()
    spot = subject_of(place)
    division = str(in_use(rows(PLACE_NOW, date.max, timezone.now(), place=spot), place[:12])["division"])
    where = {"place": spot, "division": division, "station": divisions.station_of(division), "ground": ground}
    begun = arrived_on if proved or (on - arrived_on).days <= declare_days else on
    said = {"ground": ground, "reported_by": reported_by, "arrived_on": arrived_on, "close_ground": ""}
    home = {"home_division": home_division, "home_address": home_address}

    def decide(seen: Seen, moment: Moment) -> Plan:
        in_use(seen["place"], division)
        _require_outside(seen)
        changes: Changes = ([], [])
        for row in seen["residence"]:
            _require_elsewhere(row, seen, where, arrived_on)
            add(changes, truncate("residence", row, arrived_on))
        changes[1].append(Open("residence", person, arrived_on, None, where))
        stays = seen["stay"]
        if stays:
            kept = {**own(stays[0]), **said, **{name: value for name, value in home.items() if value}}
            add(changes, truncate("stay", stays[0], max(arrived_on, stays[0]["valid_from"])))
        else:
            kept = {"since": _since(seen["last"], begun, arrived_on, gap_days), **said, **home}
        if not (kept["home_division"] and kept["home_address"]):
            raise _home_needed()
        day = max(arrived_on, stays[0]["valid_from"]) if stays else arrived_on
        changes[1].append(Open("stay", person, day, None, kept))
        add(changes, _permit_follows(seen, where, on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "since": kept["since"].isoformat()})

    reads = (
        *holdings.reads([person]), standing.read("status", [person]), Read("place", PLACE, [spot]),
        standing.read("residence", [person]), Read("last", LAST_STAY, [person]),
    )  # fmt: skip
    return Prepared("register-residence", (person, spot), (), reads, decide, on)


@operation("end-residence", needs="person", takes="left_on for_good ground")
def end_residence(
    *, on: date, person: int, left_on: date | None = None, for_good: bool = True, ground: str = holdings.DEPARTURE
) -> Prepared:
    """Ends the registered stay of a person from elsewhere; who leaves for good loses the permit (rule R-09).

    Args:
        left_on: first day away (default `on`).
        for_good: False for an absence after which the person means to come back; the permit stays.

    Raises:
        AnjiaError: `arrival-later` (422) for a day to come; when done `stay-missing` (409).
    """
    day = left_on or on
    if day > on:
        raise _later()

    def decide(seen: Seen, moment: Moment) -> Plan:
        if not seen["stay"]:
            raise stay_missing()
        changes: Changes = ([], [])
        add(changes, truncate("stay", seen["stay"][0], day, close_ground=ground))
        for row in seen["residence"]:
            add(changes, truncate("residence", row, day))
        for row in seen["permit"]:
            if for_good and row["state"] != CANCELLED:
                add(changes, holdings.turned("permit", row, day, state=CANCELLED, close_ground=ground))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (*holdings.reads([person]), standing.read("residence", [person]))
    return Prepared("end-residence", (person,), (), reads, decide, on)


def division_of(person: int, on: date, known_at: datetime) -> str | None:
    """Gives the division of a person's registered residence, None when there is none on that day."""
    found = rows(LIVES, on, known_at, subject=person)
    return str(found[0]["division"]) if found else None


def stay_of(person: int, on: date, known_at: datetime) -> dict[str, Any] | None:
    """Gives the stay of a person from elsewhere (since, home_address, address …), None when there is none."""
    found = rows(STAY, on, known_at, subject=person)
    return found[0] if found else None


def stay_missing() -> AnjiaError:
    """Gives the error for a person without an open residence registration."""
    return AnjiaError(
        "stay-missing", "此人现在没有居住登记", "This person has no open residence registration",
        ("请先办理居住登记", "Register the residence first"), status=409,
    )  # fmt: skip


def _since(last: Any, begun: date, arrived_on: date, gap_days: int) -> date:
    """Gives the day from which the stay counts: an absence of `gap_days` and less does not break it."""
    if last and last[0]["valid_to"] <= arrived_on and (arrived_on - last[0]["valid_to"]) <= timedelta(gap_days):
        since: date = last[0]["since"]
        return since
    return begun


def _require_outside(seen: Seen) -> None:
    if not seen["status"]:
        raise conflict()
    if seen["status"][0]["status"] != ELSEWHERE:
        raise AnjiaError(
            "person-local",
            "此人的户口在本市，或者已经注销；居住登记和居住证是给户口在市外的人办的",
            "This person is registered in this city, or the registration is cancelled; "
            "this is for persons who are registered elsewhere",
            ("在本市换住处的，请更新居住地址", "For a move inside the city update the address of residence"),
            status=409,
        )


def _require_elsewhere(row: Any, seen: Seen, where: dict[str, Any], arrived_on: date) -> None:
    if row["place"] == where["place"] and seen["stay"]:
        raise AnjiaError(
            "residence-there-already", "此人已登记住在这里", "This person is registered as living there already",
            ("不需要再办", "Nothing is left to do"), status=409,
        )  # fmt: skip
    if row["valid_from"] > arrived_on:
        raise AnjiaError(
            "arrival-too-early",
            f"现住址自 {row['valid_from']} 起登记，搬来的日期不能更早",
            f"The present address is registered since {row['valid_from']}; the move cannot be earlier",
            ("请核对搬来的日期", "Check the day of the move"),
            status=422,
        )


def _permit_follows(seen: Seen, where: dict[str, Any], on: date) -> Changes:
    """Lets a standing permit name the new address; its days and counters stay."""
    changes: Changes = ([], [])
    place = {name: where[name] for name in ("place", "division", "station")}
    for row in seen["permit"]:
        if row["state"] != CANCELLED:
            add(changes, holdings.turned("permit", row, on, **place))
    return changes


def _later() -> AnjiaError:
    return AnjiaError(
        "arrival-later", "到达或离开的日期不能晚于今天", "The day of arrival or departure cannot lie after today",
        ("请核对日期", "Check the day"), status=422,
    )  # fmt: skip


def _home_needed() -> AnjiaError:
    return AnjiaError(
        "home-needed", "请填写户口所在地（区划和住址）", "Say where the person is registered (division and address)",
        ("可按身份证或户口簿填写", "Take it from the ID card or the booklet"), status=422,
    )  # fmt: skip


def _known(person: int) -> AnjiaError:
    return AnjiaError(
        "person-known", "登记簿中已有此人", "The register knows this person already",
        ("请直接为此人办理", "Go on with this person"), status=409, person=person,
    )  # fmt: skip


