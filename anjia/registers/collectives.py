"""Collective households of units, schools, talent centres, communities and villages (rules H-10 … H-15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import divisions
from anjia.registers.arriving import Party, division_at, division_of, party
from anjia.registers.family import HOMES, OPEN, Changes, Family, add, family
from anjia.registers.household import new_page, next_number
from anjia.registers.moving import PLACE, close_kin, find_collective, in_use, not_along, there_already
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of
from anjia.registers.refusal import Refusal
from anjia.registers.relations import NOT_KIN
from anjia.registers.standing import NORMAL

KINDS = ("T1", "T2", "T3", "T4", "T5", "T6", "T7")
NAMED = ("T1", "T2", "T3")
"""Kinds that belong to a unit, a school or a talent centre with a name of its own."""
PUBLIC = ("T4", "T5")
"""Kinds of a community or village, without an owner head (INV-09)."""
DORMITORY = "dorm"
OFFICER = (
    "SELECT id, subject, valid_from, valid_to, person, name, post FROM registers_officer "
    f"WHERE {OPEN} AND subject = %s::bigint"
)
MEMBERS = f"SELECT subject FROM registers_membership WHERE {OPEN} AND household = %s::bigint LIMIT 1"
ALIVE = f"SELECT status FROM registers_status WHERE {OPEN} AND subject = %s::bigint"

NO_COLLECTIVE = Refusal(
    "household-not-collective", "这一户不是开户的集体户", "This is no open collective household",
    ("请核对户号；家庭户请用家庭户业务", "Check the number; family households have services of their own"), 409,
)  # fmt: skip
KIND = Refusal(
    "collective-kind", "集体户类型只有单位、学生、人才、社区公共、农村和其他几种",
    "A collective household is of one of the kinds T1 to T7",
    ("请选定集体户类型", "Choose one of them"),
)  # fmt: skip
NAMELESS = Refusal(
    "collective-nameless", "单位、学校和人才集体户要写明单位名称", "The household of a unit or school carries its name",
    ("请填写单位名称", "Give the name of the unit"),
)  # fmt: skip
OFFICERLESS = Refusal(
    "officer-needed", "集体户要有一名协管员", "A collective household has one officer",
    ("请写明协管员姓名", "Name the officer"),
)  # fmt: skip
OFFICER_DEAD = Refusal(
    "officer-not-alive", "指定的协管员已注销户口或登记簿中没有", "The officer named is not registered in force",
    ("请另行指定协管员", "Appoint somebody else"),
)  # fmt: skip
OFFICER_SAME = Refusal(
    "officer-same", "现在的协管员就是此人", "This person is the officer already",
    ("不需要再办", "Nothing is left to do"), 409,
)  # fmt: skip
NOT_EMPTY = Refusal(
    "household-not-empty", "户内还有成员，不能撤销", "The household has members and cannot be closed",
    ("请先把成员迁出", "Move the members out first"), 409,
)  # fmt: skip
NOT_UNIT = Refusal(
    "leave-not-unit", "此人的户口不在单位、学校或人才集体户",
    "This person is in no household of a unit, school or talent centre",
    ("请按现在的户口情况办理移居", "Move from where this person is registered"), 409,
)  # fmt: skip


@operation("set-up-collective", needs="kind division officer_name", takes="name place address officer post")
def set_up_collective(
    *, on: date, kind: str, division: str, officer_name: str, name: str = "", place: str = "", address: str = "",
    officer: int | None = None, post: str = "",
) -> Prepared:  # fmt: skip
    """Sets up a collective household with its officer (NEWHH, rules H-10, H-13 … H-15).

    Args:
        kind: T1 to T7; one T1 a unit, one T4 a community, one T5 a village (constraints).
        division: 12-digit code of the community or village.
        name: the unit's, school's or centre's name; a public household may go without.
        place: standard address code; else `address` is what the pages print.
        officer: the officer's person key when registered here; the name stands in any case.
    """
    if kind not in KINDS:
        raise KIND()
    if kind in NAMED and not name.strip():
        raise NAMELESS()
    spot, station = subject_of(place) if place else None, divisions.station_of(division)
    appointed = _appointment(officer, officer_name, post)
    if spot is not None:
        division_at(spot, place[:12])

    def decide(seen: Seen, moment: Moment) -> Plan:
        new = moment.subjects[0]
        _alive(seen)
        printed = in_use(seen["place"], place[:12])["printed"] if spot is not None else address
        page = new_page(
            seen, station, place=spot, address=printed or divisions.name(division, on), division=division, kind=kind,
            label=name.strip(),
        )  # fmt: skip
        opens = (Open("household", new, on, None, page), Open("officer", new, on, None, appointed))
        return Plan((), opens, {"household": new})

    reads = (
        next_number(station), *_known(officer), *([Read("place", PLACE, [spot])] if spot is not None else []),
    )  # fmt: skip
    subjects = tuple(sorted({one for one in (spot, appointed["person"]) if one is not None}))
    return Prepared("set-up-collective", subjects, ("H",), reads, decide, on, frozenset({"number"}))


@operation("appoint-officer", needs="household officer_name", takes="officer post")
def appoint_officer(
    *, on: date, household: int, officer_name: str, officer: int | None = None, post: str = ""
) -> Prepared:
    """Gives a collective household another officer; the officer is no member by it (INV-09)."""
    household, appointed = int(household), _appointment(officer, officer_name, post)

    def decide(seen: Seen, moment: Moment) -> Plan:
        _collective(seen["homes"])
        _alive(seen)
        changes: Changes = ([], [])
        for row in seen["officer"]:
            if all(row[key] == value for key, value in appointed.items()):
                raise OFFICER_SAME()
            add(changes, truncate("officer", row, on))
        since = max([on, *(row["valid_from"] for row in seen["officer"])])
        opened = Open("officer", household, since, None, appointed)
        return Plan(tuple(changes[0]), (*changes[1], opened), {"household": household})

    reads = (Read("homes", HOMES, [[household]]), Read("officer", OFFICER, [household]), *_known(officer))
    subjects = tuple(sorted({household, *([appointed["person"]] if appointed["person"] is not None else [])}))
    return Prepared("appoint-officer", subjects, (), reads, decide, on)


@operation("close-household", needs="household")
def close_household(*, on: date, household: int) -> Prepared:
    """Closes a household without members (CLOSEHH); a family household closes with its last member by itself."""
    return _closing("close-household", int(household), on, (*KINDS, "J1"))


@operation("close-collective", needs="household")
def close_collective(*, on: date, household: int) -> Prepared:
    """Closes a collective household without members, and its officer's appointment (CLOSEHH)."""
    return _closing("close-collective", int(household), on, KINDS)


