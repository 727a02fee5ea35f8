"""Merkle trees as in RFC 6962, section 2.1, and the chain that ties one tree to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit: an act's leaf, an entry, an access record, a batch's root or the chain.

    Attributes:
        what: `act`, `batch`, `entry of <register>`, `access record`, `access batch`.
        number: its id.
    """

    what: str
    number: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.what} {self.number}: {self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One batch as it is stored.

    Attributes:
        first, last: ids of the first and the last row that it covers.
    """

    id: int
    first: int
    last: int
    at: datetime
    prior_root: bytes
    root: bytes


def node(left: bytes, right: bytes) -> bytes:
    """Gives the inner node over two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Gives the Merkle root of leaves (RFC 6962: split at the largest power of two below the count)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    # Pairs are joined level by level and a lonely last one moves up, which gives the same tree.
    level = list(leaves)
    while len(level) > 1:
        pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = [*pairs, level[-1]] if len(level) % 2 else pairs
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """Gives the audit path of a leaf, from the leaf up (RFC 6962, section 2.1.1).

    Args:
        index: place of the leaf, counted from zero.

    Returns:
        (`left` or `right`, hash): on which side the hash stands.
    """
    if len(leaves) <= 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*path(leaves[:split], index), ("right", root(leaves[split:]))]
    return [*path(leaves[split:], index - split), ("left", root(leaves[:split]))]


def chained(prior: bytes, tree: bytes, number: int, first: int, last: int, at: datetime) -> bytes:
    """Gives the root of a batch: its tree and everything that it says of itself, tied to the batch before it."""
    said = f"{number} {first} {last} {at.astimezone(UTC).isoformat()}".encode()
    return hashlib.sha256(b"\x02" + prior + tree + said).digest()


@dataclass
class Chain:
    """Walks rows and batches side by side and tells what does not fit; holds the leaves of one batch.

    Attributes:
        what: name of the batches in faults.
        batches: all batches in their order.
    """

    what: str
    batches: Iterator[Sealed]
    _prior: bytes = b""
    _before: int = 0
    _rows: list[tuple[int, bytes]] = field(default_factory=list)
    _open: Sealed | None = None

    def __post_init__(self) -> None:
        """Takes the first batch."""
        self._open = next(self.batches, None)

    def add(self, number: int, leaf: bytes) -> Iterator[Fault]:
        """Takes the next row; gives the faults of the batches that end before it."""
        while self._open is not None and number > self._open.last:
            yield from self._close(self._open)
        if self._open is not None:
            self._rows.append((number, leaf))

    def end(self) -> Iterator[Fault]:
        """Gives the faults of the batches that are left."""
        while self._open is not None:
            yield from self._close(self._open)

    def _close(self, batch: Sealed) -> Iterator[Fault]:
        rows, self._rows = self._rows, []
        ends = (rows[0][0], rows[-1][0]) if rows else (0, -1)
        if batch.prior_root != self._prior or batch.id != self._before + 1:
            yield Fault(self.what, batch.id, "与上一批对不上", "does not follow from the batch before")
        tree = root([leaf for _, leaf in rows])
        if ends != (batch.first, batch.last) or batch.root != chained(
            batch.prior_root, tree, batch.id, batch.first, batch.last, batch.at
        ):
            yield Fault(self.what, batch.id, "内容有缺失、插入或改动", "rows are missing, added or changed")
        self._prior, self._before = batch.root, batch.id
        self._open = next(self.batches, None)
