"""A person comes into the register: what is checked and what is written, for every way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import numbering, relating
from anjia.registers.asof import rows
from anjia.registers.family import ADULT, HOMES, OPEN, Family, Row, circle, family, member
from anjia.registers.names import require_standard
from anjia.registers.operations import Prepared
from anjia.registers.standing import DEAD, NORMAL, birthday, refusal

GAP = timedelta(days=300)
PARENT_YEARS = 12
"""Least years between parent and child by blood; less is a warning (INV-06)."""

HOME_NOW = HOMES.replace("%s", "%(homes)s")
OWN_HOME = (
    "SELECT household FROM registers_membership "
    f"WHERE {OPEN} AND subject = ANY(%(who)s::bigint[]) ORDER BY array_position(%(who)s::bigint[], subject) LIMIT 1"
)
PARENTS = (
    "SELECT subject, ethnicity, birth_on, native_place FROM registers_particulars "
    f"WHERE {OPEN} AND subject = ANY(%s::bigint[])"
)
SIBLINGS = """
SELECT p.subject, p.birth_on FROM registers_kinship k
  JOIN registers_particulars p ON p.subject = k.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE k.recorded_to IS NULL AND k.kind = 'mother' AND k.basis = '' AND k.kin = %s::bigint
"""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person who is to be registered, as the papers describe the person.

    Attributes:
        number: citizen number; None = the next free one is issued.
        household: the household that receives the person.
        guardians: persons besides the parents who are guardians; with them the parents are not.
        ethnicities: of parents whom the register does not know.
        origin: how the person comes in, columns of that register.
        died_on: day of death when birth and death are declared together (rule B-12).
        by_blood: whether the parents are so by birth.
        ethnic: whether the ethnicity must be a parent's (INV-08).
    """

    name: str
    sex: str
    birth_on: date
    ethnicity: str
    household: int
    origin: Mapping[str, Any]
    number: str | None = None
    father: int | None = None
    mother: int | None = None
    guardians: tuple[int, ...] = ()
    ethnicities: tuple[str, ...] = ()
    died_on: date | None = None
    by_blood: bool = True
    ethnic: bool = True
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def parents(self) -> list[tuple[str, int]]:
        """Gives the parents whom the register knows."""
        return [(kind, kin) for kind, kin in (("father", self.father), ("mother", self.mother)) if kin is not None]


def enter(one: Newcomer, do: str, on: date, also: Callable[[Row], None] = lambda home: None) -> Prepared:
    """Prepares the registration of a person who was not in the register.

    Args:
        also: refuses the household that receives the person.

    Raises:
        AnjiaError: `number-mismatch`, `name-not-standard`, `day-impossible` (422), `household-closed` (409); when
            done `twin-mark-needed`, `ethnicity-not-parents` (422), `numbers-exhausted`, `number-taken`,
            `certificate-used` (409).
    """
    require_standard(one.name)
    _days_fit(one, on)
    county = _county(one.household)
    held: tuple[Read, ...] = ()
    require_free: Callable[[Seen], None] = _nothing
    looked = circle([kin for _, kin in one.parents] + list(one.guardians), [one.household])
    if one.number is None:
        wanted = numbering.Wanted(numbering.prefixes(county), one.birth_on, one.sex)
        issue = numbering.Issue({0: wanted})
    else:
        numbering.require_fit(one.number, one.birth_on, one.sex)
        issue, (held, require_free) = numbering.Issue({}), numbering.require_free(one.number)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, new = family(seen, looked), moment.subjects[0]
        home = found.homes.get(one.household)
        if home is None:
            raise conflict()
        also(home)
        require_free(seen)
        _guards_hold(one, seen)
        number = one.number or issue.give(seen).get(0)
        opens = [
            *_person(one, new, number, county, _native_place(one, seen)),
            *_kin(one, new, on),
            *([] if one.died_on else [_member(one, found, seen, home, new, on)]),
        ]
        summary = {"person": new, "household": one.household, "warnings": _warnings(one, seen)}
        return Plan((), tuple(opens), summary)

    reads = (*looked.reads(), *_reads(one), *held, *issue.reads)
    return Prepared(do, looked.subjects, ("P",), reads, decide, on, issue.names)


def home_of(*persons: int | None) -> int:
    """Gives the household of the first of some persons who is registered.

    Raises:
        AnjiaError: `household-needed` (422).
    """
    who = [one for one in persons if one is not None]
    found = rows(OWN_HOME, date.max, timezone.now(), who=who) if who else []
    if not found:
        raise refusal(
            "household-needed", "没有写明落在哪一户，父母也没有在本市登记的户口",
            "No household is named, and neither parent is registered in this city",
            ("请写明接收的户", "Name the household that receives the person"),
        )  # fmt: skip
    return int(found[0]["household"])


def _nothing(seen: Seen) -> None:
    """Checks nothing: a number that is issued is free."""


