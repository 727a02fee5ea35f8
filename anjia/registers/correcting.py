"""Sex and birth date: a change or a correction, and the number that follows from them (rules N-10 to N-12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Close, Moment, Open, Plan, truncate
from anjia.registers import numbering, people, relating
from anjia.registers.family import MEMBERSHIP, Changes, add, circle, family, own
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import COLUMNS, refusal, turn

ALL = (
    f"SELECT id, subject, valid_from, valid_to, {COLUMNS['particulars']} FROM registers_particulars "
    "WHERE recorded_to IS NULL AND subject = %s::bigint ORDER BY valid_from"
)
MEMBERSHIPS = (
    f"SELECT {MEMBERSHIP} FROM registers_membership WHERE recorded_to IS NULL AND subject = %s::bigint "
    "ORDER BY valid_from LIMIT 1"
)
SINCE_BIRTH = ("status", "condition", "kinship")
"""Registers whose first entry begins on the day of birth."""

FIRST = (
    "SELECT id, subject, valid_from, valid_to, {} FROM registers_{} WHERE recorded_to IS NULL AND subject = %s::bigint"
)


@operation("change-sex", needs="person sex paper", takes="correction")
def change_sex(*, on: date, person: int, sex: str, paper: str, correction: bool = False) -> Prepared:
    """Registers another sex with a new number; the old number stays linked for ever (AMEND_SEX, N-10, N-11).

    Args:
        paper: certificate and approval of the county.
        correction: the register was wrong from the beginning, so all its entries are put right.

    Raises:
        AnjiaError: `sex-unknown`, when done `sex-unchanged` (422), `numbers-exhausted` (409).
    """
    if sex not in ("1", "2"):
        raise refusal("sex-unknown", "性别应为男或女", "The sex must be male or female", ("请重新选择", "Choose again"))
    born = people.particulars_of(person)["birth_on"]

    def amend(seen: Seen) -> Changes:
        if seen["all"][-1]["sex"] == sex:
            raise refusal(
                "sex-unchanged", "性别和登记簿上的一样", "The register has this sex already",
                ("不需要再办", "Nothing is left to do"),
            )  # fmt: skip
        return _put_right(seen, sex=sex) if correction else turn("particulars", seen["all"][-1], on, sex=sex)

    return _renumbered("change-sex", on, person, amend, (born, sex), {"sex": {person: sex}})


@operation("correct-birth", needs="person birth_on paper")
def correct_birth(*, on: date, person: int, birth_on: date, paper: str) -> Prepared:
    """Puts a wrong birth date right: a correction, never a change (AMEND_BIRTH, rule N-12); the number is a new one.

    Args:
        paper: evidence older than the error, and approval of the county.

    Raises:
        AnjiaError: when done `birth-unchanged`, `birth-after-registration` (422), `numbers-exhausted` (409).
    """
    sex = people.particulars_of(person)["sex"]

    def amend(seen: Seen) -> Changes:
        wrong = seen["all"][-1]["birth_on"]
        if wrong == birth_on:
            raise refusal(
                "birth-unchanged", "出生日期和登记簿上的一样", "The register has this birth date already",
                ("不需要再办", "Nothing is left to do"),
            )  # fmt: skip
        first = min([on, *(row["valid_from"] for row in seen["first"])])
        if birth_on > first:
            raise refusal(
                "birth-after-registration", f"出生日期不能晚于首次登记的 {first}",
                f"The birth cannot lie after the first registration on {first}",
                ("请核对证据", "Check the evidence"), first=first,
            )  # fmt: skip
        changes = _put_right(seen, birth_on=birth_on)
        for register in SINCE_BIRTH:
            for row in seen[f"first {register}"]:
                begins = row["valid_from"] == wrong and (row["valid_to"] is None or row["valid_to"] > birth_on)
                if begins:
                    changes[0].append(Close(register, row["id"], person))
                    changes[1].append(Open(register, person, birth_on, row["valid_to"], own(row)))
        return changes

    return _renumbered("correct-birth", on, person, amend, (birth_on, sex), {"born": {person: birth_on}})


def _put_right(seen: Seen, **values: Any) -> Changes:
    """Takes back all entries of the particulars and gives them the right content; the first begins at birth."""
    changes: Changes = ([], [])
    for place, row in enumerate(seen["all"]):
        since = row["valid_from"]
        if "birth_on" in values and (place == 0 and since == row["birth_on"]):
            since = values["birth_on"]
        changes[0].append(Close("particulars", row["id"], row["subject"]))
        changes[1].append(Open("particulars", row["subject"], since, row["valid_to"], {**own(row), **values}))
    return changes


def _renumbered(
    do: str, on: date, person: int, amend: Callable[[Seen], Changes], wanted: tuple[date, str], kin: Mapping[str, Any]
) -> Prepared:
    """Prepares a change of what the number says: the particulars, the number, and codes of relation that hang on it.

    Args:
        wanted: birth date and sex that the new number must say.
        kin: what is new in the kinship graph.
    """
    looked = circle([person])
    issue = numbering.Issue({person: numbering.Wanted(numbering.prefixes(numbering.county_of(person)), *wanted)})

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        changes = amend(seen)
        row, number = numbering.carried(seen, person), issue.give(seen).get(person)
        if row is not None and number is not None:
            add(changes, truncate("identity", row, on))
            changes[1].append(numbering.entry(person, number, on))
        add(changes, relating.rewrite(found, relating.graph(found, seen, **kin), on))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (
        *looked.reads(), Read("all", ALL, [person]), Read("first", MEMBERSHIPS, [person]),
        *(Read(f"first {one}", FIRST.format(COLUMNS[one], one), [person]) for one in SINCE_BIRTH),
        numbering.read([person]), *issue.reads,
    )  # fmt: skip
    return Prepared(do, looked.subjects, (), reads, decide, on, issue.names)
