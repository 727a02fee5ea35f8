"""The pieces by which a name or an address is found, and the question that a clerk types, taken apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from anjia.registers.readings import UMLAUT, initials, readings

GRAM = 3
CJK = 0x2E80
"""First code point of what is written in characters; letters come before it."""

YEAR = re.compile(r"(?:18|19|20)\d\d\Z")
PIECE = re.compile(
    r"(\d+(?:-\d+)?)(号楼|号院|号宿舍|单元|号|弄|栋|幢|座|层|楼|室|户)?"
)
COLUMNS = {
    "号": "door_plate", "号院": "door_plate", "弄": "door_plate", "号楼": "building", "栋": "building",
    "幢": "building", "座": "building", "单元": "unit", "层": "floor", "楼": "floor", "室": "room", "户": "room",
    "号宿舍": "room",
}  # fmt: skip
"""Word after a number → column of the place."""

SAME = {"栋": "号楼", "幢": "号楼", "座": "号楼", "楼": "层", "户": "室"}
"""Words that the register writes otherwise."""

STREETLIKE = re.compile(r"(路|街|巷|胡同|小区|花园|家园|公寓|苑|大街|大道)\d*\Z|\d+(号|单元|室|号楼|栋|幢)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a name.

    Attributes:
        exact: tokens that a person must all have.
        loose: the next try when nobody has them, None when there is none.
        born: year of birth.
    """

    exact: tuple[str, ...]
    loose: tuple[str, ...] | None = None
    born: int | None = None


def folded(text: str) -> str:
    """Gives the one spelling of a piece of a name: width, case, tones, dots and variants of glyphs do not count.

    Characters that this Python's tables do not know yet (police characters, late extensions) stay.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(UMLAUT))
    return "".join(one for one in plain if unicodedata.category(one)[0] not in "MPZ" and one > " ")


def tokens(name: str) -> set[str]:
    """Gives everything by which a name is found: whole, runs of one to three characters, pinyin, initials."""
    whole = folded(name)
    if not whole:
        return set()
    found = {whole, *map(folded, name.split())} - {""}
    if all(ord(one) >= CJK for one in whole):
        found.update(_grams(whole, GRAM))
        for reading in readings(whole):
            found |= {reading.surname, reading.whole, "".join(reading.given), initials(whole, reading)} - {""}
    return found


def asked(text: str) -> Asked:
    """Takes a question apart: words in characters, in pinyin or initials, a year of birth."""
    born: int | None = None
    words, letters = [], []
    for word in text.split():
        if YEAR.match(word):
            born = int(word)
        elif one := folded(word):
            (words if ord(one[0]) >= CJK else letters).append(_spelling(one))
    joined = ["".join(letters)] if letters else []
    exact = tuple(dict.fromkeys([*words, *joined]))
    loose = tuple(dict.fromkeys([*(gram for word in words for gram in _parts(word)), *letters]))
    return Asked(_longest_first(exact), _longest_first(loose) if loose != exact and loose else None, born)


def place_tokens(name: str) -> set[str]:
    """Gives the pieces of the name of a street or compound: runs of one and two characters."""
    return set(_grams(folded(name), 2))


def pieces(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Gives the named parts of an address, and its numbers as (column, text as the register writes it).

    A number without a word is of any column: (``, number).
    """
    plain = unicodedata.normalize("NFKC", text)
    numbers = []
    for number, word in PIECE.findall(plain):
        numbers.append((COLUMNS.get(word, ""), number + SAME.get(word, word)))
    names = [folded(one) for part in PIECE.split(plain)[::3] for one in part.split()]
    return [one for one in names if one], numbers


def is_address(text: str) -> bool:
    """Says whether a question looks like an address rather than a name."""
    return STREETLIKE.search(unicodedata.normalize("NFKC", text).strip()) is not None


def _grams(text: str, longest: int) -> Iterator[str]:
    for size in range(1, min(longest, len(text)) + 1):
        yield from (text[at : at + size] for at in range(len(text) - size + 1))


def _parts(word: str) -> list[str]:
    if len(word) <= GRAM:
        return [word]
    return [word[at : at + GRAM] for at in range(len(word) - GRAM + 1)]


def _spelling(word: str) -> str:
    """Passports write `lyu` and `nyu` for what is typed `lv` and `nv`."""
    return word if ord(word[0]) >= CJK else re.sub(r"\A([ln])yu(?![aeio])", r"\1v", word)


def _longest_first(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
