"""Checks that concern every definition alike: words in both languages, grounds with their tag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from anjia.kernel.definitions.catalogue import Definition
from anjia.kernel.definitions.faults import Fault, Place

TAGS = ("law", "law*", "public", "seed", "assumed")
"""How sure a statement is: text re-read, named from knowledge, public source, report, our default."""

GROUNDS = ("basis", "ground")
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z0-9]")


def faults(definition: Definition, place: Place) -> Iterator[Fault]:
    """Gives the faults of words and grounds anywhere in a definition."""
    yield from _walk(definition.content, "", place)
    for index, tag in enumerate(definition.content.get("tags", ())):
        yield from _tag(tag, f"tags[{index}]", place)


def twice(place: Place, where: str, idents: Sequence[str]) -> Iterator[Fault]:
    """Gives a fault for each id that stands before in the same list.

    Args:
        where: path of the list, `clause`.
    """
    for index, ident in enumerate(idents):
        if ident in idents[:index]:
            yield place.fault(f"{where}[{index}].id", "id-twice", f"{ident} 重复", f"{ident} stands here twice")


def _walk(value: Any, where: str, place: Place) -> Iterator[Fault]:
    if isinstance(value, dict):
        if value.keys() == {"zh", "en"}:
            yield from _words(value, where, place)
            return
        for key, part in value.items():
            if key in GROUNDS and isinstance(part, list):
                for index, ground in enumerate(part):
                    yield from _ground(ground, f"{where}.{key}[{index}]", place)
            # An example's facts are data of the example, no declaration.
            elif key != "example":
                yield from _walk(part, f"{where}.{key}" if "." not in key else f'{where}."{key}"', place)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk(part, f"{where}[{index}]", place)


def _words(words: dict[str, Any], where: str, place: Place) -> Iterator[Fault]:
    for language, text in words.items():
        if not isinstance(text, str) or not text.strip():
            yield place.fault(
                f"{where}.{language}", "words-empty", f"缺少 {language} 文字", f"the words in {language} are empty"
            )
    english = words["en"]
    if isinstance(english, str) and HAN.search(english) and not LATIN.search(english):
        yield place.fault(f"{where}.en", "words-untranslated", "en 没有译成英文", "en is not in English")


def _ground(ground: dict[str, Any], where: str, place: Place) -> Iterator[Fault]:
    if "tag" not in ground:
        yield place.fault(
            where, "basis-untagged", "依据没有标明来源（tag）", f"the ground has no tag; one of {', '.join(TAGS)}"
        )
    else:
        yield from _tag(ground["tag"], f"{where}.tag", place)


def _tag(tag: str, where: str, place: Place) -> Iterator[Fault]:
    if tag not in TAGS:
        known = ", ".join(TAGS)
        yield place.fault(where, "tag-unknown", f"标签“{tag}”应为 {known} 之一", f"tag {tag} must be one of {known}")
