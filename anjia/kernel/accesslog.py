"""The log of access records: each carries a leaf, and batches of them are sealed and chained as acts are."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import psycopg
from django.db import OperationalError, connection, transaction

from anjia.kernel.log import LOWEST, one_snapshot
from anjia.kernel.merkle import Chain, Fault, Sealed, chained, root
from anjia.kernel.models import AccessBatch

GATE = 0x616E6A6A
"""Advisory lock that every record holds shared from before its number is given out until it commits."""

WAIT = "2s"
"""How long sealing may wait behind the gate; everybody who looks waits behind it."""

PAGE = 5000
SEALABLE = "SELECT id, leaf FROM kernel_accessrecord WHERE id > %s::bigint ORDER BY id LIMIT %s"
RECORDS = """
SELECT looked.id, looked.leaf, looked.leaf = anjia_access_leaf(looked) FROM kernel_accessrecord looked ORDER BY id
"""
MARK = struct.Struct(">q8s")


def seal(*, limit: int = 10_000) -> AccessBatch | None:
    """Makes the next batch over the records since the last one; None when there are none or the gate stays shut."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [GATE])
            return _seal(limit)
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise
        return None


def _seal(limit: int) -> AccessBatch | None:
    last = AccessBatch.objects.order_by("-id").first()
    with connection.cursor() as reading:
        reading.execute(SEALABLE, [last.last_record if last else LOWEST, limit])
        found = [(number, bytes(stored)) for number, stored in reading.fetchall()]
        reading.execute("SELECT clock_timestamp()")
        at = reading.fetchone()[0]
    if not found:
        return None
    prior, number = (bytes(last.root), last.pk + 1) if last else (b"", 1)
    first, end, tree = found[0][0], found[-1][0], root([leaf for _, leaf in found])
    batch: AccessBatch = AccessBatch.objects.create(
        id=number, first_record=first, last_record=end, prior_root=prior, at=at, marks=marks(found),
        root=chained(prior, tree, number, first, end, at),
    )  # fmt: skip
    return batch


def marks(rows: Sequence[tuple[int, bytes]]) -> bytes:
    """Gives what a batch keeps of its records: for each the distance from the first one and 8 bytes of its leaf."""
    return b"".join(MARK.pack(number - rows[0][0], leaf[:8]) for number, leaf in rows)


def verify() -> Iterator[Fault]:
    """Recomputes every leaf and every batch of the access records and gives what does not fit."""
    with one_snapshot():
        chain = Chain("access batch", batches())
        named = _Marks()
        for number, leaf, fits in _records():
            if not fits:
                yield Fault("access record", number, "查询记录被改动过", "the record was changed")
            yield from named.see(number, leaf)
            yield from chain.add(number, leaf)
        yield from named.rest()
        yield from chain.end()


def batches() -> Iterator[Sealed]:
    """Gives all batches of access records in their order."""
    for one in AccessBatch.objects.order_by("id").defer("marks").iterator():
        yield Sealed(one.pk, one.first_record, one.last_record, one.at, bytes(one.prior_root), bytes(one.root))


class _Marks:
    """Walks the marks of all batches beside the records, and names those that are not as they were sealed."""

    def __init__(self) -> None:
        rows = AccessBatch.objects.order_by("id").values_list("first_record", "marks").iterator()
        self._marks = (
            (first + offset, leaf) for first, kept in rows for offset, leaf in _unpack(bytes(kept))
        )
        self._next = next(self._marks, None)
        self._last = AccessBatch.objects.order_by("-id").values_list("last_record", flat=True).first()

    def see(self, number: int, leaf: bytes) -> Iterator[Fault]:
        """Takes the next record."""
        yield from self._missing(number)
        if self._next is not None and self._next[0] == number:
            if self._next[1] != leaf[:8]:
                yield Fault("access record", number, "封存后被改动过", "it was changed after it was sealed")
            self._next = next(self._marks, None)
        elif self._last is not None and number <= self._last:
            yield Fault("access record", number, "封存后补入", "it was put in after its time was sealed")

    def rest(self) -> Iterator[Fault]:
        """Gives the sealed records that are not there at the end."""
        while self._next is not None:
            yield from self._missing(self._next[0] + 1)

    def _missing(self, before: int) -> Iterator[Fault]:
        while self._next is not None and self._next[0] < before:
            yield Fault("access record", self._next[0], "已封存的查询记录缺失", "a sealed record is missing")
            self._next = next(self._marks, None)


def _unpack(kept: bytes) -> Iterator[tuple[int, bytes]]:
    # Bytes that were cut short by force must not stop the walk; the records that they name are missed.
    return MARK.iter_unpack(kept[: len(kept) // MARK.size * MARK.size])


def _records() -> Iterator[tuple[int, bytes, bool]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(RECORDS)
        while page := cursor.fetchmany(PAGE):
            yield from ((number, bytes(leaf), fits) for number, leaf, fits in page)
