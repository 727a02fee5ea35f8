"""Persons who leave their households and those who stay: what to lock, what to read, who heads them next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Open, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import relations
from anjia.registers.asof import together
from anjia.registers.relations import HEAD, Graph

ADULT = 18
FAMILY_HOUSEHOLD = "J1"
OPEN = "recorded_to IS NULL AND valid_to IS NULL"
MEMBERSHIP = "id, subject, valid_from, valid_to, household, relation, ground, from_place, division, close_ground"
HOUSEHOLD = "id, subject, valid_from, valid_to, number, kind, place, address, division, station, name"

# A list that comes out of a sub-select has no known length, so the planner makes these plans once and keeps
# them; with the list itself it plans at every call, which takes longer than to read.
_MANY = "ANY(ARRAY(SELECT unnest({}::bigint[])))"

TOGETHER = f"""
WITH own AS MATERIALIZED (
    SELECT m.subject, m.household,
           (SELECT h.kind FROM registers_household h
             WHERE h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL) AS kind
      FROM registers_membership m
     WHERE m.recorded_to IS NULL AND m.valid_to IS NULL
       AND (m.subject = {_MANY.format("%(who)s")} OR m.household = {_MANY.format("%(homes)s")}))
SELECT subject, household, kind FROM own
 UNION
SELECT m.subject, m.household, '{FAMILY_HOUSEHOLD}' FROM registers_membership m
 WHERE m.recorded_to IS NULL AND m.valid_to IS NULL
   AND m.household = ANY(ARRAY(SELECT household FROM own WHERE kind = '{FAMILY_HOUSEHOLD}'))
"""
MEMBERS = (
    f"SELECT {MEMBERSHIP} FROM registers_membership WHERE {OPEN} "
    f"AND (subject = {_MANY.format('%s')} OR household = {_MANY.format('%s')}) ORDER BY household, relation, subject"
)
HOMES = f"SELECT {HOUSEHOLD} FROM registers_household WHERE {OPEN} AND subject = ANY(%s::bigint[])"
PEOPLE = f"""
SELECT subject, name, sex, birth_on,
       (SELECT c.marital FROM registers_condition c
         WHERE c.subject = p.subject AND c.recorded_to IS NULL AND c.valid_to IS NULL) AS marital
  FROM registers_particulars p WHERE {OPEN} AND subject = ANY(%s::bigint[])
"""
# A marriage that death ended still ties a widow to the family with whom she lives.
KINSHIP = f"""
SELECT k.subject, k.kind, k.kin, k.basis FROM registers_kinship k
 WHERE k.recorded_to IS NULL AND (k.subject = {_MANY.format("%s")} OR k.kin = {_MANY.format("%s")})
   AND (k.valid_to IS NULL OR k.kind = 'spouse' AND EXISTS (
        SELECT FROM registers_status s WHERE s.subject IN (k.subject, k.kin) AND s.recorded_to IS NULL
           AND s.valid_to IS NULL AND s.status IN ('1', '7') AND s.valid_from <= k.valid_to))
 ORDER BY k.valid_to DESC NULLS FIRST, k.id
"""

Row = Mapping[str, Any]
Changes = tuple[list[Close], list[Open]]


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom an operation touches, as they stood before the lock.

    Attributes:
        persons: the persons themselves and everybody in a family household with them.
        homes: all their households; `families` those of them that are family households.
    """

    who: tuple[int, ...]
    persons: tuple[int, ...]
    homes: tuple[int, ...]
    families: tuple[int, ...]

    @property
    def subjects(self) -> tuple[int, ...]:
        """Everything to lock."""
        return tuple(sorted({*self.persons, *self.homes}))

    def reads(self) -> tuple[Read, ...]:
        """Gives what `family` needs to see under the lock."""
        persons = list(self.persons)
        return (
            Read("members", MEMBERS, [list(self.who), list(self.families)]),
            Read("homes", HOMES, [list(self.homes)]),
            Read("people", PEOPLE, [persons]),
            Read("kinship", KINSHIP, [persons, persons]),
        )


@dataclass(frozen=True, slots=True)
class Family:
    """What was read under the lock about some persons and those they live with."""

    members: Sequence[Row]
    homes: Mapping[int, Row]
    people: Mapping[int, Row]
    kin: Graph

    def own(self, subject: int) -> Row:
        """Gives a person's open registration.

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

    def age(self, subject: int, on: date) -> int:
        """Gives a person's full years on a day; somebody born on 29 February is older from 1 March on."""
        born = self.people[subject]["birth_on"]
        return int(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))

    def address_of(self, household: int) -> str:
        """Gives the printed address of a household, empty when it is not open."""
        home = self.homes.get(household)
        return str(home["address"]) if home else ""


