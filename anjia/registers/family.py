"""Persons who leave their households and those who stay: what to lock, what to read, who heads them next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Close, Open, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import years_between
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
             WHERE h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL) AS kind,
           EXISTS (SELECT FROM registers_guardianship g
             WHERE g.subject = m.household AND g.recorded_to IS NULL AND g.valid_to IS NULL) AS guarded
      FROM registers_membership m
     WHERE m.recorded_to IS NULL AND m.valid_to IS NULL
       AND (m.subject = {_MANY.format("%(who)s")} OR m.household = {_MANY.format("%(homes)s")}))
SELECT subject, household, kind, guarded FROM own
 UNION
SELECT m.subject, m.household, '{FAMILY_HOUSEHOLD}', FALSE FROM registers_membership m
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
GUARDIANS = (
    "SELECT id, subject, valid_from, valid_to, person, name, ground, approved_by FROM registers_guardianship "
    f"WHERE {OPEN} AND subject = ANY(%s::bigint[])"
)
# All children of the members, those too who live elsewhere or are dead: birth order counts them all.
CHILDREN = """
SELECT p.subject, p.name, p.sex, p.birth_on FROM registers_particulars p
 WHERE p.recorded_to IS NULL AND p.valid_to IS NULL AND p.subject IN (
       SELECT k.subject FROM registers_kinship k WHERE k.kin = ANY(%s::bigint[])
          AND k.kind IN ('father', 'mother') AND k.recorded_to IS NULL AND k.valid_to IS NULL)
