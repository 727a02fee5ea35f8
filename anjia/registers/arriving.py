"""A party that arrives in a household together: whence they come, what they are there, where they live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers.asof import rows
from anjia.registers.family import (
    ADULT,
    OPEN,
    Changes,
    Circle,
    Family,
    Guardian,
    add,
    circle,
    guarded,
    head_minor,
    leave,
)
from anjia.registers.household import number_of
from anjia.registers.moving import MOVED_OUT, PLACE_NOW, RESIDENCE, in_use

IN_FORCE = "0"
DIVISION = f"SELECT division FROM registers_membership WHERE {OPEN} AND subject = %(person)s::bigint"
STATUS = f"SELECT subject, status FROM registers_status WHERE {OPEN} AND subject = ANY(%s::bigint[])"


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
        who = list(self.people)
        return (
            *self.looked.reads(),
            self.looked.children(),
            Read("residence", RESIDENCE, [who]),
            Read("status", STATUS, [who]),
        )

    def homes(self, found: Family) -> set[int]:
        """Gives the households from which they come; who is not registered comes from none."""
        return {row["household"] for row in found.members if row["subject"] in self.people}

    def division_now(self) -> str:
        """Gives the division in which the first one is registered now.

        Raises:
            AnjiaError: `membership-missing` (409).
        """
        found = rows(DIVISION, date.max, timezone.now(), person=self.people[0])
        if not found:
            raise AnjiaError(
                "membership-missing",
                "此人现在没有在本市登记的常住户口",
                "This person has no open registration in this city",
                ("没有户口的，请先办理落户或恢复户口", "Have this person registered or restored first"),
                status=409,
            )
        return str(found[0]["division"])

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
        if any(status.get(who) != IN_FORCE for who in self.people if who not in registered):
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
            before = found.own(who) if found.is_registered(who) else None
            values = {
                "household": household, "relation": relation(who), "ground": self.ground,
                "from_place": found.address_of(before["household"]) if before else "", "division": division,
                "close_ground": "",
            }  # fmt: skip
            opens.append(Open("membership", who, self.on, None, values))
        return [], opens

    def live(self, seen: Seen, place: int, division: str, station: str, ground: str) -> Changes:
        """Registers that they live at a place; who is registered there already stays as is."""
        changes: Changes = ([], [])
        known = {row["subject"]: row for row in seen["residence"]}
        for who in self.people:
            row = known.get(who)
            if row is not None and row["place"] == place:
                continue
            if row is not None:
                add(changes, truncate("residence", row, self.on))
            values = {"place": place, "division": division, "station": station, "ground": ground}
            changes[1].append(Open("residence", who, self.on, None, values))
        return changes

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


def head_page(seen: Seen, station: str, place: int | None, address: str, division: str) -> dict[str, Any]:
    """Gives a new family household's page; a preview gives no number out."""
    number = number_of(station, seen["number"][0]["value"]) if "number" in seen else ""
    return {
        "number": number, "kind": "J1", "place": place, "address": address, "division": division,
        "station": station, "name": "",
    }  # fmt: skip
