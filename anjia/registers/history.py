"""Persons, households and addresses on any date, as known at any moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.registers import dates
from anjia.registers.asof import known, predicate, rows
from anjia.registers.story import ChangeView as ChangeView
from anjia.registers.story import timeline as timeline

HEAD = "02"


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person's particulars and condition as of a day and a moment."""

    subject: int
    name: str
    former_name: str
    sex: str
    birth_on: date
    birth_place: str
    ethnicity: str
    native_place: str
    first_county: str
    status: str
    marital: str
    education: str
    military: str
    employer: str
    occupation: str
    height_cm: int | None
    blood: str
    birth_known: str = ""

    @property
    def born(self) -> str:
        """The date of birth as far as it is known: `1960`, `1960-05`, `1960-05-07`, `unknown`."""
        return dates.text(self.birth_on, self.birth_known)


@dataclass(frozen=True, slots=True)
class MembershipView:
    """One registration: who, where, in which relation, since when."""

    id: int
    subject: int
    household: int
    relation: str
    ground: str
    from_place: str
    division: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as a household page shows it.

    Attributes:
        birth_known, since_known: how exactly these dates are known; empty = to the day.
        is_certain: False where a date known in part leaves open whether the person belonged to it.
    """

    subject: int
    name: str
    sex: str
    birth_on: date
    relation: str
    since: date
    from_place: str = ""
    ground: str = ""
    birth_known: str = ""
    since_known: str = ""
    is_certain: bool = True

    @property
    def born(self) -> str:
        """The date of birth as far as it is known."""
        return dates.text(self.birth_on, self.birth_known)

    @property
    def came(self) -> str:
        """The day since which the person has belonged to the household, as far as it is known."""
        return dates.text(self.since, self.since_known)


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """A household with its members, the head first."""

    subject: int
    number: str
    kind: str
    address: str
    place: int | None
    division: str
    station: str
    name: str
    members: tuple[MemberView, ...]

    @property
    def head(self) -> int | None:
        """The head's person key, None where there is none (collective households)."""
        return next((member.subject for member in self.members if member.relation == HEAD), None)


@dataclass(frozen=True, slots=True)
class OfficerView:
    """Who answers for a collective household; `person` when registered here."""

    person: int | None
    name: str
    post: str
    since: date


@dataclass(frozen=True, slots=True)
class AddressView:
    """One line of a household's changes of address.

    Attributes:
        event: what brought the address: moved, or renamed where it stands.
        moved: the household went to another dwelling; else the words changed.
    """

    on: date
    address: str
    division: str
    place: int | None
    act: int
    event: str
    moved: bool


BIRTH = "b.subject = p.subject AND b.register = 'particulars' AND b.field = 'birth_on' AND b.day = p.birth_on"

