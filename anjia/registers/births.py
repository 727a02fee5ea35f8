"""Births: in and out of wedlock, late, abroad, with grandparents or a guardian, died before declared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.kernel.expressions.functions import add_months
from anjia.registers import people
from anjia.registers.duplicates import kept_of
from anjia.registers.entering import Newcomer, enter, home_of
from anjia.registers.operations import Prepared, operation
from anjia.registers.origin import BIRTH
from anjia.registers.standing import refusal

TERM_MONTHS = 1
"""Term of declaring a birth (户口登记条例 Art. 7); a later one is registered all the same (rule B-01)."""


@operation(
    "register-person",
    needs="name sex birth_on ethnicity",
    takes="household person number father mother father_no mother_no guardians father_ethnicity mother_ethnicity "
    "certificate certificate_on twin wedlock parentage abroad died_on death_ground ground from_place birth_place "
    "native_place marital education blood",
)
def register_person(
    *, on: date, name: str, sex: str, birth_on: date, ethnicity: str, household: int | None = None,
    person: int | None = None, number: str | None = None, father: int | None = None, mother: int | None = None,
    father_no: str | None = None, mother_no: str | None = None, guardians: Iterable[int] = (),
    father_ethnicity: str = "", mother_ethnicity: str = "", certificate: str = "",
    certificate_on: date | None = None, twin: bool = False, wedlock: bool | None = None, parentage: str = "",
    abroad: bool = False, died_on: date | None = None,
    **more: str,
) -> Prepared:  # fmt: skip
    """Registers a child that was born (BIRTH, rules B-01 to B-12).

    Args:
        household: the household that receives the child: a parent's, or grandparents' or a guardian's (B-07,
            B-08); without it that of `person`, who declares the birth, or of the mother or father.
        number: citizen number on paper; without it the next free one is issued inside the act.
        father_no, mother_no: numbers of the parents as the certificate names them; a parent whom the
            register does not know is no kin in it.
        guardians: guardians in place of the parents.
        father_ethnicity, mother_ethnicity: as the certificate states them; of a parent whom the register
            knows the register's own counts.
        wedlock: whether the parents are married to each other; a child out of wedlock that registers
            with its father needs a report of `parentage` (B-05).
        died_on: day of death when the child died before the declaration (B-12).
    """
    father = father if father is not None else _find(father_no)
    mother = mother if mother is not None else _find(mother_no)
    stated = ((father, father_ethnicity), (mother, mother_ethnicity))
    home = household if household is not None else home_of(person, mother, father)
    if wedlock is False and not parentage and father is not None and _with_father(home, father, mother):
        raise parentage_needed()
    limit = add_months(birth_on, TERM_MONTHS)
    origin: dict[str, Any] = {
        "kind": BIRTH, "ground": "", "certificate": certificate.strip(), "certificate_on": certificate_on,
        "file": parentage, "twin": twin, "wedlock": wedlock, "late": limit is not None and on > limit,
        "abroad": abroad,
    }  # fmt: skip
    return enter(
        Newcomer(
            name, sex, birth_on, ethnicity, home, origin, number, father, mother, tuple(guardians),
            tuple(code for parent, code in stated if parent is None and code), died_on, more=more,
        ), "register-person", on,
    )  # fmt: skip


def parentage_needed() -> AnjiaError:
    """Gives the error for a child out of wedlock without proof of its father (rule B-05)."""
    return refusal(
        "parentage-needed", "非婚生育随父亲落户的，还要亲子鉴定意见",
        "A child out of wedlock registers with its father on a report of parentage",
        ("请补交有资质机构的亲子鉴定意见，或随母亲落户",
         "Add the report of a qualified body, or register with the mother"),
    )  # fmt: skip


def _find(number: str | None) -> int | None:
    found = people.find_by_number(number) if number else None
    return None if found is None else kept_of(found)


def _with_father(home: int, father: int, mother: int | None) -> bool:
    """Says whether the child goes to the father's household and not to the mother's."""
    try:
        if mother is not None and home_of(mother) == home:
            return False
        return home_of(father) == home
    except AnjiaError:
        return False
