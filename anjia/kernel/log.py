"""The log of acts: leaves, and Merkle batches chained to one another.

Each act carries a leaf over everything that it stored and the root of the batch before it, so that
nothing can be changed, left out or put in later without a trace. Tree as in RFC 6962, section 2.1.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from anjia.kernel import journal
from anjia.kernel.journal import Closed, Done, Opened
from anjia.kernel.merkle import Chain, Fault, Sealed, chained, node, root
from anjia.kernel.models import Batch

__all__ = ["GATE", "PART", "Fault", "chained", "digests", "leaf", "leaf_of", "node", "root", "seal", "verify"]

GATE = 0x616E6A69
"""Advisory lock that every act holds shared from before its number is given out until it commits."""

PART = 8
"""Bytes of an entry's digest that an act keeps, so that a changed entry can be named."""

LOWEST = -(2**63)
"""From the lowest id that there can be, so that nothing is put in before the first act."""

SEALABLE = "SELECT id, leaf FROM kernel_act WHERE id > %s::bigint ORDER BY id LIMIT %s"


def leaf(
    act: Mapping[str, Any],
    closes: Iterable[tuple[str, int]],
    opens: Iterable[Sequence[Any]],
    prior_root: bytes = b"",
) -> bytes:
    """Gives the Merkle leaf of an act: SHA-256 over 0x00 and everything that the act stored.

    Args:
        act: columns of the act without `leaf`, `parts` and `prior_root`.
        closes: (register, id) of each closed entry.
        opens: (register, subject, valid_from, valid_to, own columns) of each opened entry.
        prior_root: root of the batch that was the last one when the act was done.
    """
    return leaf_of(act, digests(closes, opens), prior_root)


def leaf_of(act: Mapping[str, Any], entries: Sequence[bytes], prior_root: bytes) -> bytes:
    """Gives the leaf from the sorted digests of the act's entries (see `leaf`)."""
    head = {key: _plain(value) for key, value in act.items() if key != "evidence"}
    total = hashlib.sha256(b"\x00" + msgspec.json.encode(head, order="deterministic"))
    total.update(b"\x00" + evidence_text(act["evidence"]) + b"\x00" + bytes(prior_root))
    for entry in entries:
        total.update(entry)
    return total.digest()


def digests(closes: Iterable[tuple[str, int]], opens: Iterable[Sequence[Any]]) -> list[bytes]:
    """Gives the sorted digests of the entries that an act closes and opens."""
    return sorted([*(closed_digest(*close) for close in closes), *(opened_digest(*entry) for entry in opens)])


def closed_digest(register: str, entry: int) -> bytes:
    """Gives the digest of one closing."""
    return hashlib.sha256(f"closed {register} {int(entry)}".encode()).digest()


def opened_digest(
    register: str, subject: int, valid_from: Any, valid_to: Any, values: Mapping[str, Any]
) -> bytes:
    """Gives the digest of one opened entry; a column that holds nothing says nothing."""
    until = str(valid_to) if valid_to else None
    return _digest(register, int(subject), str(valid_from), until, {key: _plain(one) for key, one in values.items()})


def parts(entries: Sequence[bytes]) -> bytes:
    """Gives what an act keeps of its entries' digests: the first `PART` bytes of each."""
    return b"".join(entry[:PART] for entry in entries)


def evidence_text(evidence: Any) -> bytes:
    """Gives evidence as canonical JSON; text that was encoded already is taken as it is."""
    return evidence if isinstance(evidence, bytes) else msgspec.json.encode(evidence, order="sorted")


