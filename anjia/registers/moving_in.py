"""Coming into the city: persons whom another city has let go are registered here, in one act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import years_between
from anjia.registers import arrival, divisions, holdings, newcomers, papers, relations, standing
from anjia.registers.arrival import Handover
from anjia.registers.family import ADULT, Changes, Family, add, circle, family, head_minor, member
from anjia.registers.household import new_page, next_number
from anjia.registers.moving import PLACE, find_collective, in_use, live
from anjia.registers.operations import Prepared, operation
from anjia.registers.papers import BY_NUMBER, USED
from anjia.registers.place import subject_of
from anjia.registers.relations import HEAD, NOT_KIN

LIVES = "move"
"""Ground of a residence that began with the registration."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the newcomers go: an existing household, or a new one at a place.

    Attributes:
        spot: place of a new family household; its `division` is that of the code.
    """

    household: int | None
    spot: int | None
    division: str

    @property
    def station(self) -> str:
        """The station that numbers a new household."""
        return divisions.station_of(self.division)

    def reads(self) -> tuple[Read, ...]:
        """Gives what `home` needs to see under the lock."""
        if self.spot is None:
            return ()
        return Read("place", PLACE, [self.spot]), next_number(self.station)

    def home(self, found: Family, seen: Seen, moment: Moment, on: date) -> tuple[Mapping[str, Any], list[Open]]:
        """Gives the household's page and, for a new one, the entry that opens it.

        Raises:
            AnjiaError: `act-conflict`, `place-unknown` (409).
        """
        if self.household is not None:
            if self.household not in found.homes:
                raise conflict()
            return found.homes[self.household], []
        printed = in_use(seen["place"], self.division)["printed"]
        page = new_page(seen, self.station, place=self.spot, address=printed, division=self.division)
        new = moment.subjects[0]
        return {**page, "subject": new}, [Open("household", new, on, None, page)]


@operation(
    "move-in",
    needs="",
    takes="person release issuer certificate persons from_place household place division ground spouse permit",
)
def move_in(
    *, on: date, person: int | None = None, release: str = "", issuer: str = "", certificate: str = "",
    persons: Sequence[Mapping[str, Any]] = (), from_place: str = "", household: int | None = None, place: str = "",
    division: str = "", ground: str = "", spouse: str = "", permit: str = "",
) -> Prepared:  # fmt: skip
    """Registers persons from another city (MOVE_IN); the number is inherited, never issued here.

    They enter an existing household, a new family household at an address, or the collective household
    of a community. The place left must have let go in the same exchange: by its electronic release,
    which this city holds as a paper and which is used up here, or by a 迁移证 that is handed in.

    Args:
        person: the applicant, who must be the first of the persons when the register knows them.
        release: number of the other city's electronic release; it says who comes.
        certificate: number of the other city's 迁移证; then `persons` and `from_place` say who comes.
        issuer: id of the other city, or its name.
        household: the household that receives them; else `place` (20 digits) or `division` (12 digits).
        spouse: citizen number of the applicant's spouse, registered as kin.
        permit: number of our own 准迁证 that is used up with it.
    """
    handover = _handover(release, issuer, certificate, persons, from_place)
    coming = newcomers.look(handover, spouse)
    if person is not None and coming.known.get(coming.numbers[0]) != person:
        raise _somebody_else()
    goal = _goal(household, place, division)
    looked = circle(coming.movers, [goal.household] if goal.household is not None else [])
    new = 0 if goal.spot is None else 1

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        if {row["subject"] for row in found.members} & set(coming.movers):
            raise _registered_here()
        keys = coming.keys(moment.subjects[new:])
        who = [keys[number] for number in coming.numbers]
        home, opened = goal.home(found, seen, moment, on)
        changes: Changes = ([], opened)
        add(changes, _papers(seen, who[0], on, issuer, certificate, handover))
        add(changes, newcomers.entries(coming, keys, seen, on))
        edges = newcomers.edges(coming, keys)
        born = {keys[one.citizen_no]: one.birth_on for one in handover.persons}
        changes[1].extend(newcomers.kinship(edges, seen, on, born))
        relation = _relations(found, home, who, handover, [*seen["kinship"], *edges], on)
        changes[1].extend(_registered(home, relation, ground, handover, on))
        add(changes, _lives(home, who, seen, on))
        add(changes, holdings.close(seen, on, holdings.SETTLEMENT))
        summary = {"person": who[0], "household": home["subject"], "movers": who}
        return Plan(tuple(changes[0]), tuple(changes[1]), summary)

    reads = (
        *coming.reads(), *looked.reads(), *holdings.reads(coming.movers), *goal.reads(),
        standing.read("residence", coming.movers), *_paper_reads(release, issuer, permit),
    )  # fmt: skip
    places = () if goal.spot is None else (goal.spot,)
    subjects = tuple(sorted({*looked.subjects, *places, *_holders(release, issuer, permit)}))
    kinds = ("H",) * new + ("P",) * len(coming.fresh)
    return Prepared("move-in", subjects, kinds, reads, decide, on, frozenset({"number", "gate"}))


def _handover(
    release: str, issuer: str, certificate: str, persons: Sequence[Mapping[str, Any]], from_place: str
) -> Handover:
    if release:
        return arrival.read(papers.content_of(papers.get("release", issuer, release)))
    if certificate and issuer:
        return arrival.given(persons, from_place)
    raise AnjiaError(
        "origin-not-released",
        "迁出地还没有同意迁出，不能在本市登记户口",
        "The place left has not let go yet; nobody can be registered here before",
        ("请等迁出地答复，或凭迁移证办理", "Wait for its answer, or use its certificate"),
        status=409,
    )


def _goal(household: int | None, place: str, division: str) -> Goal:
    if household is not None:
        return Goal(int(household), None, "")
    if place:
        return Goal(None, subject_of(place), place[:12])
    return Goal(find_collective(division), None, "")


def _paper_reads(release: str, issuer: str, permit: str) -> tuple[Read, ...]:
    reads = []
    if release:
        reads.append(Read("release", BY_NUMBER, ["release", issuer, release]))
    if permit:
        reads.append(Read("move-permit", BY_NUMBER, ["permit", "", permit]))
    return tuple(reads)


def _holders(release: str, issuer: str, permit: str) -> list[int]:
    held = [("release", issuer, release), ("permit", "", permit)]
    return [papers.get(kind, by, number)["subject"] for kind, by, number in held if number]


def _registered(
    home: Mapping[str, Any], relation: Mapping[int, str], ground: str, handover: Handover, on: date
) -> Iterator[Open]:
    for one, code in relation.items():
        yield member(
            one, on, household=home["subject"], relation=code, division=home["division"], ground=ground,
            from_place=handover.from_place,
        )  # fmt: skip


def _papers(
    seen: Seen, applicant: int, on: date, issuer: str, certificate: str, handover: Handover
) -> Changes:
    changes: Changes = ([], [])
    for name in ("release", "move-permit"):
        if name in seen:
            row = papers.usable(seen[name], applicant, on)
            add(changes, papers.ended(row, on, USED, handover.from_place))
    if certificate:
        used = papers.issued(
            applicant, "certificate", certificate, on, issuer=issuer, person=applicant, state=USED,
            note=handover.from_place,
        )  # fmt: skip
        changes[1].append(used)
    return changes


def _relations(
    found: Family, home: Mapping[str, Any], who: Sequence[int], handover: Handover, edges: Sequence[Any], on: date
) -> dict[int, str]:
    """Gives the relation of each newcomer to the head, by the kinship that is known then."""
    if home["kind"] != "J1":
        return dict.fromkeys(who, NOT_KIN)
    persons = dict(zip(who, handover.persons, strict=True))
    kin = relations.graph(
        edges,
        {**found.kin.sex, **{key: one.sex for key, one in persons.items()}},
        {**found.kin.born, **{key: one.birth_on for key, one in persons.items()}},
    )
    members = [row for row in found.members if row["household"] == home["subject"]]
    head = next((row["subject"] for row in members if row["relation"] == HEAD), None)
    if head is None:
        head, born = who[0], handover.persons[0].birth_on
        if years_between(born, on) < ADULT:
            raise head_minor()
    return {one: relations.relation(head, one, kin) for one in who}


def _lives(home: Mapping[str, Any], who: Sequence[int], seen: Seen, on: date) -> Changes:
    """Registers that the newcomers live at the household's dwelling; a collective household has none."""
    if home["kind"] != "J1" or home["place"] is None:
        return [], []
    return live(
        who, seen, on, place=home["place"], division=home["division"], station=home["station"], ground=LIVES
    )


def _registered_here() -> AnjiaError:
    return AnjiaError(
        "membership-open",
        "迁入人中有人在本市已有常住户口，不能从市外迁入",
        "One of the persons has an open registration here already and cannot come in from outside",
        ("请改办市内移居", "Use a move inside the city"),
        status=409,
    )


def _somebody_else() -> AnjiaError:
    return AnjiaError(
        "identity-conflict",
        "迁出地放行的人不是本件的申请人",
        "The person whom the place left lets go is not the applicant of this case",
        ("请核对身份号码", "Check the citizen number"),
        status=409,
    )
