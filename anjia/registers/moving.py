"""Moving a registration inside the city: out of one household and into another, in one instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel import numbers
from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, relations
from anjia.registers.asof import rows
from anjia.registers.household import number_of, station_digits
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of
from anjia.registers.relations import HEAD, NOT_KIN, Graph

MOVED_OUT = "2"
ADULT = 18

MEMBERSHIP = "id, subject, valid_from, valid_to, household, relation, ground, from_place, division, close_ground"
HOUSEHOLD = "id, subject, valid_from, valid_to, number, kind, place, address, division, station, name"
RESIDENCE = "id, subject, valid_from, valid_to, place, division, station, ground"
OPEN = "recorded_to IS NULL AND valid_to IS NULL"
THEIR_HOMES = f"SELECT household FROM registers_membership WHERE subject = ANY(%s::bigint[]) AND {OPEN}"
FAMILY = f"SELECT subject FROM registers_membership WHERE {OPEN} AND household IN ({THEIR_HOMES})"

READ_MEMBERS = (
    f"SELECT {MEMBERSHIP} FROM registers_membership WHERE {OPEN} AND household IN ({THEIR_HOMES}) "
    "ORDER BY household, relation, subject"
)
READ_HOMES = f"SELECT {HOUSEHOLD} FROM registers_household WHERE {OPEN} AND subject IN ({THEIR_HOMES})"
READ_PEOPLE = (
    "SELECT subject, name, sex, birth_on FROM registers_particulars "
    f"WHERE {OPEN} AND subject IN ({FAMILY})"
)
READ_KINSHIP = (
    "SELECT subject, kind, kin FROM registers_kinship WHERE recorded_to IS NULL AND valid_to IS NULL "
    f"AND (subject IN ({FAMILY}) OR kin IN ({FAMILY}))"
)
READ_RESIDENCE = f"SELECT {RESIDENCE} FROM registers_residence WHERE {OPEN} AND subject = ANY(%s::bigint[])"
READ_PLACE = f"SELECT subject, division, printed, state FROM registers_place WHERE {OPEN} AND subject = %s::bigint"
READ_TARGET = f"SELECT {HOUSEHOLD} FROM registers_household WHERE {OPEN} AND subject = %s::bigint"
NOW_TOGETHER = f"SELECT subject, household FROM registers_membership WHERE {OPEN} AND household IN ({THEIR_HOMES})"
COLLECTIVE = f"""
SELECT subject FROM registers_household
 WHERE {OPEN} AND kind = 'T4' AND division >= %s AND division < %s
 ORDER BY division <> %s, division, subject LIMIT 1
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


@dataclass(frozen=True, slots=True)
class Family:
    """What was read under the lock about the movers and those they live with."""

    members: Sequence[Mapping[str, Any]]
    homes: Mapping[int, Mapping[str, Any]]
    people: Mapping[int, Mapping[str, Any]]
    kin: Graph

    def own(self, subject: int) -> Mapping[str, Any]:
        """Gives a mover's open registration.

        Raises:
            AnjiaError: `membership-missing` (409).
        """
        for row in self.members:
            if row["subject"] == subject:
                return row
        raise AnjiaError(
            "membership-missing",
            "此人现在没有在本市登记的常住户口，不能办理市内移居",
            "This person has no open registration in this city, so there is nothing to move",
            ("从市外迁入请办准迁手续", "Moving in from outside needs a permit to move"),
            status=409,
        )


