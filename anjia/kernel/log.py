"""The log of acts: leaves, and Merkle batches chained to one another.

Each act carries a leaf over everything that it stored and the root of the batch before it, so that
nothing can be changed, left out or put in later without a trace. Tree as in RFC 6962, section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from anjia.kernel.models import Act, Batch

GATE = 0x616E6A69
"""Advisory lock that every act holds shared from before its number is given out until it commits."""

PART = 8
"""Bytes of an entry's digest that an act keeps, so that a changed entry can be named."""

SEALABLE = "SELECT id, leaf FROM kernel_act WHERE id > %s::bigint ORDER BY id LIMIT %s"
ACTS = """
SELECT id, key, event, definition, actor_id, grant_id, on_behalf_of, case_number, station, effective_on,
       at, reason, evidence::text AS evidence, leaf, prior_root, parts FROM kernel_act ORDER BY id
"""
OPENED = """
SELECT e.opened_by AS act, '{register}' AS register, e.id, e.recorded_from AS at, e.subject,
       e.valid_from::text AS valid_from, e.valid_to::text AS valid_to,
       (to_jsonb(e) - ARRAY['id', 'subject', 'valid_from', 'valid_to', 'valid', 'recorded',
           'recorded_from', 'recorded_to', 'opened_by', 'closed_by'])::text AS own
  FROM registers_{register} e
"""
CLOSED = """
SELECT e.closed_by AS act, '{register}' AS register, e.id, e.recorded_to AS at
  FROM registers_{register} e WHERE e.closed_by IS NOT NULL
"""
PAGE = 2000
LOWEST = -(2**63)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit: an act's leaf, an entry, a batch's root or the chain.

    Attributes:
        what: `act`, `batch`, or `entry of <register>`.
        number: its id.
    """

    what: str
    number: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.what} {self.number}: {self.zh} / {self.en}"


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
    own = {key: _plain(value) for key, value in values.items() if value is not None and value != ""}
    row = [register, int(subject), str(valid_from), str(valid_to) if valid_to else None, own]
    return hashlib.sha256(msgspec.json.encode(row, order="deterministic")).digest()


def parts(entries: Sequence[bytes]) -> bytes:
    """Gives what an act keeps of its entries' digests: the first `PART` bytes of each."""
    return b"".join(entry[:PART] for entry in entries)


def evidence_text(evidence: Any) -> bytes:
    """Gives evidence as canonical JSON; text that was encoded already is taken as it is."""
    return evidence if isinstance(evidence, bytes) else msgspec.json.encode(evidence, order="sorted")


def node(left: bytes, right: bytes) -> bytes:
    """Gives the inner node over two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Gives the Merkle root of leaves (RFC 6962: split at the largest power of two below the count)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(root(leaves[:split]), root(leaves[split:]))


def chained(prior: bytes, tree: bytes) -> bytes:
    """Gives the root of a batch: its tree tied to the batch before it."""
    return hashlib.sha256(b"\x02" + prior + tree).digest()


def seal(*, limit: int = 10_000) -> Batch | None:
    """Makes the next batch over the acts since the last one; None when there are none.

    The gate is closed meanwhile: acts that have a number have committed, and no act gets a number,
    so none can come later into the range that is sealed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [GATE])
        last = Batch.objects.order_by("-id").first()
        cursor.execute(SEALABLE, [last.last_act if last else 0, limit])
        found = cursor.fetchall()
        if not found:
            return None
        prior = bytes(last.root) if last else b""
        cursor.execute("SELECT clock_timestamp()")
        batch: Batch = Batch.objects.create(
            first_act=found[0][0],
            last_act=found[-1][0],
            prior_root=prior,
            root=chained(prior, root([bytes(stored) for _, stored in found])),
            at=cursor.fetchone()[0],
        )
        return batch


