"""A question or a name as grams: single characters and pairs of Chinese, whole words of other text."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from functools import lru_cache

from anjia.kernel.specs import LexiconSpec

RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
COMMON = frozenset(["the", "a", "an", "of", "to", "in", "on", "my", "i", "is", "do", "how", "can", "for", "and"])
"""English words without meaning for finding."""


def plain(text: str, lexicon: LexiconSpec | None, *, noise: bool = True) -> str:
    """Gives a text in the words of the catalogue.

    Args:
        noise: drop words without meaning.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    if lexicon is None:
        return folded
    for spoken in sorted(lexicon.same, key=len, reverse=True):
        if spoken in folded and lexicon.same[spoken] not in folded:
            folded = folded.replace(spoken, lexicon.same[spoken])
    if noise:
        for word in sorted(lexicon.noise, key=len, reverse=True):
            folded = folded.replace(word, " ")
    return folded


@lru_cache(maxsize=8192)
def _grams(text: str) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for run in RUN.findall(text):
        if run[0].isascii():
            if run not in COMMON:
                found[run] += 2
            continue
        found.update(run)
        found.update(first + second for first, second in itertools.pairwise(run))
    return tuple(found.items())


def grams(text: str) -> Counter[str]:
    """Gives the grams of a text with their counts."""
    return Counter(dict(_grams(text)))