@operation("settle-at-address", needs="person place", takes="companions new_head ground")
def settle_at_address(
    *, on: date, person: int, place: str, companions: Iterable[int] = (), new_head: int | None = None, ground: str = ""
) -> Prepared:
    """Sets up a family household at an address with the person as its head.

    Args:
        place: standard address code, 20 digits.
        companions: persons who move along.
        new_head: head of those who stay, when the head moves.
        ground: code of the reason of moving in.
    """
    move = Move(person, _others(companions, person), _whole(new_head), ground, on)
    spot = subject_of(place)
    together = _together(move)
    found = rows(READ_PLACE.replace("%s::bigint", "%(place)s::bigint"), on, timezone.now(), place=spot)
    if not found or found[0]["state"] != "in_use":
        raise _no_place()
    station = divisions.station_of(found[0]["division"])

    def decide(seen: Seen, moment: Moment) -> Plan:
        _same_people(seen, together)
        family = _family(seen)
        if not seen["place"]:
            raise _no_place()
        address = seen["place"][0]
        serial = seen["number"][0]["value"] if seen.get("number") else 0
        new = moment.subjects[0]
        opens = [
            Open("household", new, on, None, {
                "number": number_of(station, serial), "kind": "J1", "place": spot, "address": address["printed"],
                "division": address["division"], "station": station, "name": "",
            }),
            *_arrivals(move, family, new, address["division"], lambda who: relations.relation(
                person, who, family.kin, before=NOT_KIN)),
        ]  # fmt: skip
        leaving_closes, leaving_opens = _leave(move, family)
        living_closes, living_opens = _live(move, seen["residence"], spot, address["division"], station)
        return Plan(
            (*leaving_closes, *living_closes),
            (*leaving_opens, *opens, *living_opens),
            {"household": new, "from_household": family.own(person)["household"], "movers": list(move.movers)},
        )

    return Prepared(
        "settle-at-address",
        (*together, spot),
        ("H",),
        (
            *_reads(move),
            Read("place", READ_PLACE, [spot]),
            Read("number", numbers.NEXT, [f"household:{station_digits(station)}"]),
        ),
        decide,
        on,
        frozenset({"number"}),
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
    move = Move(person, _others(companions, person), _whole(new_head), ground, on)
    target = household if household is not None else find_collective(division)
    spot = subject_of(place) if place else None
    together = _together(move)

    def decide(seen: Seen, moment: Moment) -> Plan:
        _same_people(seen, together)
        family = _family(seen)
        if not seen["target"]:
            raise _no_collective()
        home = seen["target"][0]
        if family.own(person)["household"] == target:
            raise _there_already()
        _only_close_kin(move, family)
        leaving_closes, leaving_opens = _leave(move, family)
        living_closes, living_opens = [], []
        if spot is not None and seen["place"]:
            where = seen["place"][0]["division"]
            living_closes, living_opens = _live(move, seen["residence"], spot, where, divisions.station_of(where))
        return Plan(
            (*leaving_closes, *living_closes),
            (*leaving_opens, *_arrivals(move, family, target, home["division"], lambda _: NOT_KIN), *living_opens),
            {"household": target, "from_household": family.own(person)["household"], "movers": list(move.movers)},
        )

    reads = (*_reads(move), Read("target", READ_TARGET, [target]))
    if spot is not None:
        reads = (*reads, Read("place", READ_PLACE, [spot]))
    return Prepared("join-collective", (*together, target), (), reads, decide, on)


def find_collective(division: str) -> int:
    """Gives the open community public collective household of a community, its town or its county.

    Raises:
        AnjiaError: `collective-missing` (409) when the county has none.
    """
    for length in (12, 9, 6):
        low = division[:length]
        found = rows(
            COLLECTIVE.replace("%s", "%(low)s::text", 1).replace("%s", "%(high)s::text", 1).replace(
                "%s", "%(exact)s::text", 1
            ),
            date.max, timezone.now(), low=low, high=low + "~", exact=division,
        )  # fmt: skip
        if found:
            return int(found[0]["subject"])
    raise _no_collective()


def _reads(move: Move) -> tuple[Read, ...]:
    who = list(move.movers)
    return (
        Read("members", READ_MEMBERS, [who]),
        Read("homes", READ_HOMES, [who]),
        Read("people", READ_PEOPLE, [who]),
        Read("kinship", READ_KINSHIP, [who, who]),
        Read("residence", READ_RESIDENCE, [who]),
    )


def _together(move: Move) -> tuple[int, ...]:
    """Gives whom to lock: the movers, those they live with, and their households."""
    sql = NOW_TOGETHER.replace("%s", "%(who)s")
    found = rows(sql, move.on, timezone.now(), who=list(move.movers))
    subjects = {*move.movers}
    for row in found:
        subjects |= {row["subject"], row["household"]}
    return tuple(sorted(subjects))


def _same_people(seen: Seen, locked: Sequence[int]) -> None:
    """Refuses when somebody moved in or out between the look and the lock."""
    touched = {row["subject"] for row in seen["members"]} | {row["household"] for row in seen["members"]}
    if not touched <= set(locked):
        raise conflict()


def _family(seen: Seen) -> Family:
    people = {row["subject"]: row for row in seen["people"]}
    sex = {subject: row["sex"] for subject, row in people.items()}
    return Family(
        seen["members"],
        {row["subject"]: row for row in seen["homes"]},
        people,
        relations.graph(seen["kinship"], sex),
    )


def _arrivals(move: Move, family: Family, household: int, division: str, relation: Any) -> list[Open]:
    opens = []
    for who in move.movers:
        own = family.own(who)
        home = family.homes.get(own["household"])
        opens.append(
            Open("membership", who, move.on, None, {
                "household": household, "relation": relation(who), "ground": move.ground,
                "from_place": home["address"] if home else "", "division": division, "close_ground": "",
            })
        )  # fmt: skip
    return opens


def _leave(move: Move, family: Family) -> tuple[list[Close], list[Open]]:
    """Closes the movers' registrations and puts the households that they leave in order."""
    closes: list[Close] = []
    opens: list[Open] = []
    for who in move.movers:
        _add(closes, opens, truncate("membership", family.own(who), move.on, close_ground=MOVED_OUT))
    for household in sorted({family.own(who)["household"] for who in move.movers}):
        home = family.homes.get(household)
        if home is None or home["kind"] != "J1":
            continue
        staying = [
            row for row in family.members if row["household"] == household and row["subject"] not in move.movers
        ]
        if not staying:
            _add(closes, opens, truncate("household", home, move.on))
        elif not any(row["relation"] == HEAD for row in staying):
            _add(closes, opens, _new_head(move, family, staying))
    return closes, opens


def _new_head(
    move: Move, family: Family, staying: Sequence[Mapping[str, Any]]
) -> tuple[list[Close], list[Open]]:
    head = move.new_head
    if head is None or head not in {row["subject"] for row in staying}:
        raise AnjiaError(
            "head-needed",
            "户主迁出后，留下的人需要一位新户主",
            "The head moves out; those who stay need a new head",
            ("请在留下的成员中指定新户主", "Name a new head among those who stay"),
            status=422,
        )
    if _age(family.people[head]["birth_on"], move.on) < ADULT:
        raise AnjiaError(
            "head-minor",
            "新户主应当是成年人；留下的都是未成年人时，由派出所按监护情况核定",
            "A head is an adult; where only minors stay, the station decides by their guardianship",
            ("请指定成年成员，或让未成年人随迁", "Name an adult, or let the minors move along"),
            status=422,
        )
    closes: list[Close] = []
    opens: list[Open] = []
    for row in staying:
        code = relations.relation(head, row["subject"], family.kin, before=row["relation"])
        _add(closes, opens, truncate("membership", row, move.on))
        kept = {key: value for key, value in row.items() if key not in ("id", "subject", "valid_from", "valid_to")}
        opens.append(Open("membership", row["subject"], move.on, None, {**kept, "relation": code}))
    return closes, opens


def _live(
    move: Move, now: Sequence[Mapping[str, Any]], place: int, division: str, station: str
) -> tuple[list[Close], list[Open]]:
    """Registers that the movers live at a place; who is registered there already stays as is."""
    closes: list[Close] = []
    opens: list[Open] = []
    known = {row["subject"]: row for row in now}
    for who in move.movers:
        row = known.get(who)
        if row is not None and row["place"] == place:
            continue
        if row is not None:
            _add(closes, opens, truncate("residence", row, move.on))
        values = {"place": place, "division": division, "station": station, "ground": "lease"}
        opens.append(Open("residence", who, move.on, None, values))
    return closes, opens


def _only_close_kin(move: Move, family: Family) -> None:
    for who in move.companions:
        code = relations.relation(move.person, who, family.kin)
        is_spouse = code in ("11", "12")
        is_child = code in ("20", "30") and _age(family.people[who]["birth_on"], move.on) < ADULT
        if not is_spouse and not is_child:
            raise AnjiaError(
                "companion-not-allowed",
                "集体户只能随迁配偶和未成年子女",
                "Only a spouse and minor children may come along into a collective household",
                ("其他亲属请按自己的情况另行办理", "Other kin apply in their own right"),
                status=422,
            )


def _add(closes: list[Close], opens: list[Open], change: tuple[list[Close], list[Open]]) -> None:
    closes += change[0]
    opens += change[1]


def _age(birth_on: date, on: date) -> int:
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def _others(companions: Iterable[Any], person: int) -> tuple[int, ...]:
    return tuple(sorted({int(who) for who in companions} - {person}))


def _whole(subject: Any) -> int | None:
    return None if subject is None else int(subject)


def _no_place() -> AnjiaError:
    return AnjiaError(
        "place-unknown",
        "地址库中没有这处在用的房屋地址",
        "The register of addresses has no such dwelling in use",
        ("请先由派出所核对门牌地址，或落社区公共集体户", "Have the station check the address, or use the community household"),
        status=409,
    )


def _no_collective() -> AnjiaError:
    return AnjiaError(
        "collective-missing",
        "这个社区、镇街和区县都没有开户的社区公共集体户",
        "Neither this community nor its town or county has an open community household",
        ("请派出所先设立社区公共集体户", "Ask the station to set one up first"),
        status=409,
    )


def _there_already() -> AnjiaError:
    return AnjiaError(
        "membership-there-already",
        "此人的户口已在这一集体户",
        "This person is registered in this collective household already",
        ("不需要再办", "Nothing is left to do"),
        status=409,
    )