PERSON = f"""
SELECT p.subject, p.name, p.former_name, p.sex, p.birth_on, p.birth_place, p.ethnicity, p.native_place,
       p.first_county, coalesce(s.status, '') AS status, coalesce(c.marital, '') AS marital,
       coalesce(c.education, '') AS education, coalesce(c.military, '') AS military,
       coalesce(c.employer, '') AS employer, coalesce(c.occupation, '') AS occupation, c.height_cm,
       coalesce(c.blood, '') AS blood, coalesce(b.known, '') AS birth_known
  FROM registers_particulars p
  LEFT JOIN registers_status s ON s.subject = p.subject AND {predicate("s")}
  LEFT JOIN registers_condition c ON c.subject = p.subject AND {predicate("c")}
  LEFT JOIN registers_precision b ON {BIRTH} AND {known("b")}
 WHERE p.subject = %(subject)s::bigint AND {predicate("p")}
"""
MEMBERSHIP = f"""
SELECT m.id, m.subject, m.household, m.relation, m.ground, m.from_place, m.division, m.valid_from, m.valid_to
  FROM registers_membership m WHERE m.subject = %(subject)s::bigint AND {predicate("m")}
"""
HOUSEHOLD = f"""
SELECT h.subject, h.number, h.kind, h.address, h.place, h.division, h.station, h.name
  FROM registers_household h WHERE h.subject = %(subject)s::bigint AND {predicate("h")}
"""
# A stay may be several entries (a relation was rewritten); it began with the first of an unbroken run.
MEMBERS = f"""
SELECT m.*, coalesce(w.known, '') AS since_known,
       {dates.window_sql("w.known", "m.since")} <= %(on)s::date AS is_certain
  FROM (
SELECT m.subject, p.name, p.sex, p.birth_on, m.relation, m.from_place, m.ground,
       coalesce(b.known, '') AS birth_known,
       (SELECT max(e.valid_from) FROM registers_membership e
         WHERE e.subject = m.subject AND e.household = m.household AND {known("e")}
           AND e.valid_from <= m.valid_from
           AND NOT EXISTS (SELECT FROM registers_membership f
                WHERE f.subject = e.subject AND f.household = e.household AND f.valid_to = e.valid_from
                  AND {known("f")})) AS since
  FROM registers_membership m
  JOIN registers_particulars p ON p.subject = m.subject AND {predicate("p")}
  LEFT JOIN registers_precision b ON {BIRTH} AND {known("b")}
 WHERE m.household = %(subject)s::bigint AND {predicate("m")}
) m
  LEFT JOIN registers_precision w ON w.subject = m.subject AND w.register = 'membership' AND w.field = 'valid'
   AND w.day = m.since AND {known("w")}
 ORDER BY m.relation <> '02', m.relation, m.birth_on, m.subject
"""
BY_NUMBER = """
SELECT h.subject FROM registers_household h
 WHERE h.number = %(number)s::text AND h.recorded_from <= %(known_at)s::timestamptz
 ORDER BY h.recorded_to IS NOT NULL, h.valid_from DESC, h.id DESC LIMIT 1
"""
LAST_STAY = f"""
SELECT m.household, coalesce(m.valid_to - 1, CURRENT_DATE) AS on FROM registers_membership m
 WHERE m.subject = %(subject)s::bigint AND {known("m")} ORDER BY m.valid_from DESC LIMIT 1
"""
LATEST = f"""
SELECT h.number, h.kind, h.address FROM registers_household h
 WHERE h.subject = %(subject)s::bigint AND {known("h")} ORDER BY h.valid_from DESC LIMIT 1
"""
AT_PLACE = f"""
SELECT h.subject, h.number FROM registers_household h
 WHERE h.place = %(place)s::bigint AND {predicate("h")} ORDER BY h.number
"""
PLACE = f"""
SELECT l.subject, l.division, l.printed, l.usage, l.state FROM registers_place l
 WHERE l.subject = %(subject)s::bigint AND {predicate("l")}
"""
OFFICER = f"""
SELECT o.person, o.name, o.post, o.valid_from AS since FROM registers_officer o
 WHERE o.subject = %(subject)s::bigint AND {predicate("o")}
"""
# The copy that an entry leaves when it ends was written by the act that ended it, not by the one that began it.
ADDRESSES = f"""
SELECT h.valid_from AS on, h.address, h.division, h.place, a.id AS act, a.event
  FROM registers_household h
  LEFT JOIN kernel_act a ON a.id = (
       SELECT min(e.opened_by) FROM registers_household e
        WHERE e.subject = h.subject AND e.valid_from = h.valid_from AND e.address = h.address)
 WHERE h.subject = %(subject)s::bigint AND {known("h")} AND h.valid_from <= %(on)s::date
 ORDER BY h.valid_from
"""
def person(subject: int, on: date, known_at: datetime) -> PersonView:
    """Gives a person.

    Raises:
        AnjiaError: `person-unknown` (404) when the register did not know the person then.
    """
    found = rows(PERSON, on, known_at, subject=subject)
    if not found:
        raise _unknown("person", "没有查到此人当时的登记", "The register did not know this person then")
    return PersonView(**found[0])


def find_person(subject: int, on: date, known_at: datetime) -> PersonView | None:
    """Gives a person, None when the register did not know the person then."""
    found = rows(PERSON, on, known_at, subject=subject)
    return PersonView(**found[0]) if found else None


