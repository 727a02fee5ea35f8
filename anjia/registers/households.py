"""Family households: set up, joined, and split in two (rules H-01, H-05, H-06)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, relations
from anjia.registers.arriving import division_at, division_of, party
from anjia.registers.family import FAMILY_HOUSEHOLD, Family, Guardian, add, family, guarded
from anjia.registers.household import new_page, next_number
from anjia.registers.moving import PLACE, there_already
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of
from anjia.registers.refusal import Refusal
from anjia.registers.relations import NOT_KIN

GUARDIAN = "guardian guardian_name guardian_ground approved_by"
"""Arguments of a household of minors (rule H-03)."""

SAME_ADDRESS = Refusal(
    "membership-there-already", "要立户的地址就是现在的户口地址", "The address is where they are registered already",
    ("同一地址分成两户的，请办分户", "To make two households of one at the same address, split it"), 409,
)  # fmt: skip
NOT_FAMILY = Refusal(
    "household-not-family", "这一户不是开户的家庭户", "This is no open family household",
    ("请核对户号；集体户请用集体户业务", "Check the number; collective households have services of their own"), 409,
)  # fmt: skip
NOT_ONE_HOUSEHOLD = Refusal(
    "split-across-households", "分户的人应当都在同一户", "All who split off must be of one household",
    ("另一户的人请办迁入", "Persons of another household move in instead"),
)  # fmt: skip
NOBODY_STAYS = Refusal(
    "split-leaves-nobody", "分户后原户没有人，这不是分户", "Nobody would stay in the old household; that is no split",
    ("全户换户主请办户主变更，全户搬家请办移居", "Change the head instead, or move the whole household"),
)  # fmt: skip


@operation("set-up-household", needs="person place", takes=f"members new_head ground lives all_children {GUARDIAN}")
def set_up_household(
    *, on: date, person: int, place: str, members: Iterable[int] = (), new_head: int | None = None, ground: str = "",
    lives: str = "own", all_children: bool = False, **minors: Any,
) -> Prepared:  # fmt: skip
    """Sets up a family household at an address (NEWHH, rule H-01).

    Args:
        person: its head; registered elsewhere in the city, or not registered at all with status 0.
        place: standard address code of a dwelling in use.
        members: who else is in it; the relation follows from the kinship.
        new_head: head of those who stay in the household that the head leaves.
        lives: ground of the residence at the place, empty when they do not live there.
        all_children: the station vouches that the register has all children of the head.
        minors: `guardian`, `guardian_name`, `guardian_ground`, `approved_by` of a household of minors.
    """
    group, spot = party(person, members, new_head, ground, on), subject_of(place)
    division = division_at(spot, place[:12])
    station = divisions.station_of(division)
    guardian = guardian_of(minors)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, new = family(seen, group.looked), moment.subjects[0]
        address = group.dwelling(seen, division)
        if any(found.homes[home]["place"] == spot for home in group.homes(found) if home in found.homes):
            raise SAME_ADDRESS()
        changes = group.leave(found, seen, guardian)
        page = new_page(seen, station, place=spot, address=address["printed"], division=division)
        changes[1].append(Open("household", new, on, None, page))
        add(changes, group.headed(found, new, guardian))
        add(changes, group.arrive(found, new, division, lambda who: _code(person, who, found, all_children)))
        if lives:
            add(changes, group.live(seen, spot, division, station, lives))
        return group.plan(changes, new)

    reads = (*group.reads(), Read("place", PLACE, [spot]), next_number(station))
    subjects = (*group.looked.subjects, spot)
    return Prepared("set-up-household", subjects, ("H",), reads, decide, on, frozenset({"number"}))


@operation("join-household", needs="person household", takes="members new_head ground lives all_children")
def join_household(
    *, on: date, person: int, household: int, members: Iterable[int] = (), new_head: int | None = None,
    ground: str = "", lives: str = "kin", all_children: bool = False,
) -> Prepared:  # fmt: skip
    """Lets persons into an existing family household (MOVE_INTRA, MOVE_IN, RESTORE).

    The consent of the receiving head is a fact of the item that names this operation.

    Args:
        person: who joins; registered elsewhere in the city, or not registered at all with status 0.
        household: the receiving household's key.
        members: who joins with this person.
        lives: ground of the residence there, empty when they do not live there.
        all_children: the station vouches that the register has all children of the receiving head.
    """
    household = int(household)
    group = party(person, members, new_head, ground, on, [household])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, group.looked)
        home = family_home(found, household)
        if household in group.homes(found):
            raise there_already()
        head = found.head_of(household)
        if head is None:
            raise conflict()
        changes = group.leave(found, seen)
        division = home["division"]
        add(changes, group.arrive(found, household, division, lambda who: _code(head, who, found, all_children)))
        everybody = [*(row["subject"] for row in found.of(household)), *group.people]
        add(changes, guarded(found, household, everybody, on, None))
        if lives and home["place"] is not None:
            add(changes, group.live(seen, home["place"], home["division"], home["station"], lives))
        return group.plan(changes, household)

    return Prepared("join-household", group.looked.subjects, (), group.reads(), decide, on)


@operation("split-household", needs="person", takes=f"members new_head place all_children {GUARDIAN}")
def split_household(
    *, on: date, person: int, members: Iterable[int] = (), new_head: int | None = None, place: str = "",
    all_children: bool = False, **minors: Any,
) -> Prepared:  # fmt: skip
    """Splits a family household in two; both sides have a head (SPLIT, rules H-05, H-06, D-22).

    Args:
        person: head of the new side, a member of the household.
        members: who goes to the new side with this person.
        new_head: head of the old side when its head goes.
        place: standard address code of the new side; without it both stay at the same address (同址分户).
    """
    group = party(person, members, new_head, "", on)
    spot = subject_of(place) if place else None
    guardian = guardian_of(minors)
    station = divisions.station_of(division_at(spot, place[:12]) if spot is not None else division_of(int(person)))

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, new = family(seen, group.looked), moment.subjects[0]
        old = found.own(person)["household"]
        home = family_home(found, old)
        if any(found.own(who)["household"] != old for who in group.people):
            raise NOT_ONE_HOUSEHOLD()
        if len(found.of(old)) == len(group.people):
            raise NOBODY_STAYS()
        where = group.dwelling(seen, place[:12]) if spot not in (None, home["place"]) else None
        division = where["division"] if where else home["division"]
        if divisions.station_of(division) != station:
            raise conflict()
        page = new_page(
            seen, station, place=spot if where else home["place"],
            address=where["printed"] if where else home["address"], division=division,
        )  # fmt: skip
        changes = group.leave(found, seen, guardian, close_ground="2" if where else "")
        changes[1].append(Open("household", new, on, None, page))
        add(changes, group.headed(found, new, guardian))
        add(changes, group.arrive(found, new, division, lambda who: _code(person, who, found, all_children)))
        if where and spot is not None:
            add(changes, group.live(seen, spot, division, station, "own"))
        return group.plan(changes, new)

    reads: tuple[Read, ...] = (*group.reads(), next_number(station))
    if spot is not None:
        reads = (*reads, Read("place", PLACE, [spot]))
    subjects = (*group.looked.subjects, *([spot] if spot is not None else []))
    return Prepared("split-household", subjects, ("H",), reads, decide, on, frozenset({"number"}))


def guardian_of(minors: dict[str, Any]) -> Guardian | None:
    """Gives the guardian that an operation's arguments name, None without a name.

    Raises:
        AnjiaError: `guardian-incomplete` (422) without ground and approving officer.
    """
    given = {key: value for key, value in minors.items() if value not in (None, "")}
    if not given:
        return None
    if not {"guardian_name", "guardian_ground", "approved_by"} <= set(given):
        raise AnjiaError(
            "guardian-incomplete",
            "未成年人单独立户要写明监护人、原因和核准民警",
            "A household of minors needs the guardian's name, the ground and the approving officer",
            ("请把监护人姓名、原因和核准民警填写完整", "Fill in all three"),
            status=422,
        )
    person = given.get("guardian")
    return Guardian(
        given["guardian_name"], given["guardian_ground"], given["approved_by"], None if person is None else int(person)
    )


def family_home(found: Family, household: int) -> Any:
    """Gives the page of an open family household.

    Raises:
        AnjiaError: `household-not-family` (409).
    """
    home = found.homes.get(household)
    if home is None or home["kind"] != FAMILY_HOUSEHOLD:
        raise NOT_FAMILY()
    return home


def _code(head: int, who: int, found: Family, all_children: bool) -> str:
    """Gives a newcomer's relation; who was kin to the old head together with the new one stays kin."""
    rows = [row for row in found.members if row["subject"] in (head, who) and row["relation"] != NOT_KIN]
    together = len({row["household"] for row in rows}) == 1 and len(rows) == (1 if head == who else 2)
    before = relations.OTHER_KIN if together else NOT_KIN
    return relations.relation(head, who, found.kin, before=before, all_children=all_children)
