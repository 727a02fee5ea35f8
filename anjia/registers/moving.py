"""Moving a registration inside the city: out of one household and into another, in one instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, relations, standing
from anjia.registers.asof import rows
from anjia.registers.family import (
    ADULT,
    HOMES,
    OPEN,
    Changes,
    Circle,
    Family,
    add,
    circle_and,
    family,
    head_minor,
    leave,
    member,
)
from anjia.registers.household import new_page, next_number
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of
from anjia.registers.relations import NOT_KIN

MOVED_OUT = "2"
RENTED = "rent"
NEVER_MARRIED = "10"
SPOUSES, CHILDREN = frozenset({"11", "12"}), frozenset({"20", "27", "30", "37"})
PARENTS = frozenset({"51", "52", "53", "54", "55", "56", "57", "58"})
"""Codes of those who may come along (rule S-02), seen from the applicant."""

PLACE = f"SELECT subject, division, printed, state FROM registers_place WHERE {OPEN} AND subject = %s::bigint"
PLACE_NOW = PLACE.replace("%s", "%(place)s")
COLLECTIVE = f"""
SELECT subject FROM registers_household
 WHERE {OPEN} AND kind = 'T4' AND division BETWEEN %(low)s::text AND %(high)s::text
 ORDER BY division, subject LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Move:
    """Who moves, why, and who heads those who stay."""

    person: int
    companions: tuple[int, ...]
    new_head: int | None
    ground: str
    on: date

    @property
    def movers(self) -> tuple[int, ...]:
        """Everybody who moves, the applicant first."""
        return (self.person, *self.companions)

    def reads(self, looked: Circle) -> tuple[Read, ...]:
        """Gives what every move needs to see under the lock."""
        return (*looked.reads(), standing.read("residence", self.movers))


@operation("settle-at-address", needs="person place", takes="companions new_head ground")
def settle_at_address(
    *, on: date, person: int, place: str, companions: Iterable[int] = (), new_head: int | None = None, ground: str = ""
) -> Prepared:
    """Sets up a family household at an address with the person as its head.

    Args:
        place: standard address code, 20 digits.
        companions: persons who move along (rule S-02).
        new_head: head of those who stay, when the head moves.
        ground: code of the reason of moving in.
    """
    move = _move(person, companions, new_head, ground, on)
    spot = subject_of(place)
    looked, [there] = circle_and(move.movers, (), (PLACE_NOW, {"place": spot}))
    division = str(in_use(there, place[:12])["division"])
    station = divisions.station_of(division)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, address = family(seen, looked), in_use(seen["place"], division)
        if found.own(person)["household"] in {key for key, home in found.homes.items() if home["place"] == spot}:
            raise there_already()
        if found.age(person, on) < ADULT:
            raise head_minor()
        _may_come(move, found, into_collective=False)
        new = moment.subjects[0]
        page = new_page(seen, station, place=spot, address=address["printed"], division=division)
        changes = leave(found, move.movers, on, MOVED_OUT, move.new_head)
        changes[1].append(Open("household", new, on, None, page))
        changes[1].extend(_arrive(move, found, new, division, lambda who: _relation(move, found, who)))
        add(changes, _rents(move, seen, spot, division))
        return _plan(move, found, new, changes)

    reads = (*move.reads(looked), Read("place", PLACE, [spot]), next_number(station))
    return Prepared(
        "settle-at-address", (*looked.subjects, spot), ("H",), reads, decide, on, frozenset({"number"})
    )


@operation("join-collective", needs="person", takes="household division companions new_head ground place")
def join_collective(
    *, on: date, person: int, household: int | None = None, division: str = "", companions: Iterable[int] = (),
    new_head: int | None = None, ground: str = "", place: str = "",
) -> Prepared:  # fmt: skip
    """Enters a community public collective household.

    Args:
        household: the household's key; without it the open T4 of the division, its town or county.
        division: 12-digit code of the community where the person lives or works.
        companions: spouse and minor children only (rules S-02, H-14).
        place: standard address code of where the person lives, when it is known.
    """
    move = _move(person, companions, new_head, ground, on)
    target = int(household) if household is not None else find_collective(division)
    spot = subject_of(place) if place else None
    asked = () if spot is None else ((PLACE_NOW, {"place": spot}),)
    looked, there = circle_and(move.movers, (), *asked)
    where = str(in_use(there[0], place[:12])["division"]) if spot is not None else ""

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        if not seen["target"] or seen["target"][0]["kind"] == "J1":
            raise _no_collective()
        if any(found.own(who)["household"] == target for who in move.movers):
            raise there_already()
        _may_come(move, found, into_collective=True)
        changes = leave(found, move.movers, on, MOVED_OUT, move.new_head)
        division = seen["target"][0]["division"]
        changes[1].extend(_arrive(move, found, target, division, lambda who: NOT_KIN))
        if spot is not None:
            in_use(seen["place"], where)
            add(changes, _rents(move, seen, spot, where))
        return _plan(move, found, target, changes)

    reads = (*move.reads(looked), Read("target", HOMES, [[target]]))
    if spot is not None:
        reads = (*reads, Read("place", PLACE, [spot]))
    return Prepared("join-collective", tuple(sorted({*looked.subjects, target})), (), reads, decide, on)


