"""Persons who come into the register, leave it by death, or take over a household."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

from anjia.kernel.acts import Read, Seen, conflict
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import people, relations
from anjia.registers.family import OPEN, Changes, Family, add, circle, family, leave
from anjia.registers.operations import Prepared, operation
from anjia.registers.relations import HEAD, NOT_KIN

DEAD = "1"
STATUS = (
    "SELECT id, subject, valid_from, valid_to, status, ground FROM registers_status "
    f"WHERE {OPEN} AND subject = %s::bigint"
)
RESIDENCE = (
    "SELECT id, subject, valid_from, valid_to, place, division, station, ground FROM registers_residence "
    f"WHERE {OPEN} AND subject = %s::bigint"
)


@operation(
    "register-person",
    needs="household name sex birth_on ethnicity number",
    takes="father mother ground from_place birth_place native_place marital education",
)
def register_person(
    *, on: date, household: int, name: str, sex: str, birth_on: date, ethnicity: str, number: str,
    father: int | None = None, mother: int | None = None, marital: str = "10", **more: str,
) -> Prepared:  # fmt: skip
    """Registers a person who was not in the register: a birth or a late entry (BIRTH, BACKFILL).

    Args:
        household: the household that receives the person; the relation follows from the kinship.
        number: citizen number, 18 characters; it must agree with birth date and sex (INV-04).
    """
    _number_fits(number, birth_on, sex)
    looked = circle([who for who in (father, mother) if who is not None], [household])
    identity = people.sealed("citizen_no", number, uuid.uuid4())
    particulars = {
        "name": name, "former_name": "", "sex": sex, "birth_on": birth_on, "ethnicity": ethnicity,
        "birth_place": more.get("birth_place", ""), "native_place": more.get("native_place", ""),
        "first_county": number[:6],
    }  # fmt: skip
    condition = {
        "marital": marital, "education": more.get("education", "90"), "military": "0", "employer": "",
        "occupation": "",
    }  # fmt: skip

    def decide(seen: Seen, moment: Moment) -> Plan:
        found, new = family(seen, looked), moment.subjects[0]
        home = found.homes.get(household)
        if home is None:
            raise conflict()
        parents = [(kind, kin) for kind, kin in (("father", father), ("mother", mother)) if kin is not None]
        member = {
            "household": household, "relation": _relation(found, household, new, sex, birth_on, parents, seen),
            "ground": more.get("ground", ""), "from_place": more.get("from_place", ""),
            "division": home["division"], "close_ground": "",
        }  # fmt: skip
        opens = [
            Open("particulars", new, birth_on, None, particulars),
            Open("status", new, birth_on, None, {"status": "0", "ground": ""}),
            Open("condition", new, birth_on, None, condition),
            Open("identity", new, birth_on, None, identity),
            *(Open("kinship", new, birth_on, None, {"kin": kin, "kind": kind}) for kind, kin in parents),
            Open("membership", new, on, None, member),
        ]
        return Plan((), tuple(opens), {"person": new, "household": household})

    return Prepared("register-person", looked.subjects, ("P",), looked.reads(), decide, on)


@operation("record-death", needs="person", takes="new_head declared ground")
def record_death(
    *, on: date, person: int, new_head: int | None = None, declared: bool = False, ground: str = ""
) -> Prepared:
    """Closes the registration of a dead person; the household gets a new head or closes (DEATH).

    What follows for others, such as the marital status of the widow, is an event of its own.

    Args:
        new_head: head of those who stay, when the head died.
        declared: the death was declared by a court.
    """
    looked = circle([person])
    status = {"status": "7" if declared else DEAD, "ground": ground}

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        if not seen["status"]:
            raise conflict()
        if seen["status"][0]["status"] != "0":
            raise _not_alive()
        registered = any(row["subject"] == person for row in found.members)
        changes: Changes = leave(found, [person], on, status["status"], new_head) if registered else ([], [])
        add(changes, truncate("status", seen["status"][0], on))
        changes[1].append(Open("status", person, on, None, status))
        for row in seen["residence"]:
            add(changes, truncate("residence", row, on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (*looked.reads(), Read("status", STATUS, [person]), Read("residence", RESIDENCE, [person]))
    return Prepared("record-death", looked.subjects, (), reads, decide, on)


def _relation(
    found: Family, household: int, new: int, sex: str, birth_on: date, parents: list[tuple[str, int]], seen: Seen
) -> str:
    if found.homes[household]["kind"] != "J1":
        return NOT_KIN
    head = next(
        (row["subject"] for row in found.members if row["household"] == household and row["relation"] == HEAD), None
    )
    if head is None:
        return HEAD
    edges = [*seen["kinship"], *({"subject": new, "kind": kind, "kin": kin} for kind, kin in parents)]
    kin = relations.graph(edges, {**found.kin.sex, new: sex}, {**found.kin.born, new: birth_on})
    return relations.relation(head, new, kin)


def _number_fits(number: str, birth_on: date, sex: str) -> None:
    fault = next(_faults(number, birth_on, sex), None)
    if fault is not None:
        raise AnjiaError(
            "number-mismatch",
            f"公民身份号码{fault[0]}",
            f"The citizen number {fault[1]}",
            ("请核对号码、出生日期和性别", "Check the number, the birth date and the sex"),
            status=422,
        )


def _faults(number: str, birth_on: date, sex: str) -> Iterator[tuple[str, str]]:
    if len(number) != 18 or citizen_no.check_digit(number[:17]) != number[17]:
        yield "的校验码不对", "has a wrong check digit"
    elif number[6:14] != f"{birth_on:%Y%m%d}":
        yield "与出生日期不符", "does not agree with the birth date"
    elif str(2 - int(number[16]) % 2) != sex:
        yield "与性别不符", "does not agree with the sex"


def _not_alive() -> AnjiaError:
    return AnjiaError(
        "person-not-registrable",
        "此人的户口已经注销",
        "This person's registration has been cancelled already",
        ("请核对此人的状态", "Check this person's status"),
        status=409,
    )