def seal(*, limit: int = 10_000) -> Batch | None:
    """Makes the next batch over the acts since the last one; None when there are none.

    The gate is closed meanwhile: acts that have a number have committed, and no act gets a number,
    so none can come later into the range that is sealed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [GATE])
        last = Batch.objects.order_by("-id").first()
        cursor.execute(SEALABLE, [last.last_act if last else LOWEST, limit])
        found = cursor.fetchall()
        if not found:
            return None
        cursor.execute("SELECT clock_timestamp()")
        at, prior = cursor.fetchone()[0], bytes(last.root) if last else b""
        number, first, end = last.pk + 1 if last else 1, found[0][0], found[-1][0]
        tree = root([bytes(stored) for _, stored in found])
        batch: Batch = Batch.objects.create(
            id=number, first_act=first, last_act=end, prior_root=prior, at=at,
            root=chained(prior, tree, number, first, end, at),
        )  # fmt: skip
        return batch


def verify(registers: Sequence[str]) -> Iterator[Fault]:
    """Recomputes every leaf and every batch from what is stored and gives what does not fit.

    Args:
        registers: names of the registers whose entries acts write.
    """
    with one_snapshot():
        chain = Chain("batch", batches())
        follows = Follows()
        for found in journal.read(registers):
            if isinstance(found, Done):
                yield from check(found)
                yield from follows.check(found)
                yield from chain.add(found.id, found.leaf)
            else:
                yield stray(found)
        yield from chain.end()


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Runs a block in one snapshot for all cursors: an act done meanwhile would look half written."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def batches() -> Iterator[Sealed]:
    """Gives all batches of acts in their order."""
    for one in Batch.objects.order_by("id").iterator():
        yield Sealed(one.pk, one.first_act, one.last_act, one.at, bytes(one.prior_root), bytes(one.root))


def check(done: Done) -> Iterator[Fault]:
    """Recomputes the leaf of one act from what it wrote and gives what does not fit."""
    moment = done.moment
    rows: list[Opened | Closed] = [*done.opened, *done.closed]
    for row in rows:
        if row.at != moment:
            yield _entry(row, "记载时间与登记行为不符", "its moment is not that of its act")
    for opened in done.opened:
        if not opened.whole:
            yield _entry(opened, "期间与起止日期不符", "its spans do not follow from their ends")
    found: list[tuple[bytes, Opened | Closed]] = [
        (closed_digest(row.register, row.id), row) for row in done.closed
    ]
    found += [(_opened(row), row) for row in done.opened]
    entries = sorted(digest for digest, _ in found)
    act = {**done.act, "evidence": msgspec.json.decode(done.evidence)}
    if leaf_of(act, entries, done.prior_root) != done.leaf:
        yield Fault("act", done.id, "登记行为或它写下的条目被改动过", "the act or an entry of it was changed")
        known = {done.parts[at : at + PART] for at in range(0, len(done.parts), PART)}
        for digest, row in found:
            if done.parts and digest[:PART] not in known:
                yield _entry(row, "条目被改动或补入", "this entry was changed or put in later")
    elif done.parts != parts(entries):
        yield Fault("act", done.id, "登记行为的条目标记被改动过", "the marks of its entries were changed")


class Follows:
    """Sees that each act carries the root of the batch that was the last one at its moment."""

    def __init__(self) -> None:
        self._roots, self._at = [b""], []
        for one in batches():
            self._roots.append(one.root)
            self._at.append(one.at)

    def check(self, done: Done) -> Iterator[Fault]:
        """Gives the fault when an act follows another batch; one made a moment ago may be missed by an act."""
        earlier = bisect_left(self._at, done.act["at"])
        if done.prior_root not in self._roots[max(0, earlier - 1) : earlier + 1]:
            yield Fault("act", done.id, "所接的批次不对", "it does not follow the batch that was the last one then")


def stray(row: Opened | Closed) -> Fault:
    """Gives the fault of an entry that no act wrote or closed."""
    if isinstance(row, Opened):
        return _entry(row, "没有写下它的登记行为", "no act wrote it")
    return _entry(row, "没有终止它的登记行为", "no act closed it")


def _opened(row: Opened) -> bytes:
    return _digest(row.register, row.subject, row.valid_from, row.valid_to, msgspec.json.decode(row.own))


def _digest(register: str, subject: int, valid_from: str, valid_to: str | None, values: Mapping[str, Any]) -> bytes:
    """Gives the digest of an opened entry whose values are plain already."""
    own = {key: value for key, value in values.items() if value is not None and value != ""}
    row = [register, subject, valid_from, valid_to, own]
    return hashlib.sha256(msgspec.json.encode(row, order="deterministic")).digest()


def _entry(row: Opened | Closed, zh: str, en: str) -> Fault:
    return Fault(f"entry of {row.register}", row.id, zh, en)


def _plain(value: Any) -> Any:
    """Gives a value as it reads when it comes back from the database as JSON."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | memoryview | bytearray):
        return "\\x" + bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)
