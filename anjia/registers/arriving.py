"""A party that arrives in a household together: whence they come, what they are there, where they live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import standing
from anjia.registers.asof import rows
from anjia.registers.family import (
    ADULT,
    OPEN,
    Changes,
    Circle,
    Family,
    Guardian,
    circle,
    guarded,
    head_minor,
    leave,
    member,
)
from anjia.registers.moving import MOVED_OUT, PLACE_NOW, in_use, live
from anjia.registers.standing import NORMAL

DIVISION = f"SELECT division FROM registers_membership WHERE {OPEN} AND subject = %(person)s::bigint"


@dataclass(frozen=True, slots=True)
class Party:
    """Persons who enter a household together.

    Attributes:
        people: everybody, the first one named first.
        new_head: head of those who stay behind when the head leaves them.
        ground: code of the reason of moving in.
        looked: everybody whom the act touches.
    """

    people: tuple[int, ...]
    new_head: int | None
    ground: str
    on: date
    looked: Circle

    def reads(self) -> tuple[Read, ...]:
        """Gives what every arrival needs to see under the lock."""
        return (
            *self.looked.reads(),
            self.looked.children(),
            standing.read("residence", self.people),
            standing.read("status", self.people),
        )

    def homes(self, found: Family) -> set[int]:
        """Gives the households from which they come; who is not registered comes from none."""
        return {row["household"] for row in found.members if row["subject"] in self.people}

    def dwelling(self, seen: Seen, division: str) -> Mapping[str, Any]:
        """Gives the dwelling as read under the lock.

        Raises:
            AnjiaError: `place-unknown` (409) when it is not in use or in another division.
        """
        return in_use(seen["place"], division)

    def leave(
        self, found: Family, seen: Seen, guardian: Guardian | None = None, *, close_ground: str = MOVED_OUT
    ) -> Changes:
        """Takes them out of their households and puts those in order; who is in none must be registrable.

        Raises:
            AnjiaError: `person-not-registrable` (409), or what `family.leave` refuses.
        """
        registered = [who for who in self.people if found.is_registered(who)]
        status = {row["subject"]: row["status"] for row in seen["status"]}
        if any(status.get(who) != NORMAL for who in self.people if who not in registered):
            raise AnjiaError(
                "person-not-registrable",
                "此人的户口状态不允许登记户口（已死亡、服现役、出国定居、已注销或登记簿中没有）",
                "This person's status does not allow a registration, or the register does not know the person",
                ("请核对此人的状态；可恢复的先办恢复户口", "Check the status; restore it where that is due"),
                status=409,
            )
        return leave(found, registered, self.on, close_ground, self.new_head, guardian)

    def headed(self, found: Family, household: int, guardian: Guardian | None) -> Changes:
        """Gives a new household of theirs its guardian if they are all minors; the first one heads it.

        Raises:
            AnjiaError: `head-minor` or `guardian-needed` (422).
        """
        ages = [found.age(who, self.on) for who in self.people]
        if ages[0] < ADULT <= max(ages):
            raise head_minor()
        return guarded(found, household, self.people, self.on, guardian)

    def arrive(self, found: Family, household: int, division: str, relation: Callable[[int], str]) -> Changes:
        """Gives their registrations in the household."""
        opens = []
        for who in self.people:
            before = found.address_of(found.own(who)["household"]) if found.is_registered(who) else ""
            entry = member(
                who, self.on, household=household, relation=relation(who), division=division, ground=self.ground,
                from_place=before,
            )  # fmt: skip
            opens.append(entry)
        return [], opens

    def live(self, seen: Seen, place: int, division: str, station: str, ground: str) -> Changes:
        """Registers that they live at a place; who is registered there already stays as is."""
        return live(self.people, seen, self.on, place=place, division=division, station=station, ground=ground)

    def plan(self, changes: Changes, household: int) -> Plan:
        """Gives the whole as one plan."""
        summary = {"household": household, "movers": list(self.people)}
        return Plan(tuple(changes[0]), tuple(changes[1]), summary)


def party(
    person: Any, members: Iterable[Any], new_head: Any, ground: str, on: date, homes: Iterable[int] = ()
) -> Party:
    """Looks up a party: the person, then the others in order of their keys.

    Args:
        homes: households that receive them.
    """
    first = int(person)
    who = (first, *sorted({int(one) for one in members} - {first}))
    return Party(who, None if new_head is None else int(new_head), ground, on, circle(who, homes))


def division_at(spot: int, division: str) -> str:
    """Gives the division of a dwelling and refuses a code whose digits do not belong together.

    Raises:
        AnjiaError: `place-unknown` (409).
    """
    found = rows(PLACE_NOW, date.max, timezone.now(), place=spot)
    return str(in_use(found, division)["division"])


def division_of(person: int) -> str:
    """Gives the division in which a person is registered now.

    Raises:
        AnjiaError: `membership-missing` (409).
    """
    found = rows(DIVISION, date.max, timezone.now(), person=person)
    if not found:
        raise AnjiaError(
            "membership-missing",
            "此人现在没有在本市登记的常住户口",
            "This person has no open registration in this city",
            ("没有户口的，请先办理落户或恢复户口", "Have this person registered or restored first"),
            status=409,
        )
    return str(found[0]["division"])
