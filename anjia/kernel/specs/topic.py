"""Consultation: topics that people ask about, and the city's words for finding them."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words


class TopicSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A matter that can be found and is answered with one approved sentence (files `consultation/*.toml`).

    An item in force with the same id runs the matter; without one the topic says where it is done.

    Attributes:
        group: letter of the catalogue's group.
        route: where it is done when no item runs it: at the `window`, at a `terminal`, or `elsewhere`,
            by another department (then the topic is out of scope and only names the place).
        answer: the approved sentence; nothing else is ever said.
        aliases: how people call it.
        rules: ids of the rules it rests on, those not yet written among them.
    """

    kind: Literal["topic"]
    id: str
    group: str
    route: Literal["window", "terminal", "elsewhere"]
    title: Words
    answer: Words
    valid_from: date
    basis: tuple[Basis, ...]
    tags: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    valid_to: date | None = None


class LexiconSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a city's people speak: what says the same, what says nothing, what is surely ours.

    Attributes:
        same: spoken word → word of the catalogue; the longest is replaced first.
        noise: words without meaning for finding.
        ours: words that keep a question with the office although another department's word is in it.
        floor: least likeness, 0 to 1, at which anything is answered.
        guard: what a word of another department's adds to that topic.
    """

    kind: Literal["lexicon"]
    id: str
    valid_from: date
    same: dict[str, str]
    noise: tuple[str, ...]
    ours: tuple[str, ...]
    floor: float
    guard: float
    tags: tuple[str, ...] = ()
    valid_to: date | None = None


class ChapterSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chapter of the rule book; `place` orders the chapters."""

    kind: Literal["chapter"]
    id: str
    place: int
    title: Words
    valid_from: date
    valid_to: date | None = None