def membership(person: int, on: date, known_at: datetime) -> MembershipView | None:
    """Gives a person's registration, None when the person had none."""
    found = rows(MEMBERSHIP, on, known_at, subject=person)
    return MembershipView(**found[0]) if found else None


def household(subject: int, on: date, known_at: datetime) -> HouseholdView:
    """Gives a household with its members, the head first, then by relation and age.

    Raises:
        AnjiaError: `household-unknown` (404) when it did not exist or was not known then.
    """
    found = find_household(subject, on, known_at)
    if found is None:
        raise _unknown("household", "这一天没有这一户", "This household did not exist on that day")
    return found


def find_household(subject: int, on: date, known_at: datetime) -> HouseholdView | None:
    """Gives a household with its members, None when it did not exist or was not known then."""
    found = rows(HOUSEHOLD, on, known_at, subject=subject)
    if not found:
        return None
    members = tuple(MemberView(**row) for row in rows(MEMBERS, on, known_at, subject=subject))
    return HouseholdView(**found[0], members=members)


def latest_household(subject: int, known_at: datetime) -> dict[str, Any] | None:
    """Gives number, kind and address of a household as it was last, open or closed; None when never known."""
    found = rows(LATEST, date.max, known_at, subject=subject)
    return found[0] if found else None


def household_of(person: int, on: date, known_at: datetime) -> HouseholdView | None:
    """Gives the household in which a person was registered, None when there was none."""
    own = membership(person, on, known_at)
    return None if own is None else find_household(own.household, on, known_at)


def last_household_of(person: int, known_at: datetime) -> HouseholdView | None:
    """Gives the household in which a person was registered last, as it was on the last day of it."""
    found = rows(LAST_STAY, date.max, known_at, subject=person)
    return find_household(found[0]["household"], found[0]["on"], known_at) if found else None


def household_by_number(number: str, known_at: datetime) -> int | None:
    """Gives the subject of a household number, None when it was never given out."""
    found = rows(BY_NUMBER, date.max, known_at, number=number)
    return found[0]["subject"] if found else None


def households_at(place: int, on: date, known_at: datetime) -> list[HouseholdView]:
    """Gives all households registered at an address (one address may hold several)."""
    found = (row["subject"] for row in rows(AT_PLACE, on, known_at, place=place))
    return [view for subject in found if (view := find_household(subject, on, known_at)) is not None]


def numbers_at(place: int, on: date, known_at: datetime) -> list[str]:
    """Gives the numbers of the households at an address; several of them share it (同址分户)."""
    return [row["number"] for row in rows(AT_PLACE, on, known_at, place=place)]


def place(subject: int, on: date, known_at: datetime) -> dict[str, Any] | None:
    """Gives an address (subject, division, printed, usage, state), None when it did not exist then."""
    found = rows(PLACE, on, known_at, subject=subject)
    return found[0] if found else None


def officer(household: int, on: date, known_at: datetime) -> OfficerView | None:
    """Gives the officer of a collective household, None where there was none."""
    found = rows(OFFICER, on, known_at, subject=household)
    return OfficerView(**found[0]) if found else None


def addresses(household: int, on: date, known_at: datetime) -> list[AddressView]:
    """Gives the addresses that a household has had up to a day (住址变动登记), the latest first.

    An entry that was only shortened, or that changed something else, is no change of address.
    """
    found: list[AddressView] = []
    for row in rows(ADDRESSES, on, known_at, subject=household):
        last = found[-1] if found else None
        if last is None or (row["address"], row["division"], row["place"]) != (last.address, last.division, last.place):
            moved = last is not None and row["place"] != last.place
            found.append(AddressView(**{**row, "event": row["event"] or ""}, moved=moved))
    return found[::-1]


def _unknown(what: str, zh: str, en: str) -> AnjiaError:
    return AnjiaError(
        f"{what}-unknown", zh, en, ("请核对号码和日期", "Check the number and the date"), status=404
    )
