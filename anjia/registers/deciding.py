"""Moving a registration by the office's own decision (依职权迁移; rules D-05, S-01, P-30)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan
from anjia.kernel.errors import AnjiaError
from anjia.registers import divisions, moving, relations
from anjia.registers.asof import rows
from anjia.registers.family import (
    ADULT,
    FAMILY_HOUSEHOLD,
    OPEN,
    Changes,
    Family,
    add,
    circle,
    family,
    head_minor,
    leave,
    member,
)
from anjia.registers.household import new_page, next_number
from anjia.registers.operations import Prepared, operation
from anjia.registers.place import subject_of
from anjia.registers.relations import HEAD, NOT_KIN

LEFT_OVER, OTHER = "72", "90"
"""Grounds of moving in: left over into a community household; any other."""

COLLECTIVE = "collective"
OTHERS = """
SELECT m.subject FROM registers_membership m JOIN registers_household h ON h.subject = m.household
 WHERE h.recorded_to IS NULL AND h.valid_to IS NULL AND h.place = %(place)s::bigint
   AND m.recorded_to IS NULL AND m.valid_to IS NULL
   AND m.household NOT IN (SELECT household FROM registers_membership
        WHERE subject = %(besides)s::bigint AND recorded_to IS NULL AND valid_to IS NULL)
 ORDER BY m.subject
"""
# Spouse, parents, children; then grandparents and grandchildren: direct kin with a household elsewhere.
KIN_HOMES = f"""
WITH RECURSIVE up AS (
    SELECT subject AS person, kin, kind, 1 AS steps FROM registers_kinship
     WHERE {OPEN} AND subject = ANY(%(who)s::bigint[]) AND kind IN ('father', 'mother', 'spouse')
    UNION
    SELECT kin, subject, 'child', 1 FROM registers_kinship
     WHERE {OPEN} AND kin = ANY(%(who)s::bigint[]) AND kind IN ('father', 'mother')
), wide AS (
    SELECT person, kin, kind, steps FROM up
    UNION
    SELECT up.person, k.kin, k.kind, 2 FROM up JOIN registers_kinship k ON k.subject = up.kin
     WHERE up.kind IN ('father', 'mother') AND k.kind IN ('father', 'mother') AND k.recorded_to IS NULL
       AND k.valid_to IS NULL
)
SELECT wide.person, wide.kin, wide.steps, h.subject AS household, h.place
  FROM wide JOIN registers_membership m ON m.subject = wide.kin AND m.recorded_to IS NULL AND m.valid_to IS NULL
  JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
 WHERE h.kind = '{FAMILY_HOUSEHOLD}' AND h.place IS DISTINCT FROM %(place)s::bigint
 ORDER BY wide.steps, (wide.kind = 'spouse') DESC, h.subject
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one household's left-over members go: a dwelling, a household of kin, or the collective one."""

    movers: tuple[int, ...]
    head: int
    dwelling: int | None = None
    division: str = ""
    household: int | None = None


def others_at(place: str, besides: int) -> list[int]:
    """Gives who is registered at a dwelling, those of one person's own household left out.

    Args:
        place: standard address code, 20 digits.
        besides: person whose household does not count.
    """
    found = rows(OTHERS, date.max, timezone.now(), place=subject_of(place), besides=besides)
    return [row["subject"] for row in found]


@operation("move-by-decision", needs="person place", takes="destinations")
def move_by_decision(*, on: date, person: int, place: str, destinations: str = "") -> Prepared:
    """Moves out whoever is left over at a dwelling, in the order of rules S-01 and D-05.

    Each household goes as one: to the dwelling of its head, else to the household of the nearest
    direct kin, else to the community collective household of the station.

    Args:
        person: the applicant, whose own household stays.
        place: standard address code of the dwelling.
        destinations: `person=address code` or `person=collective`, separated by commas; what the
            person wished or owns. Empty: the order alone decides.

    Raises:
        AnjiaError: `left-over-none` (409), `collective-missing` (409), `place-unknown` (409).
    """
    spot = subject_of(place)
    movers = others_at(place, person)
    if not movers:
        raise _nobody()
    targets = list(_targets(spot, place[:12], movers, _wishes(destinations)))
    homes = [one.household for one in targets if one.household is not None]
    looked = circle(movers, homes)
    spots = sorted({one.dwelling for one in targets if one.dwelling is not None})
    new = [one for one in targets if one.dwelling is not None]

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        if {row["subject"] for row in seen["others"]} != set(movers):
            raise conflict()
        changes = leave(found, movers, on, moving.MOVED_OUT, None)
        fresh = dict(zip((one.head for one in new), moment.subjects, strict=True))
        for serial, target in enumerate(targets):
            add(changes, _arrive(target, found, seen, fresh.get(target.head), serial, on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"movers": movers, "from_place": place})

    reads = [
        *looked.reads(),
        Read("others", OTHERS.replace("%(place)s", "%s").replace("%(besides)s", "%s"), [spot, person]),
        *(Read(f"place:{one}", moving.PLACE, [one]) for one in spots),
        *_numbers(targets),
    ]
    numbering = frozenset(read.name for read in reads if read.name.startswith("number:"))
    subjects = tuple(sorted({*looked.subjects, *spots}))
    return Prepared("move-by-decision", subjects, ("H",) * len(new), tuple(reads), decide, on, numbering)


