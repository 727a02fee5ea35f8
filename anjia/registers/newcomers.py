"""The entries of persons who come from another city: known by their number, or new to the register."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.entries import Open, truncate
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import normalise, vault
from anjia.registers import people, standing
from anjia.registers.arrival import Arrival, Handover
from anjia.registers.family import OPEN, Changes, add, own
from anjia.registers.standing import ELSEWHERE, NORMAL

CONDITION = f"SELECT subject FROM registers_condition WHERE {OPEN} AND subject = ANY(%s::bigint[])"
KNOWN = (
    "SELECT DISTINCT ON (blind) blind, subject FROM registers_identity WHERE kind = 'citizen_no' "
    "AND recorded_to IS NULL AND blind = ANY(%s::bytea[]) ORDER BY blind, issued_here DESC, id"
)
GATE = "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) key ORDER BY key"
"""A number that nobody carries yet has no row to lock; two acts that bring it in wait for each other here."""

KIN = ("father", "mother", "spouse")


@dataclass(frozen=True, slots=True)
class Coming:
    """The persons of a handover beside what the register knew of them before the lock.

    Attributes:
        known: citizen number → person, of movers and of the kin whom they name.
        fresh: numbers of the movers whom the register does not know.
    """

    handover: Handover
    spouse: str
    known: Mapping[str, int]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The movers' numbers, the applicant's first."""
        return tuple(one.citizen_no for one in self.handover.persons)

    @property
    def fresh(self) -> tuple[str, ...]:
        """Numbers of the movers whom the register does not know."""
        return tuple(number for number in self.numbers if number not in self.known)

    @property
    def movers(self) -> list[int]:
        """The movers whom the register knows."""
        return [self.known[number] for number in self.numbers if number in self.known]

    def keys(self, subjects: Sequence[int]) -> dict[str, int]:
        """Gives number → person once the new ones have their keys."""
        return {**self.known, **dict(zip(self.fresh, subjects, strict=True))}

    def reads(self) -> tuple[Read, ...]:
        """Gives what `entries` and `kinship` need to see under the lock."""
        blinds = _blinds(_named(self.handover, self.spouse))
        gates = sorted(int.from_bytes(blind[:8], "big", signed=True) for blind in blinds)
        return (
            Read("gate", GATE, [gates]),
            Read("known", KNOWN, [blinds]),
            standing.read("particulars", self.movers),
            standing.read("status", self.movers),
            Read("conditions", CONDITION, [self.movers]),
        )


def look(handover: Handover, spouse: str = "") -> Coming:
    """Looks up whom of a handover the register knows."""
    found = _named(handover, spouse)
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [_blinds(found)])
        by_blind = {bytes(blind): subject for blind, subject in cursor.fetchall()}
    blinds = dict(zip(found, _blinds(found), strict=True))
    known = {number: by_blind[blind] for number, blind in blinds.items() if blind in by_blind}
    return Coming(handover, normalise(spouse), known)


def entries(coming: Coming, keys: Mapping[str, int], seen: Seen, on: date) -> Changes:
    """Gives particulars, status, condition and number of all movers.

    Raises:
        AnjiaError: `act-conflict` when somebody registered one of the numbers meanwhile;
            `person-not-registrable`, `identity-conflict` (409).
    """
    _require_same(seen, coming)
    changes: Changes = ([], [])
    for one in coming.handover.persons:
        who = keys[one.citizen_no]
        if one.citizen_no in coming.known:
            add(changes, _known(one, who, seen, on))
        else:
            changes[1].extend(_fresh(one, who, on))
        if who not in {row["subject"] for row in seen["conditions"]}:
            changes[1].append(Open("condition", who, on, None, _condition(one)))
    return changes


def edges(coming: Coming, keys: Mapping[str, int]) -> list[dict[str, Any]]:
    """Gives the kinship that the handover and the case name, among persons whom the register knows then."""
    found: list[dict[str, Any]] = []
    for place, one in enumerate(coming.handover.persons):
        named = {kind: normalise(getattr(one, kind)) for kind in KIN}
        if place == 0 and coming.spouse:
            named["spouse"] = coming.spouse
        who = keys[one.citizen_no]
        for kind, number in named.items():
            kin = keys.get(number)
            pairs = {(row["subject"], row["kin"]) for row in found if row["kind"] == "spouse"}
            if kin is not None and kin != who and not (kind == "spouse" and (kin, who) in pairs):
                found.append({"subject": who, "kind": kind, "kin": kin})
    return found


