"""How a name is read in pinyin: heteronyms of surnames, compound surnames, characters with two readings.

Source: readings of characters from pypinyin (MIT), readings of names from `readings.toml`.
"""

from __future__ import annotations

import itertools
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

TABLES = tomllib.loads(Path(__file__).with_name("readings.toml").read_text(encoding="utf-8"))
SURNAMES: dict[str, list[str]] = TABLES["surname"]
GIVEN: dict[str, list[str]] = TABLES["given"]
COMPOUND = frozenset(TABLES["compound"]["names"])
READINGS = 4
"""Readings of one given name that are kept."""

UMLAUT = str.maketrans(dict.fromkeys("üǖǘǚǜ", "v"))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name, in toneless pinyin; `ü` is written `v`."""

    surname: str
    given: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The whole name in one word."""
        return self.surname + "".join(self.given)


def toneless(text: str) -> str:
    """Gives pinyin without tone marks, `ü` as `v`."""
    plain = unicodedata.normalize("NFD", text.translate(UMLAUT))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=100_000)
def character(one: str) -> str:
    """Gives the usual reading of a character, empty when none is known."""
    return toneless(pinyin_dict.get(ord(one), "").partition(",")[0])


def initials(name: str, reading: Reading) -> str:
    """Gives the first letters of the syllables; a compound surname has two."""
    head = name[: len(name) - len(reading.given)]
    first = [reading.surname[0], *(character(one)[:1] for one in head[1:])]
    return "".join([*first, *(syllable[:1] for syllable in reading.given)])


@lru_cache(maxsize=100_000)
def surname(text: str) -> tuple[str, ...]:
    """Gives the readings of a surname, its own first, then the everyday one of its characters."""
    plain = "".join(map(character, text)) if all(map(character, text)) else ""
    return tuple(dict.fromkeys(one for one in (*SURNAMES.get(text, ()), plain) if one))


def readings(name: str) -> list[Reading]:
    """Gives the ways to read a name; none when a character has no known reading."""
    heads = [name[:2], name[:1]] if len(name) > 2 and name[:2] in COMPOUND else [name[:1]]
    found: list[Reading] = []
    for head in heads:
        ways = [_ways(one) for one in name[len(head) :]]
        given = list(itertools.islice(itertools.product(*ways), READINGS))
        found += [Reading(first, rest) for first in surname(head) for rest in given]
    return found


@lru_cache(maxsize=100_000)
def _ways(one: str) -> tuple[str, ...]:
    own = GIVEN.get(one)
    plain = character(one)
    return tuple(own) if own else (plain,) if plain else ()
