"""The index of a catalogue: BM25 over characters and pairs, and the closeness of the best name.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with its usual
k1 and b; the two parts are each scaled to 0 … 1, so that a floor has a meaning.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anjia.consultation.wording import grams, plain
from anjia.kernel.specs import LexiconSpec

K1, B = 1.2, 0.5
NAME_SHARE = 0.5
"""Share of the best name's closeness in the score; the rest is BM25."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found.

    Attributes:
        names: title and aliases.
        text: one sentence about it.
        outside: another department's matter.
    """

    id: str
    names: tuple[str, ...]
    text: str
    outside: bool = False


class Index:
    """Entries ready to be asked; a question takes about a millisecond."""

    def __init__(self, entries: Sequence[Entry], lexicon: LexiconSpec | None) -> None:
        self.lexicon = lexicon
        self.entries = {one.id: one for one in entries}
        names = {one.id: [grams(plain(name, lexicon)) for name in one.names] for one in entries}
        bags = {one.id: sum(names[one.id], grams(plain(one.text, lexicon))) for one in entries}
        self._idf = _idf(bags.values())
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        mean = sum(bag.total() for bag in bags.values()) / max(1, len(bags))
        for ident, bag in bags.items():
            long = K1 * (1 - B + B * bag.total() / mean)
            for gram, count in bag.items():
                self._postings[gram].append((ident, count * (K1 + 1) / (count + long) / (K1 + 1)))
        self._names = {ident: [self._vector(bag) for bag in found] for ident, found in names.items()}

    def scores(self, question: str) -> dict[str, float]:
        """Gives the likeness of each entry that shares anything with a question, 0 to 1 (guards add)."""
        asked = grams(plain(question, self.lexicon))
        if not asked:
            return {}
        unknown = max(self._idf.values(), default=1.0)
        whole = sum(self._idf.get(gram, unknown) for gram in asked)
        matched: dict[str, float] = defaultdict(float)
        for gram in asked:
            for ident, share in self._postings.get(gram, ()):
                matched[ident] += self._idf[gram] * share
        vector = self._vector(asked)
        found = {
            ident: (1 - NAME_SHARE) * value / whole + NAME_SHARE * self._closest(vector, ident)
            for ident, value in matched.items()
        }
        self._guard(question, found)
        return found

    def _guard(self, question: str, found: dict[str, float]) -> None:
        lexicon = self.lexicon
        if lexicon is None or any(word in question for word in lexicon.ours):
            return
        for one in self.entries.values():
            if one.outside and any(len(name) > 1 and name in question for name in one.names):
                found[one.id] = found.get(one.id, 0.0) + lexicon.guard

    def _vector(self, bag: Counter[str]) -> dict[str, float]:
        unknown = max(self._idf.values(), default=1.0)
        raw = {gram: self._idf.get(gram, unknown) * (1 + math.log(count)) for gram, count in bag.items()}
        length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {gram: value / length for gram, value in raw.items()}

    def _closest(self, vector: Mapping[str, float], ident: str) -> float:
        return max(
            (sum(value * vector.get(gram, 0.0) for gram, value in name.items()) for name in self._names[ident]),
            default=0.0,
        )


def _idf(bags: Iterable[Counter[str]]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    count = 0
    for bag in bags:
        count += 1
        seen.update(bag.keys())
    return {gram: math.log(1 + (count - number + 0.5) / (number + 0.5)) for gram, number in seen.items()}