@operation("enter-collective", needs="person household", takes="companions new_head ground place lives")
def enter_collective(
    *, on: date, person: int, household: int, companions: Iterable[int] = (), new_head: int | None = None,
    ground: str = "", place: str = "", lives: str = DORMITORY,
) -> Prepared:  # fmt: skip
    """Enters a collective household of any kind (rules H-11, H-13 … H-15).

    The unit's consent, employment or admission are facts of the item that names this operation.

    Args:
        person: registered elsewhere in the city, or not registered at all with status 0.
        companions: spouse and minor children only (rule S-02).
        place: standard address code of where the person lives, when it is known.
        lives: ground of the residence there.
    """
    group = party(person, companions, new_head, ground, on, [int(household)])
    return _entering("enter-collective", group, int(household), place, lives)


@operation("leave-collective", needs="person", takes="companions ground")
def leave_collective(*, on: date, person: int, companions: Iterable[int] = (), ground: str = "") -> Prepared:
    """Moves who left a unit, school or talent centre into the community household (rule H-12); nobody is cancelled."""
    target = find_collective(division_of(int(person)))
    group = party(person, companions, None, ground, on, [target])
    entering = _entering("leave-collective", group, target, "", "")

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, group.looked)
        if found.homes[found.own(group.people[0])["household"]]["kind"] not in NAMED:
            raise NOT_UNIT()
        return entering.decide(seen, moment)

    return Prepared("leave-collective", entering.subjects, (), entering.reads, decide, on)


def _entering(do: str, group: Party, target: int, place: str, lives: str) -> Prepared:
    spot = subject_of(place) if place else None
    if spot is not None:
        division_at(spot, place[:12])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, group.looked)
        home = found.homes.get(target)
        if home is None or home["kind"] not in KINDS:
            raise NO_COLLECTIVE()
        if target in group.homes(found):
            raise there_already()
        _may_come(group, found)
        changes = group.leave(found, seen)
        add(changes, group.arrive(found, target, home["division"], lambda who: NOT_KIN))
        if spot is not None:
            division = str(in_use(seen["place"], place[:12])["division"])
            add(changes, group.live(seen, spot, division, divisions.station_of(division), lives))
        return group.plan(changes, target)

    reads = (*group.reads(), *([Read("place", PLACE, [spot])] if spot is not None else []))
    subjects = tuple(sorted({*group.looked.subjects, target, *([spot] if spot is not None else [])}))
    return Prepared(do, subjects, (), reads, decide, group.on)


def _may_come(group: Party, found: Family) -> None:
    """Refuses companions other than a spouse and minor children (rules S-02, H-14)."""
    for who in group.people[1:]:
        if not close_kin(found, group.people[0], who, group.on):
            raise not_along(into_collective=True)


def _closing(do: str, household: int, on: date, kinds: tuple[str, ...]) -> Prepared:
    def decide(seen: Seen, moment: Moment) -> Plan:
        home = next(iter(seen["homes"]), None)
        if home is None or home["kind"] not in kinds:
            raise NO_COLLECTIVE()
        if seen["members"]:
            raise NOT_EMPTY()
        changes = truncate("household", home, on)
        for row in seen["officer"]:
            add(changes, truncate("officer", row, on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"household": household})

    reads = (
        Read("homes", HOMES, [[household]]), Read("members", MEMBERS, [household]),
        Read("officer", OFFICER, [household]),
    )  # fmt: skip
    return Prepared(do, (household,), (), reads, decide, on)


def _collective(homes: Any) -> Mapping[str, Any]:
    if not homes or homes[0]["kind"] not in KINDS:
        raise NO_COLLECTIVE()
    home: Mapping[str, Any] = homes[0]
    return home


def _appointment(officer: Any, name: str, post: str) -> dict[str, Any]:
    if not name.strip():
        raise OFFICERLESS()
    return {"person": None if officer is None else int(officer), "name": name.strip(), "post": post.strip()}


def _known(officer: Any) -> tuple[Read, ...]:
    return () if officer is None else (Read("alive", ALIVE, [int(officer)]),)


def _alive(seen: Seen) -> None:
    if "alive" in seen and (not seen["alive"] or seen["alive"][0]["status"] != NORMAL):
        raise OFFICER_DEAD()
