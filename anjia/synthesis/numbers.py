"""Citizen numbers, household numbers and phones, made up and unique."""

from __future__ import annotations

import numpy as np

from anjia.kernel.errors import AnjiaError
from anjia.synthesis.draws import Ints, ranks
from anjia.synthesis.names import Texts
from anjia.synthesis.parts import DAYS, EARLIEST

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"), dtype=object)
SEATS = 499
"""Numbers of one sex on one day under one address code, of which none has the sequence 000."""


def citizen_numbers(prefixes: tuple[str, ...], birth: Ints, sex: Ints, before: Ints | int = 0) -> Texts:
    """Gives one number a person: address code, birth date, sequence of the sex's parity, check digit.

    Args:
        prefixes: address codes that are assigned to no county; the next is used when a day is full.
        sex: 0 man (odd), 1 woman (even).
        before: numbers taken, by sex and day of birth (`parts.seats`).

    Raises:
        AnjiaError: `numbers-exhausted` when a day of birth has no number left.

    Source: GB 11643-1999, check by ISO 7064 MOD 11-2.
    """
    seat = ranks(birth, sex)
    if not isinstance(before, int):
        seat = seat + before[sex * DAYS + birth - EARLIEST]
    if len(seat) and int(seat.max()) >= SEATS * len(prefixes):
        raise AnjiaError(
            "numbers-exhausted",
            "某一出生日期的合成号码已用完",
            "A day of birth has no synthetic number left",
            ("请在 city.toml 的 number_prefixes 增加未使用的地址码", "Add unassigned address codes to number_prefixes"),
        )
    codes = np.array([int(prefix) for prefix in prefixes])
    dates = np.char.replace(birth.astype("datetime64[D]").astype(str), "-", "").astype(np.int64)
    sequence = 2 * (seat % SEATS) + np.where(sex == 0, 1, 2)
    digits = (codes[seat // SEATS] * 10**8 + dates) * 1000 + sequence
    places = digits[:, None] // 10 ** np.arange(16, -1, -1) % 10
    check = (places @ WEIGHTS) % 11
    return digits.astype(str).astype(object) + CHECKS[check]


def phones(prefix: str, count: int, before: int = 0) -> Texts:
    """Gives made-up phones of eleven digits counted up from the prefix, after those taken."""
    start = int(prefix.ljust(11, "0")) + 1 + before
    return (start + np.arange(count)).astype(str).astype(object)
