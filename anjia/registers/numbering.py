"""Citizen numbers: what one must say, and the next free one of a county, day and sex (GB 11643-1999).

Nothing counts the numbers given out. A place of a day is free when no entry, open or closed, has its
blind index; the places of one address code, day and sex are looked up under a lock of their own. So
there is nothing to keep in step with loads, imports and numbers that persons bring along.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.kernel import definitions
from anjia.kernel.acts import Read, Seen
from anjia.kernel.codes import citizen_no
from anjia.kernel.entries import Open
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault
from anjia.registers import people
from anjia.registers.family import OPEN

PLACES = 500
"""Numbers of one sex on one day under one address code: 001 … 999 for men, 002 … 998 and 000 for women."""

COLUMNS = "id, subject, valid_from, valid_to, kind, uid, ciphertext, blind, key_id, issued_here, says"
NUMBERS = (
    f"SELECT {COLUMNS} FROM registers_identity WHERE {OPEN} AND kind = 'citizen_no' AND subject = ANY(%s::bigint[])"
)
# Taken before the places are read and by a statement of its own, so that the reading sees what the
# holder before wrote.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 11643)) IS NOT NULL AS held"
USED = """
SELECT asked.place::int AS place FROM unnest(%s::bytea[]) WITH ORDINALITY AS asked (blind, place)
 WHERE EXISTS (SELECT FROM registers_identity i WHERE i.blind = asked.blind AND i.kind = 'citizen_no')
    OR EXISTS (SELECT FROM registers_claim c WHERE c.blind = asked.blind AND c.recorded_to IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a number is to be issued.

    Attributes:
        prefixes: address codes, the next is used when the day of one is full.
        sex: GB/T 2261.1, 1 or 2.
    """

    prefixes: tuple[str, ...]
    birth_on: date
    sex: str


class Issue:
    """Numbers to be given out by one act, none of them ever given before.

    Args:
        wanted: key → for whom; keys are what `give` answers by.

    Attributes:
        reads: the lock and the look at each day's places, in one order for all acts.
        names: names of the reads, which a preview leaves out.
    """

    def __init__(self, wanted: Mapping[int, Wanted]) -> None:
        self._groups: dict[str, list[int]] = defaultdict(list)
        self._candidates: dict[str, list[str]] = {}
        for key, one in wanted.items():
            name = f"number:{'+'.join(one.prefixes)}:{one.birth_on:%Y%m%d}:{one.sex}"
            self._groups[name].append(key)
            if name not in self._candidates:
                self._candidates[name] = list(candidates(one))
        self.reads: tuple[Read, ...] = tuple(self._reads())
        self.names = frozenset(read.name for read in self.reads)

    def _reads(self) -> Iterator[Read]:
        days = {_day(number) for found in self._candidates.values() for number in found[::PLACES]}
        yield from (lock(day) for day in sorted(days))
        for name in sorted(self._groups):
            yield Read(name, USED, [[vault().blind("citizen_no", number) for number in self._candidates[name]]])

    def give(self, seen: Seen) -> dict[int, str]:
        """Gives the numbers by key; a preview, which has not read the places, gives none.

        Raises:
            AnjiaError: `numbers-exhausted` (409) when the day is full: a person decides (EX-NUM-01).
        """
        given: dict[int, str] = {}
        for name, keys in self._groups.items():
            if name not in seen:
                continue
            used = {row["place"] for row in seen[name]}
            free = [number for place, number in enumerate(self._candidates[name], 1) if place not in used]
            if len(free) < len(keys):
                raise exhausted()
            given |= dict(zip(keys, free, strict=False))
        return given


def lock(day: str) -> Read:
    """Gives the lock under which numbers of one address code, day and sex come into the register."""
    return Read(f"lock {day}", LOCK, [day])


def require_free(number: str) -> tuple[tuple[Read, ...], Callable[[Seen], None]]:
    """Gives what to read for a number on paper and the check that nobody ever carried it.

    Raises:
        AnjiaError: `number-taken` (409), by the check.
    """
    held = Read("held", USED, [[vault().blind("citizen_no", number)]])

    def check(seen: Seen) -> None:
        if seen["held"]:
            raise AnjiaError(
                "number-taken", "这个公民身份号码已属于另一个人",
                "This citizen number already belongs to another person",
                ("号码重复的，请先登记主张", "If the number is a duplicate, register the claim first"), status=409,
            )  # fmt: skip

    return (lock(_day(number)), held), check


def _day(number: str) -> str:
    return f"number:{number[:14]}:{2 - int(number[16]) % 2}"


def candidates(wanted: Wanted) -> Iterator[str]:
    """Gives all numbers that fit, in the order in which they are given out."""
    first = 1 if wanted.sex == "1" else 2
    for prefix in wanted.prefixes:
        for place in range(PLACES):
            head = f"{prefix}{wanted.birth_on:%Y%m%d}{(2 * place + first) % 1000:03d}"
            yield head + citizen_no.check_digit(head)


def prefixes(county: str) -> tuple[str, ...]:
    """Gives the address codes of new numbers: the county's, or those that a synthetic city declares."""
    cities = definitions.in_force().list("city")
    city = cities[0].spec if cities else None
    return tuple(city.number_prefixes) if city is not None and city.synthetic else (county,)


def wanted(person: int) -> Wanted:
    """Gives what the next number of a person of the register must say."""
    known = people.particulars_of(person)
    return Wanted(prefixes(county_of(person)), known["birth_on"], known["sex"])


def county_of(person: int) -> str:
    """Gives the county of a person's first registration, of the present one where the first is not known.

    Raises:
        AnjiaError: `county-unknown` (409) when neither is known.
    """
    county = str(people.particulars_of(person)["first_county"]) or people.division_of(person)[:6]
    if not county:
        raise AnjiaError(
            "county-unknown", "登记簿没有此人首次登记的区县，不能编号",
            "The register knows no county of this person, so no number can be made",
            ("请先补登首次登记的区县", "Complete the county of first registration"), status=409,
        )  # fmt: skip
    return county


def entry(person: int, number: str, since: date, *, issued_here: bool = True) -> Open:
    """Gives the entry of a person's number, encrypted and bound to its row."""
    values = {**people.sealed("citizen_no", number, uuid.uuid4()), "issued_here": issued_here}
    return Open("identity", person, since, None, values)


def read(persons: Sequence[int]) -> Read:
    """Gives the read of the numbers that some persons carry now, under the name `numbers`."""
    return Read("numbers", NUMBERS, [list(persons)])


def carried(seen: Seen, person: int) -> Mapping[str, Any] | None:
    """Gives the entry of the number that a person carries, None when there is none."""
    return next((row for row in seen["numbers"] if row["subject"] == person), None)


def require_fit(number: str, birth_on: date, sex: str) -> None:
    """Refuses a number that does not say what the person is.

    Raises:
        AnjiaError: `number-mismatch` (422).
    """
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
    if len(number) != 18 or not number[:17].isdecimal() or citizen_no.check_digit(number[:17]) != number[17]:
        yield "的校验码不对", "has a wrong check digit"
    elif number[6:14] != f"{birth_on:%Y%m%d}":
        yield "与出生日期不符", "does not agree with the birth date"
    elif str(2 - int(number[16]) % 2) != sex:
        yield "与性别不符", "does not agree with the sex"


def exhausted() -> AnjiaError:
    """Gives the error for a day whose numbers are all given out (EX-NUM-01)."""
    return AnjiaError(
        "numbers-exhausted",
        "这一地址码这一天出生的顺序码已全部用完（EX-NUM-01）",
        "All sequence numbers of this address code and birth date are given out (EX-NUM-01)",
        ("请报县级公安机关人工核定", "Refer it to the county bureau; a person decides"),
        status=409,
        rule="EX-NUM-01",
    )