def circle(who: Iterable[int], homes: Iterable[int] = ()) -> Circle:
    """Looks up whom an operation on some persons and households touches."""
    return circle_and(who, homes)[0]


def circle_and(
    who: Iterable[int], homes: Iterable[int] = (), *more: tuple[str, Mapping[str, Any]]
) -> tuple[Circle, list[list[dict[str, Any]]]]:
    """Looks up the circle together with what else an operation asks before the lock, in one trip.

    Args:
        more: queries with their parameters.
    """
    asked, named = tuple(who), tuple(homes)
    found, *others = together((TOGETHER, {"who": list(asked), "homes": list(named)}), *more)
    families = {row["household"] for row in found if row["kind"] == FAMILY_HOUSEHOLD}
    near = {row["subject"] for row in found if row["household"] in families}
    looked = Circle(
        asked,
        tuple(sorted({*asked, *near})),
        tuple(sorted({*named, *(row["household"] for row in found)})),
        tuple(sorted(families)),
    )
    return looked, others


def family(seen: Seen, looked: Circle) -> Family:
    """Gives what was read under the lock.

    Raises:
        AnjiaError: `act-conflict` (409) when somebody moved in or out between the look and the lock.
    """
    touched = {row["subject"] for row in seen["members"]} | {row["household"] for row in seen["members"]}
    if not touched <= set(looked.subjects):
        raise conflict()
    people = {row["subject"]: row for row in seen["people"]}
    kin = relations.graph(
        seen["kinship"],
        {subject: row["sex"] for subject, row in people.items()},
        {subject: row["birth_on"] for subject, row in people.items()},
    )
    return Family(seen["members"], {row["subject"]: row for row in seen["homes"]}, people, kin)


def leave(found: Family, movers: Sequence[int], on: date, ground: str, new_head: int | None) -> Changes:
    """Closes the registrations of those who leave and puts the households that they leave in order.

    A family household without members closes; one that loses its head gets the new one.

    Raises:
        AnjiaError: `head-needed` or `head-minor` (422).
    """
    changes: Changes = ([], [])
    for who in movers:
        add(changes, truncate("membership", found.own(who), on, close_ground=ground))
    for household in sorted({found.own(who)["household"] for who in movers}):
        home = found.homes.get(household)
        if home is None or home["kind"] != FAMILY_HOUSEHOLD:
            continue
        staying = [row for row in found.members if row["household"] == household and row["subject"] not in movers]
        if not staying:
            add(changes, truncate("household", home, on))
        elif not any(row["relation"] == HEAD for row in staying):
            add(changes, put_at_head(found, staying, new_head, on))
    return changes


def put_at_head(found: Family, staying: Sequence[Row], head: int | None, on: date) -> Changes:
    """Rewrites the relations of a household's members under a new head (rules H-02, H-04).

    Raises:
        AnjiaError: `head-needed` when nobody of the household is named, `head-minor` (422).
    """
    if head is None or head not in {row["subject"] for row in staying}:
        raise AnjiaError(
            "head-needed",
            "户主迁出后，留下的人需要一位新户主",
            "The head moves out; those who stay need a new head",
            ("请在留下的成员中指定新户主", "Name a new head among those who stay"),
            status=422,
        )
    if found.age(head, on) < ADULT:
        raise head_minor()
    changes: Changes = ([], [])
    for row in staying:
        code = relations.relation(head, row["subject"], found.kin, before=row["relation"])
        if code != row["relation"]:
            # Somebody who joined after that day carries the new code from the day of joining.
            since = max(on, row["valid_from"])
            add(changes, truncate("membership", row, since))
            changes[1].append(Open("membership", row["subject"], since, None, {**own(row), "relation": code}))
    return changes


def head_minor() -> AnjiaError:
    """Gives the error for a head under age (rules H-02, H-03)."""
    return AnjiaError(
        "head-minor",
        "户主应当是成年人；只有未成年人时，由派出所按监护情况核定",
        "A head is an adult; where there are only minors, the station decides by their guardianship",
        ("请指定成年成员，或让未成年人随迁", "Name an adult, or let the minors move along"),
        status=422,
    )


def own(row: Row) -> dict[str, Any]:
    """Gives the register's own columns of an entry."""
    return {key: value for key, value in row.items() if key not in ("id", "subject", "valid_from", "valid_to")}


def add(changes: Changes, more: Changes) -> None:
    """Puts changes behind changes."""
    changes[0].extend(more[0])
    changes[1].extend(more[1])