def verify(registers: Sequence[str]) -> Iterator[Fault]:
    """Recomputes every leaf and every batch from what is stored and gives what does not fit.

    Args:
        registers: names of the registers whose entries acts write.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            # One snapshot for all cursors: an act done meanwhile would look half written.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield from _verify_acts(registers)
        yield from _verify_batches()


def _verify_acts(registers: Sequence[str]) -> Iterator[Fault]:
    opens = _Stream(" UNION ALL ".join(OPENED.format(register=name) for name in registers) + " ORDER BY act")
    closes = _Stream(" UNION ALL ".join(CLOSED.format(register=name) for name in registers) + " ORDER BY act")
    batches = [(batch.at, bytes(batch.root)) for batch in Batch.objects.order_by("id")]
    for act in _rows(ACTS):
        yield from _strangers(opens.before(act["id"]), closes.before(act["id"]))
        yield from _verify_act(act, opens.of(act["id"]), closes.of(act["id"]), batches)
    yield from _strangers(opens.rest(), closes.rest())


def _verify_act(
    act: Row, opened: list[Row], closed: list[Row], batches: list[tuple[datetime, bytes]]
) -> Iterator[Fault]:
    stored, prior, kept = (bytes(act.pop(name)) for name in ("leaf", "prior_root", "parts"))
    act["evidence"] = msgspec.json.decode(act["evidence"])
    for row in (*opened, *closed):
        if row["at"] != act["at"]:
            yield _entry(row, "记载时间与登记行为不符", "its moment is not that of its act")
    found = [(closed_digest(row["register"], row["id"]), row) for row in closed]
    found += [(_opened(row), row) for row in opened]
    if leaf_of(act, sorted(digest for digest, _ in found), prior) != stored:
        yield Fault("act", act["id"], "登记行为或它写下的条目被改动过", "the act or an entry of it was changed")
        known = {kept[at : at + PART] for at in range(0, len(kept), PART)}
        for digest, row in found:
            if kept and digest[:PART] not in known:
                yield _entry(row, "条目被改动或补入", "this entry was changed or put in later")
    earlier = [root for at, root in batches if at < act["at"]][-2:]
    if prior not in (earlier if len(earlier) == 2 else [b"", *earlier]):
        yield Fault("act", act["id"], "所接的批次不对", "it does not follow the batch that was the last one then")


def _verify_batches() -> Iterator[Fault]:
    prior, covered = b"", LOWEST
    for batch in Batch.objects.order_by("id").iterator():
        # From the lowest id that there can be, so that nothing is put in before the first act.
        acts = Act.objects.filter(id__gt=covered, id__lte=batch.last_act).order_by("id")
        tree = root([bytes(row) for row in acts.values_list("leaf", flat=True)])
        if bytes(batch.prior_root) != prior:
            yield Fault("batch", batch.pk, "与上一批对不上", "does not follow from the batch before")
        if chained(bytes(batch.prior_root), tree) != bytes(batch.root):
            yield Fault("batch", batch.pk, "登记行为有缺失、插入或改动", "acts are missing, added or changed")
        prior, covered = bytes(batch.root), batch.last_act


class _Stream:
    """Rows in the order of their acts, read once."""

    def __init__(self, sql: str) -> None:
        self._rows = _rows(sql)
        self._next = next(self._rows, None)

    def of(self, act: int) -> list[Row]:
        """Gives the rows of one act."""
        return self._while(lambda row: bool(row["act"] == act))

    def before(self, act: int) -> list[Row]:
        """Gives the rows whose act does not exist."""
        return self._while(lambda row: bool(row["act"] < act))

    def rest(self) -> list[Row]:
        """Gives what is left."""
        return self._while(lambda row: True)

    def _while(self, holds: Any) -> list[Row]:
        taken = []
        while self._next is not None and holds(self._next):
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken


def _rows(sql: str) -> Iterator[Row]:
    """Gives the rows of a query page by page from a cursor at the server."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        names: list[str] = []
        while page := cursor.fetchmany(PAGE):
            names = names or [column.name for column in cursor.description]
            yield from (dict(zip(names, row, strict=True)) for row in page)


def _opened(row: Row) -> bytes:
    own = msgspec.json.decode(row["own"])
    return opened_digest(row["register"], row["subject"], row["valid_from"], row["valid_to"], own)


def _strangers(opened: list[Row], closed: list[Row]) -> Iterator[Fault]:
    for row in opened:
        yield _entry(row, "没有写下它的登记行为", "no act wrote it")
    for row in closed:
        yield _entry(row, "没有终止它的登记行为", "no act closed it")


def _entry(row: Row, zh: str, en: str) -> Fault:
    return Fault(f"entry of {row['register']}", row["id"], zh, en)


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