def find_collective(division: str) -> int:
    """Gives the open community public collective household of a community, its town or its county.

    Raises:
        AnjiaError: `collective-missing` (409) when the county has none.
    """
    for length in (12, 9, 6) if len(division) == 12 and division.isdecimal() else ():
        low = division[:length]
        found = rows(COLLECTIVE, date.max, timezone.now(), low=low, high=low.ljust(12, "9"))
        if found:
            return int(found[0]["subject"])
    raise _no_collective()


def _move(person: Any, companions: Iterable[Any], new_head: Any, ground: str, on: date) -> Move:
    others = tuple(sorted({int(who) for who in companions} - {int(person)}))
    return Move(int(person), others, None if new_head is None else int(new_head), ground, on)


def _plan(move: Move, found: Family, to: int, changes: Changes) -> Plan:
    summary = {
        "household": to,
        "from_household": found.own(move.person)["household"],
        "movers": list(move.movers),
    }
    return Plan(tuple(changes[0]), tuple(changes[1]), summary)


def _relation(move: Move, found: Family, who: int) -> str:
    return relations.relation(move.person, who, found.kin)


def _arrive(
    move: Move, found: Family, household: int, division: str, relation: Callable[[int], str]
) -> Iterable[Open]:
    for who in move.movers:
        before = found.address_of(found.own(who)["household"])
        yield member(
            who, move.on, household=household, relation=relation(who), division=division, ground=move.ground,
            from_place=before,
        )  # fmt: skip


def live(
    people: Iterable[int], seen: Seen, on: date, *, place: int, division: str, station: str, ground: str
) -> Changes:
    """Registers that persons live at a place from a day on; who is registered there already stays as is.

    Args:
        seen: with the open residences of the persons, read as `residence`.
        ground: ground of the residence.
    """
    changes: Changes = ([], [])
    known = {row["subject"]: row for row in seen["residence"]}
    values = {"place": place, "division": division, "station": station, "ground": ground}
    for who in people:
        row = known.get(who)
        if row is not None and row["place"] == place:
            continue
        if row is not None:
            add(changes, truncate("residence", row, on))
        changes[1].append(Open("residence", who, on, None, values))
    return changes


def _rents(move: Move, seen: Seen, place: int, division: str) -> Changes:
    station = divisions.station_of(division)
    return live(move.movers, seen, move.on, place=place, division=division, station=station, ground=RENTED)


def _may_come(move: Move, found: Family, *, into_collective: bool) -> None:
    """Refuses companions whom the rules do not let come along (S-02; H-14 for collective households)."""
    for who in move.companions:
        found.own(who)
        code = _relation(move, found, who)
        wide = code in PARENTS or (code in CHILDREN and found.people[who]["marital"] == NEVER_MARRIED)
        if not close_kin(found, move.person, who, move.on) and (into_collective or not wide):
            raise not_along(into_collective=into_collective)


def close_kin(found: Family, person: int, who: int, on: date) -> bool:
    """Says whether somebody is a person's spouse or minor child on a day (rules S-02, H-14)."""
    code = relations.relation(person, who, found.kin)
    return code in SPOUSES or (code in CHILDREN and found.age(who, on) < ADULT)


def in_use(found: Any, division: str) -> Mapping[str, Any]:
    """Gives a place as read and refuses a code whose digits do not belong together."""
    if not found or found[0]["state"] != "in_use" or found[0]["division"] != division:
        raise AnjiaError(
            "place-unknown",
            "地址库中没有这处在用的房屋地址",
            "The register of addresses has no such dwelling in use",
            ("请先由派出所核对门牌地址，或落社区公共集体户",
             "Have the station check the address, or use the community household"),
            status=409,
        )  # fmt: skip
    row: Mapping[str, Any] = found[0]
    return row


def not_along(*, into_collective: bool) -> AnjiaError:
    """Gives the error for a companion whom the rules do not let come along (S-02, H-14)."""
    if into_collective:
        zh, en = "集体户只能随迁配偶和未成年子女", (
            "Only a spouse and minor children may come along into a collective household"
        )  # fmt: skip
    else:
        zh, en = "只能随迁配偶、未成年子女、未婚成年子女、父母和配偶的父母", (
            "Only a spouse, minor or unmarried children, parents and the spouse's parents may come along"
        )  # fmt: skip
    remedy = ("其他亲属请按自己的情况另行办理", "Other kin apply in their own right")
    return AnjiaError("companion-not-allowed", zh, en, remedy, status=422)


def _no_collective() -> AnjiaError:
    return AnjiaError(
        "collective-missing",
        "这个社区、镇街和区县都没有开户的社区公共集体户",
        "Neither this community nor its town or county has an open community household",
        ("请派出所先设立社区公共集体户", "Ask the station to set one up first"),
        status=409,
    )


def there_already() -> AnjiaError:
    """Gives the error for a move to where the person is registered."""
    return AnjiaError(
        "membership-there-already",
        "此人的户口已在那里",
        "This person is registered there already",
        ("不需要再办", "Nothing is left to do"),
        status=409,
    )
