"""The citizen number: 18 characters with a check character, and the older 15 digits without.

Source: GB 11643-1999 (6 address, 8 birth date, 3 sequence, 1 check by ISO 7064 MOD 11-2), GB 11643-1989
(6 address, 6 birth date, 3 sequence), 居民身份证法 Art. 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from anjia.kernel.codes import table
from anjia.kernel.errors import AnjiaError

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
"""The check character by the weighted sum modulo 11."""

RESIDENCE_PERMITS = ("83",)
"""First digits that are no province of GB/T 2260: residence permits of Taiwan residents."""

_CENTENARIANS = range(996, 1000)
_WIDE = {ord("０") + n: str(n) for n in range(10)} | {ord(wide): "X" for wide in "xｘＸ"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a number says.

    Attributes:
        address: code of the county of first registration; not where the person lives now.
        sequence: 0 to 999 among the persons of one address code and birth date.
        sex: code of GB/T 2261.1; odd sequences are male.
    """

    address: str
    birth_on: date
    sequence: int
    sex: Literal["1", "2"]


def normal(number: str) -> str:
    """Gives a typed number without spaces and hyphens, digits plain and X capital."""
    return re.sub(r"[\s\-]", "", number.translate(_WIDE))


def check_digit(seventeen: str) -> str:
    """Gives the 18th character for the first 17 digits.

    Raises:
        ValueError: when they are not 17 digits.
    """
    if not re.fullmatch(r"[0-9]{17}", seventeen):
        raise ValueError("17 digits expected")
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, seventeen, strict=True)) % 11]


def validate(
    number: str, *, synthetic_prefixes: tuple[str, ...] = (), today: date | None = None
) -> AnjiaError | None:
    """Gives what is wrong with a number, None when nothing is.

    Args:
        number: as typed; see `normal`. 15 digits are judged by the rule of 1989.
        synthetic_prefixes: unassigned address codes ending in 99 that made-up persons carry here.
        today: the last day on which one can be born; None = not checked.

    Returns:
        An error `citizen-no-malformed`, `citizen-no-address`, `citizen-no-birth` or
        `citizen-no-check` with the fact `position` (from 1) where it can be told.
    """
    text = normal(number)
    fault = _shape(text) or _address(text, synthetic_prefixes) or _birth(text, today)
    if fault is None and len(text) == 18 and text[17] != check_digit(text[:17]):
        return _fault(
            "citizen-no-check", "身份号码第 18 位不对，请核对",
            "The 18th character of the citizen number does not fit the others", 18,
        )  # fmt: skip
    return fault


def parts(number: str) -> Parts:
    """Gives what a sound number says.

    Raises:
        AnjiaError: as `validate` when the shape or the birth date is wrong.
    """
    text = normal(number)
    fault = _shape(text) or _birth(text, None)
    if fault is not None:
        raise fault
    born = _born(text)
    sequence = int(text[14:17] if len(text) == 18 else text[12:15])
    return Parts(text[:6], date(*born), sequence, "1" if sequence % 2 else "2")


def lengthened(fifteen: str) -> str:
    """Gives the 18 characters of a number of 15 digits.

    The century is 19; sequences 996 to 999 were kept for persons over a hundred and give 18.

    Raises:
        AnjiaError: as `validate` when it is not 15 digits with a birth date of the calendar.
    """
    text = normal(fifteen)
    fault = _shape(text) or _birth(text, None)
    if fault is None and len(text) != 15:
        fault = _fault("citizen-no-malformed", "应为 15 位旧号码", "An old number of 15 digits is expected")
    if fault is not None:
        raise fault
    seventeen = f"{text[:6]}{_born(text)[0]:04}{text[8:]}"
    return seventeen + check_digit(seventeen)


def shortened(eighteen: str) -> str | None:
    """Gives the 15 digits that a person may have carried before; None when born after 1999.

    They are a search key only: the number of 15 digits has not been valid since 2013.
    """
    found = parts(eighteen)
    century = 18 if found.sequence in _CENTENARIANS else 19
    text = normal(eighteen)
    return text[:6] + text[8:17] if found.birth_on.year // 100 == century else None


def _shape(text: str) -> AnjiaError | None:
    if len(text) not in (15, 18):
        return _fault(
            "citizen-no-malformed", f"身份号码应为 18 位，现在是 {len(text)} 位",
            f"A citizen number has 18 characters, not {len(text)}",
        )  # fmt: skip
    for position, character in enumerate(text, 1):
        if character not in ("0123456789X" if position == 18 else "0123456789"):
            return _fault(
                "citizen-no-malformed", f"身份号码第 {position} 位应是数字",
                f"Character {position} of the citizen number must be a digit", position,
            )  # fmt: skip
    return None


def _address(text: str, synthetic_prefixes: tuple[str, ...]) -> AnjiaError | None:
    if text[:6] in synthetic_prefixes:
        return None
    province = text[:2]
    if province not in table("GB/T 2260") and province not in RESIDENCE_PERMITS:
        return _fault(
            "citizen-no-address", "身份号码前两位不是省级代码，请核对",
            "The first two digits of the citizen number are no province", 1,
        )  # fmt: skip
    if text[4:6] == "99":
        return _fault(
            "citizen-no-address", "身份号码前六位不是已启用的地区代码，请核对",
            "The first six digits of the citizen number are no assigned county", 5,
        )  # fmt: skip
    return None


def _born(text: str) -> tuple[int, int, int]:
    if len(text) == 18:
        return int(text[6:10]), int(text[10:12]), int(text[12:14])
    century = 1800 if int(text[12:15]) in _CENTENARIANS else 1900
    return century + int(text[6:8]), int(text[8:10]), int(text[10:12])


def _birth(text: str, today: date | None) -> AnjiaError | None:
    last = 14 if len(text) == 18 else 12
    try:
        born = date(*_born(text))
    except ValueError:
        born = None
    if born is None or born.year < 1800:
        return _fault(
            "citizen-no-birth", f"身份号码第 7 至 {last} 位不是日历上的日期，请核对",
            f"Characters 7 to {last} of the citizen number are no date of the calendar", 7,
        )  # fmt: skip
    if today is not None and born > today:
        return _fault(
            "citizen-no-birth", f"身份号码中的出生日期 {born} 还没有到，请核对",
            f"The birth date {born} in the citizen number lies in the future", 7,
        )  # fmt: skip
    return None


def _fault(code: str, zh: str, en: str, position: int | None = None) -> AnjiaError:
    remedy = (
        "请对照身份证逐位核对，末位可能是大写字母 X",
        "Compare it with the identity card, character by character; the last may be a capital X",
    )
    facts = {} if position is None else {"position": position}
    return AnjiaError(code, zh, en, remedy, **facts)