"""

Row = Mapping[str, Any]
Changes = tuple[list[Close], list[Open]]


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom an operation touches, as they stood before the lock.

    Attributes:
        persons: the persons themselves and everybody in a family household with them.
        homes: all their households; `families` those of them that are family households, `guarded`
            those of minors alone, with a guardian.
    """

    who: tuple[int, ...]
    persons: tuple[int, ...]
    homes: tuple[int, ...]
    families: tuple[int, ...]
    guarded: tuple[int, ...] = ()

    @property
    def subjects(self) -> tuple[int, ...]:
        """Everything to lock."""
        return tuple(sorted({*self.persons, *self.homes}))

    def reads(self) -> tuple[Read, ...]:
        """Gives what `family` needs to see under the lock."""
        persons = list(self.persons)
        found = (
            Read("members", MEMBERS, [list(self.who), list(self.families)]),
            Read("homes", HOMES, [list(self.homes)]),
            Read("people", PEOPLE, [persons]),
            Read("kinship", KINSHIP, [persons, persons]),
        )
        return (*found, Read("guardians", GUARDIANS, [list(self.guarded)])) if self.guarded else found

    def children(self) -> Read:
        """Gives what `family` needs besides to tell birth order: all children of these persons."""
        return Read("children", CHILDREN, [list(self.persons)])


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a household of minors, why, and which officer of the station approved it (rule H-03)."""

    name: str
    ground: str
    approved_by: str
    person: int | None = None

    def over(self, household: int, on: date) -> Open:
        """Gives the entry of the guardianship over a household from a day on."""
        values = {
            "person": self.person, "name": self.name, "ground": self.ground, "approved_by": self.approved_by,
        }  # fmt: skip
        return Open("guardianship", household, on, None, values)


@dataclass(frozen=True, slots=True)
class Family:
    """What was read under the lock about some persons and those they live with."""

    members: Sequence[Row]
    homes: Mapping[int, Row]
    people: Mapping[int, Row]
    kin: Graph
    guardians: Mapping[int, Row] = field(default_factory=dict)

    def of(self, household: int) -> list[Row]:
        """Gives the open registrations in a household, as far as they were read."""
        return [row for row in self.members if row["household"] == household]

    def head_of(self, household: int) -> int | None:
        """Gives the head of a household."""
        return next((row["subject"] for row in self.of(household) if row["relation"] == HEAD), None)

    def is_registered(self, subject: int) -> bool:
        """Says whether a person has an open registration."""
        return any(row["subject"] == subject for row in self.members)

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
        return years_between(self.people[subject]["birth_on"], on)

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
        tuple(sorted({row["household"] for row in found if row["guarded"]})),
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
    children = {row["subject"]: row for row in seen.get("children", ())}
    known = {**children, **people}
    kin = relations.graph(
        seen["kinship"],
        {subject: row["sex"] for subject, row in known.items()},
        {subject: row["birth_on"] for subject, row in known.items()},
    )
    homes = {row["subject"]: row for row in seen["homes"]}
    guardians = {row["subject"]: row for row in seen.get("guardians", ())}
    return Family(seen["members"], homes, people, kin, guardians)


def leave(
    found: Family, movers: Sequence[int], on: date, ground: str, new_head: int | None, guardian: Guardian | None = None
) -> Changes:
    """Closes the registrations of those who leave and puts the households that they leave in order.

    A family household without members closes; one that loses its head gets the new one.

    Args:
        guardian: who answers for those who stay when all of them are minors.

    Raises:
        AnjiaError: `head-needed`, `head-minor` or `guardian-needed` (422).
    """
    changes: Changes = ([], [])
    for who in movers:
        add(changes, truncate("membership", found.own(who), on, close_ground=ground))
    for household in sorted({found.own(who)["household"] for who in movers}):
        home = found.homes.get(household)
        if home is None or home["kind"] != FAMILY_HOUSEHOLD:
            continue
        staying = [row for row in found.of(household) if row["subject"] not in movers]
        if not staying:
            add(changes, close(found, household, on))
        elif not any(row["relation"] == HEAD for row in staying):
            add(changes, put_at_head(found, staying, new_head, on, guardian))
        else:
            add(changes, guarded(found, household, [row["subject"] for row in staying], on, guardian))
    return changes


def close(found: Family, household: int, on: date) -> Changes:
    """Closes a family household whose members have gone, and the guardianship over it."""
    changes = truncate("household", found.homes[household], on)
    if household in found.guardians:
        add(changes, truncate("guardianship", found.guardians[household], on))
    return changes


def guarded(found: Family, household: int, members: Iterable[int], on: date, guardian: Guardian | None) -> Changes:
    """Gives a household of minors its guardian, and takes him away when an adult is in it (rule H-03).

    Args:
        members: everybody who is in it afterwards.

    Raises:
        AnjiaError: `guardian-needed` (422).
    """
    known, changes = found.guardians.get(household), ([], [])
    minors_only = all(found.age(who, on) < ADULT for who in members)
    if known and (guardian or not minors_only):
        changes = truncate("guardianship", known, on)
    if minors_only and guardian is not None:
        changes[1].append(guardian.over(household, on))
    elif minors_only and known is None:
        raise guardian_needed()
    return changes


def put_at_head(
    found: Family, staying: Sequence[Row], head: int | None, on: date, guardian: Guardian | None = None, *,
    all_children: bool = False,
) -> Changes:  # fmt: skip
    """Rewrites the relations of a household's members under a new head (rules H-02, H-03, H-04).

    Args:
        guardian: who answers for them when all of them are minors.
        all_children: the head's children are all known, so that their birth order may be said.

    Raises:
        AnjiaError: `head-needed` when nobody of the household is named, `head-minor` or
            `guardian-needed` (422).
    """
    if head is None or head not in {row["subject"] for row in staying}:
        raise AnjiaError(
            "head-needed",
            "户主迁出后，留下的人需要一位新户主",
            "The head moves out; those who stay need a new head",
            ("请在留下的成员中指定新户主", "Name a new head among those who stay"),
            status=422,
        )
    household, members = staying[0]["household"], [row["subject"] for row in staying]
    guard = found.guardians.get(household) or guardian
    if found.age(head, on) < ADULT and (guard is None or any(found.age(who, on) >= ADULT for who in members)):
        raise head_minor()
    changes = guarded(found, household, members, on, guardian)
    as_head = next(row["relation"] for row in staying if row["subject"] == head)
    for row in staying:
        # What the old head and the new one were to each other, the new one's relation said.
        before = as_head if row["relation"] == HEAD else row["relation"]
        code = relations.relation(head, row["subject"], found.kin, before=before, all_children=all_children)
        if code != row["relation"]:
            # Somebody who joined after that day carries the new code from the day of joining.
            since = max(on, row["valid_from"])
            add(changes, truncate("membership", row, since))
            changes[1].append(Open("membership", row["subject"], since, None, {**own(row), "relation": code}))
    return changes


def guardian_needed() -> AnjiaError:
    """Gives the error for minors who would be alone without a guardian (rule H-03)."""
    return AnjiaError(
        "guardian-needed",
        "户内只剩未成年人，需要写明监护人并由派出所核准",
        "Only minors would be in the household; a guardian must be named and the station must approve",
        ("请写明监护人、原因和核准民警，或让未成年人随迁",
         "Name the guardian, the reason and the approving officer, or let the minors move along"),
        status=422,
    )  # fmt: skip


def head_minor() -> AnjiaError:
    """Gives the error for a head under age (rules H-02, H-03)."""
    return AnjiaError(
        "head-minor",
        "户主应当是成年人；只有未成年人时，由派出所按监护情况核定",
        "A head is an adult; where there are only minors, the station decides by their guardianship",
        ("请指定成年成员，或让未成年人随迁", "Name an adult, or let the minors move along"),
        status=422,
    )


def member(
    who: int, on: date, *, household: int, relation: str, division: str, ground: str = "", from_place: str = ""
) -> Open:
    """Gives the entry by which somebody is registered in a household from a day on.

    Args:
        ground: code of the reason of moving in.
        from_place: printed address of where the person comes from.
    """
    values = {
        "household": household, "relation": relation, "ground": ground, "from_place": from_place,
        "division": division, "close_ground": "",
    }  # fmt: skip
    return Open("membership", who, on, None, values)


def own(row: Row) -> dict[str, Any]:
    """Gives the register's own columns of an entry."""
    return {key: value for key, value in row.items() if key not in ("id", "subject", "valid_from", "valid_to")}


def add(changes: Changes, more: Changes) -> None:
    """Puts changes behind changes."""
    changes[0].extend(more[0])
    changes[1].extend(more[1])
