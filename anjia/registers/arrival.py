"""Persons as another city hands them over: particulars, number and kin, from its register or its paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec

from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import normalise

Line = Annotated[str, msgspec.Meta(max_length=100, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{0,6}\Z")]
MOST = 20
"""Most persons in one move."""


class Arrival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person as the place that was left describes them.

    Attributes:
        father, mother, spouse: citizen numbers, empty when they are not known.
    """

    number: Line
    name: Line
    sex: Code
    birth_on: date
    ethnicity: Code = "97"
    former_name: Line = ""
    birth_place: Line = ""
    native_place: Line = ""
    marital: Code = "90"
    education: Code = "90"
    father: Line = ""
    mother: Line = ""
    spouse: Line = ""

    @property
    def citizen_no(self) -> str:
        """The number in the one spelling."""
        return normalise(self.number)


class Handover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a city says when it lets persons go: who, from where; the applicant comes first."""

    persons: Annotated[tuple[Arrival, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    from_place: Line = ""


def read(content: str | bytes) -> Handover:
    """Gives the handover of a JSON text.

    Raises:
        AnjiaError: `handover-malformed` (422).
    """
    try:
        return checked(msgspec.json.decode(content, type=Handover))
    except msgspec.DecodeError as error:
        raise _malformed(str(error).rpartition(" - at ")[2] or "JSON") from error


def given(persons: Sequence[Mapping[str, Any]], from_place: str) -> Handover:
    """Gives the handover that an officer copied from a paper.

    Raises:
        AnjiaError: `handover-malformed` (422).
    """
    try:
        return checked(msgspec.convert({"persons": list(persons), "from_place": from_place}, Handover))
    except msgspec.ValidationError as error:
        raise _malformed(str(error).rpartition(" - at ")[2]) from error


def checked(handover: Handover) -> Handover:
    """Refuses a handover whose numbers do not agree with birth date and sex, or come twice.

    Raises:
        AnjiaError: `number-mismatch` or `handover-malformed` (422).
    """
    seen = set()
    for one in handover.persons:
        number = one.citizen_no
        if one.sex not in ("1", "2") or number in seen or not one.name.strip():
            raise _malformed("persons")
        seen.add(number)
        if (
            len(number) != 18
            or not number[:17].isdecimal()
            or citizen_no.check_digit(number[:17]) != number[17]
            or number[6:14] != f"{one.birth_on:%Y%m%d}"
            or str(2 - int(number[16]) % 2) != one.sex
        ):
            raise AnjiaError(
                "number-mismatch", "迁出地给的公民身份号码与出生日期或性别不符",
                "The citizen number that the place left gives does not agree with birth date or sex",
                ("请迁出地先更正", "The place left corrects it first"), status=422,
            )  # fmt: skip
    return handover


def _malformed(where: str) -> AnjiaError:
    return AnjiaError(
        "handover-malformed", f"迁出地给的人员信息不完整（{where}）",
        f"What the place left says about the persons is not complete ({where})",
        ("请迁出地补正后重发", "The place left completes it and sends it again"), status=422, where=where,
    )  # fmt: skip