def _county(household: int) -> str:
    found = rows(HOME_NOW, date.max, timezone.now(), homes=[household])
    if not found:
        raise AnjiaError(
            "household-closed", "这一户已撤销，不能登记成员", "This household is closed and takes no members",
            ("请核对户号", "Check the household"), status=409,
        )  # fmt: skip
    return str(found[0]["division"][:6])


def _days_fit(one: Newcomer, on: date) -> None:
    last = one.died_on or on
    if not one.birth_on <= last <= on:
        raise refusal(
            "day-impossible", "出生、死亡、登记的日期先后不对", "Birth, death and registration are not in this order",
            ("请核对日期", "Check the dates"), birth_on=one.birth_on, died_on=one.died_on, on=on,
        )  # fmt: skip


def _reads(one: Newcomer) -> Iterator[Read]:
    yield Read("parents", PARENTS, [[kin for _, kin in one.parents]])
    if one.mother is not None and one.by_blood:
        yield Read("siblings", SIBLINGS, [one.mother])


def _guards_hold(one: Newcomer, seen: Seen) -> None:
    """Refuses a second birth of one mother within 300 days without a twin mark, and a strange ethnicity."""
    close = [row for row in seen.get("siblings", ()) if abs(row["birth_on"] - one.birth_on) < GAP]
    if close and not one.origin["twin"]:
        raise refusal(
            "twin-mark-needed", "同一母亲 300 天内已登记过一个孩子；是双胞胎的要注明",
            "The register has a child of this mother born within 300 days; a twin must be marked as one",
            ("请核对出生医学证明，多胞胎的加注后再办", "Check the birth certificate and mark a multiple birth"),
        )  # fmt: skip
    allowed = {row["ethnicity"] for row in seen["parents"]} | set(one.ethnicities)
    if one.ethnic and allowed and one.ethnicity not in allowed:
        raise refusal(
            "ethnicity-not-parents", "民族应当随父亲或者母亲", "The ethnicity must be the father's or the mother's",
            ("父母民族不同的，由双方书面确定", "Where they differ, both parents state their choice in writing"),
        )  # fmt: skip


def _native_place(one: Newcomer, seen: Seen) -> str:
    """Gives the native place: as stated, else the father's, else the mother's."""
    known = {row["subject"]: row["native_place"] for row in seen["parents"]}
    inherited = (known.get(kin, "") for _, kin in one.parents)
    return one.more.get("native_place") or next((place for place in inherited if place), "")


def _person(one: Newcomer, new: int, number: str | None, county: str, native_place: str) -> Iterator[Open]:
    since = one.birth_on
    yield Open("particulars", new, since, None, {
        "name": one.name, "former_name": "", "sex": one.sex, "birth_on": one.birth_on, "ethnicity": one.ethnicity,
        "birth_place": one.more.get("birth_place", ""), "native_place": native_place,
        "first_county": one.number[:6] if one.number else county,
    })  # fmt: skip
    if one.died_on is None or one.died_on > since:
        yield Open("status", new, since, one.died_on, {"status": NORMAL, "ground": ""})
    if one.died_on is not None:
        ground = one.more.get("death_ground", "")
        yield Open("status", new, one.died_on, None, {"status": DEAD, "ground": ground})
    yield Open("condition", new, since, None, {
        "marital": one.more.get("marital", "10"), "education": one.more.get("education", "90"), "military": "0",
        "employer": "", "occupation": "", "height_cm": None, "blood": one.more.get("blood", ""),
    })  # fmt: skip
    if number is not None:
        yield numbering.entry(new, number, since)
    yield Open("origin", new, since, None, one.origin)


def _kin(one: Newcomer, new: int, on: date) -> Iterator[Open]:
    basis = "" if one.by_blood else "adoption"
    since = one.birth_on if one.by_blood else on
    for kind, kin in one.parents:
        yield Open("kinship", new, since, None, {"kin": kin, "kind": kind, "basis": basis})
    until = birthday(one.birth_on, ADULT)
    if one.died_on is not None or until <= on:
        return
    for kin in one.guardians or [kin for _, kin in one.parents]:
        yield Open("kinship", new, since, until, {"kin": kin, "kind": "guardian", "basis": ""})


def _member(one: Newcomer, found: Family, seen: Seen, home: Row, new: int, on: date) -> Open:
    basis = "" if one.by_blood else "adoption"
    edges = [relating.edge(new, kind, kin, basis) for kind, kin in one.parents]
    kin = relating.graph(found, seen, edges, sex={new: one.sex}, born={new: one.birth_on})
    return member(
        new, on, household=one.household, relation=relating.code_in(found, one.household, new, kin),
        division=home["division"], ground=one.more.get("ground", ""), from_place=one.more.get("from_place", ""),
    )  # fmt: skip


def _warnings(one: Newcomer, seen: Seen) -> list[str]:
    """Gives what should be looked at again but bars nothing (INV-06)."""
    if not one.by_blood:
        return []
    return [
        f"parent-age:{row['subject']}" for row in seen["parents"]
        if birthday(row["birth_on"], PARENT_YEARS) > one.birth_on
    ]  # fmt: skip