def _targets(spot: int, division: str, movers: Sequence[int], wishes: Mapping[int, str]) -> Iterator[Target]:
    looked = circle(movers)
    together: dict[int, list[int]] = {}
    heads: dict[int, int] = {}
    for row in rows(MEMBERS, date.max, timezone.now(), who=list(movers)):
        together.setdefault(row["household"], []).append(row["subject"])
        if row["relation"] == HEAD:
            heads[row["household"]] = row["subject"]
    kin = [
        row for row in rows(KIN_HOMES, date.max, timezone.now(), who=list(movers), place=spot)
        if row["kin"] not in looked.persons
    ]  # fmt: skip
    for household, members in sorted(together.items()):
        head = heads.get(household, members[0])
        yield _target(head, tuple(members), division, wishes, kin)


def _target(
    head: int, members: tuple[int, ...], division: str, wishes: Mapping[int, str], kin: Sequence[Mapping[str, int]]
) -> Target:
    wanted = next((wishes[who] for who in (head, *members) if wishes.get(who)), "")
    if wanted and wanted != COLLECTIVE and _stands(wanted):
        return Target(members, head, dwelling=subject_of(wanted), division=wanted[:12])
    near = next((row["household"] for row in kin if row["person"] == head), None)
    if wanted != COLLECTIVE and near is not None:
        return Target(members, head, household=near)
    return Target(members, head, household=moving.find_collective(division))


def _stands(place: str) -> bool:
    """Says whether the register of addresses knows a dwelling; what it does not know is passed over."""
    found = rows(moving.PLACE_NOW, date.max, timezone.now(), place=subject_of(place))
    return bool(found) and found[0]["state"] == "in_use" and found[0]["division"] == place[:12]


def _arrive(
    target: Target, found: Family, seen: Seen, new: int | None, serial: int, on: date
) -> Changes:
    changes: Changes = ([], [])
    if target.dwelling is not None and new is not None:
        address = moving.in_use(seen[f"place:{target.dwelling}"], target.division)
        station = divisions.station_of(target.division)
        if found.age(target.head, on) < ADULT:
            raise head_minor()
        page = new_page(
            seen, station, place=target.dwelling, address=address["printed"], division=target.division,
            number=f"number:{serial}",
        )  # fmt: skip
        changes[1].append(Open("household", new, on, None, page))
        household, division, ground = new, target.division, OTHER
        relation = {who: relations.relation(target.head, who, found.kin) for who in target.movers}
    else:
        assert target.household is not None
        household, home = target.household, found.homes.get(target.household)
        if home is None:
            raise conflict()
        division, ground = home["division"], OTHER if home["kind"] == FAMILY_HOUSEHOLD else LEFT_OVER
        relation = _relations(target, found, home["kind"])
    for who in target.movers:
        entry = member(
            who, on, household=household, relation=relation[who], division=division, ground=ground,
            from_place=found.address_of(found.own(who)["household"]),
        )  # fmt: skip
        changes[1].append(entry)
    return changes


def _relations(target: Target, found: Family, kind: str) -> dict[int, str]:
    if kind != FAMILY_HOUSEHOLD:
        return dict.fromkeys(target.movers, NOT_KIN)
    head = next(
        row["subject"] for row in found.members if row["household"] == target.household and row["relation"] == HEAD
    )
    return {who: relations.relation(head, who, found.kin) for who in target.movers}


def _numbers(targets: Iterable[Target]) -> Iterator[Read]:
    for serial, one in enumerate(targets):
        if one.dwelling is not None:
            yield next_number(divisions.station_of(one.division), f"number:{serial}")


def _wishes(destinations: str) -> dict[int, str]:
    pairs = (part.partition("=") for part in destinations.split(",") if part)
    return {int(person): place for person, _, place in pairs}


def _nobody() -> AnjiaError:
    return AnjiaError(
        "left-over-none",
        "这处房屋里已没有滞留的户口",
        "Nobody is left over at this dwelling any more",
        ("请终止办理，不需要再迁", "End the case; there is nobody to move"),
        status=409,
    )


MEMBERS = (
    "SELECT subject, household, relation FROM registers_membership "
    f"WHERE {OPEN} AND subject = ANY(%(who)s::bigint[]) ORDER BY household, relation, subject"
)