def kinship(wanted: Iterable[Mapping[str, Any]], seen: Seen, on: date, born: Mapping[int, date]) -> list[Open]:
    """Gives the entries of the kinship that is not in the register yet."""
    there = {(row["subject"], row["kind"], row["kin"]) for row in seen["kinship"]}
    held = {(row["subject"], row["kind"]) for row in seen["kinship"]}
    made = []
    for row in wanted:
        edge = (row["subject"], row["kind"], row["kin"])
        turned = (row["kin"], "spouse", row["subject"])
        if edge in there or (row["kind"] == "spouse" and turned in there) or edge[:2] in held:
            continue
        since = on if row["kind"] == "spouse" else born.get(row["subject"], on)
        made.append(Open("kinship", row["subject"], since, None, {"kin": row["kin"], "kind": row["kind"]}))
    return made


def _named(handover: Handover, spouse: str) -> list[str]:
    named = [one.citizen_no for one in handover.persons]
    named += [normalise(getattr(one, kind)) for one in handover.persons for kind in KIN]
    return list(dict.fromkeys(number for number in [*named, normalise(spouse)] if number))


def _blinds(found: Iterable[str]) -> list[bytes]:
    keys = vault()
    return [keys.blind("citizen_no", number) for number in found]


def _require_same(seen: Seen, coming: Coming) -> None:
    now = {row["subject"] for row in seen["known"]}
    fresh = set(_blinds(coming.fresh)) & {bytes(row["blind"]) for row in seen["known"]}
    if fresh or not set(coming.movers) <= now:
        raise conflict()


def _known(one: Arrival, who: int, seen: Seen, on: date) -> Changes:
    status = next((row for row in seen["status"] if row["subject"] == who), None)
    page = next((row for row in seen["particulars"] if row["subject"] == who), None)
    if status is None or page is None:
        raise conflict()
    if status["status"] != ELSEWHERE:
        raise _not_registrable(one)
    if (page["sex"], page["birth_on"]) != (one.sex, one.birth_on):
        raise _other_person(one)
    changes: Changes = truncate("status", status, on)
    changes[1].append(Open("status", who, on, None, {"status": NORMAL, "ground": ""}))
    if page["name"] != one.name:
        add(changes, truncate("particulars", page, on))
        names = {"name": one.name, "former_name": one.former_name or page["name"]}
        changes[1].append(Open("particulars", who, on, None, {**own(page), **names}))
    return changes


def _fresh(one: Arrival, who: int, on: date) -> list[Open]:
    born, number = one.birth_on, one.citizen_no
    particulars = {
        "name": one.name, "former_name": one.former_name, "sex": one.sex, "birth_on": born,
        "birth_place": one.birth_place, "ethnicity": one.ethnicity, "native_place": one.native_place,
        "first_county": number[:6],
    }  # fmt: skip
    identity = {**people.sealed("citizen_no", number, uuid.uuid4()), "issued_here": False}
    before = [Open("status", who, born, on, {"status": ELSEWHERE, "ground": ""})] if born < on else []
    return [
        Open("particulars", who, born, None, particulars),
        *before,
        Open("status", who, on, None, {"status": NORMAL, "ground": ""}),
        Open("identity", who, born, None, identity),
    ]


def _condition(one: Arrival) -> dict[str, str]:
    return {
        "marital": one.marital, "education": one.education, "military": "0", "employer": "", "occupation": "",
    }  # fmt: skip


def _not_registrable(one: Arrival) -> AnjiaError:
    return AnjiaError(
        "person-not-registrable",
        f"{one.name[:1]}××在本市登记簿中的状态不允许迁入（已在本市登记、已死亡或已注销）",
        "This person's status in the register here does not allow a move in",
        ("请核对此人的户口状态", "Check this person's status"),
        status=409,
    )


def _other_person(one: Arrival) -> AnjiaError:
    return AnjiaError(
        "identity-conflict",
        "迁出地登记的性别或出生日期与本市登记簿不一致，须先查清是否同一人",
        "Sex or birth date at the place left differ from the register here; settle first whether it is one person",
        ("请两地核对后由一方更正", "The two cities compare, and one of them corrects"),
        status=409,
        sex=one.sex,
    )
