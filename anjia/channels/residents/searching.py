"""Finding a service by people's own words: characters and pairs over names and aliases."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from anjia.kernel.specs import ItemSpec

FLOOR = 0.18
"""Below this likeness a service is not named at all: better to say that nothing was found."""

NOISE = frozenset("的了吗呢么啊在我想要能不是怎办")


def find(question: str, items: Sequence[ItemSpec], limit: int = 3) -> list[ItemSpec]:
    """Gives the services closest to a question, the closest first.

    Each service counts with its likest name: title or alias, in either language.
    """
    asked = grams(question)
    scored = [(max((likeness(asked, grams(name)) for name in names(item)), default=0.0), item) for item in items]
    close = sorted(((score, item) for score, item in scored if score >= FLOOR), key=lambda pair: (-pair[0], pair[1].id))
    return [item for _, item in close[:limit]]


def names(item: ItemSpec) -> Iterable[str]:
    """Gives all names of a service."""
    return (item.title.zh, item.title.en, *item.aliases)


def grams(text: str) -> Counter[str]:
    """Gives single characters and pairs of Chinese text, and whole words of other text."""
    found: Counter[str] = Counter()
    run = ""
    for character in f"{text.lower()} ":
        if character.isascii() and character.isalnum():
            run += character
            continue
        if run:
            found[run] += 2
            run = ""
        if not character.isascii() and character.isalnum() and character not in NOISE:
            found[character] += 1
    letters = [character for character in text if not character.isascii() and character.isalnum()]
    found.update(first + second for first, second in itertools.pairwise(letters))
    return found


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """Gives the cosine of two bags, 0 to 1."""
    shared = sum(count * other[gram] for gram, count in one.items())
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
