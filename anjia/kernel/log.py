"""The log of acts: leaves, Merkle batches chained to one another, and their verification.

Each act carries a leaf over everything that it stored and the root of the batch before it, so that
nothing can be changed, left out or put in later without a trace. Tree as in RFC 6962, section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from anjia.kernel.models import Act, Batch

LOCK = 0x616E6A69
"""Key of the advisory lock under which batches are made, one at a time."""

STORED = """
SELECT id, key, event, definition, actor_id, grant_id, on_behalf_of, case_number, station, effective_on,
       at, reason, evidence, leaf, prior_root FROM kernel_act WHERE id > %s ORDER BY id LIMIT %s
"""
OPENED = """
SELECT e.opened_by, to_jsonb(e) - ARRAY['valid', 'recorded', 'recorded_to', 'closed_by'] AS entry
  FROM registers_{register} e WHERE e.opened_by = ANY(%s)
"""
CLOSED = "SELECT closed_by, id FROM registers_{register} WHERE closed_by = ANY(%s) ORDER BY id"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit: an act's leaf, a batch's root, or the chain."""

    what: str
    number: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.what} {self.number}: {self.zh} / {self.en}"


def leaf(act: Mapping[str, Any], closes: Sequence[tuple[str, int]], opens: Sequence[Sequence[Any]]) -> bytes:
    """Gives the Merkle leaf of an act: SHA-256 over 0x00 and the canonical JSON of what is stored.

    Args:
        act: columns of the act without its leaf and prior root.
        closes: (register, id) of each closed entry, sorted.
        opens: (register, subject, valid_from, valid_to, own columns) of each opened entry.
    """
    body = {"act": plain(act), "closes": sorted(closes), "opens": sorted(canonical(*entry) for entry in opens)}
    return hashlib.sha256(b"\x00" + msgspec.json.encode(body, order="deterministic")).digest()


def canonical(register: str, subject: int, valid_from: Any, valid_to: Any, values: Mapping[str, Any]) -> str:
    """Gives one opened entry as the text that the leaf covers; empty columns say nothing."""
    own = {key: value for key, value in plain(values).items() if value not in (None, "")}
    row = [register, subject, str(valid_from), str(valid_to) if valid_to else None, own]
    return msgspec.json.encode(row, order="deterministic").decode()


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Gives values as they read when they come back from the database as JSON."""
    return {key: _plain(value) for key, value in values.items()}


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


def seal(*, limit: int = 10_000) -> Batch | None:
    """Makes the next batch over the acts since the last one; None when there are none.

    Only acts whose numbers can no longer be overtaken are sealed: the batch waits for every act that
    was running when it looked.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [LOCK])
        last = Batch.objects.order_by("-id").first()
        after = last.last_act if last else 0
        # An act that started earlier may still commit a smaller number; wait until none is under way.
        cursor.execute(
            "SELECT a.id, a.leaf FROM kernel_act a WHERE a.id > %s::bigint AND a.xmin::text::bigint < "
            "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint & 4294967295) ORDER BY a.id LIMIT %s",
            [after, limit],
        )
        rows = cursor.fetchall()
        if not rows:
            return None
        prior = bytes(last.root) if last else b""
        tree = root([bytes(stored) for _, stored in rows])
        return Batch.objects.create(
            first_act=rows[0][0],
            last_act=rows[-1][0],
            prior_root=prior,
            root=hashlib.sha256(b"\x02" + prior + tree).digest(),
            at=datetime.now(UTC),
        )


def verify(registers: Sequence[str]) -> Iterator[Fault]:
    """Recomputes every leaf and every batch from what is stored and gives what does not fit.

    Args:
        registers: names of the registers whose entries acts write.
    """
    yield from _verify_acts(registers)
    yield from _verify_batches()


def _verify_acts(registers: Sequence[str]) -> Iterator[Fault]:
    after = 0
    while rows := _page(after):
        after = rows[-1]["id"]
        opens, closes = _written(registers, [row["id"] for row in rows])
        for row in rows:
            stored = bytes(row.pop("leaf"))
            row.pop("prior_root")
            if leaf(row, closes.get(row["id"], []), opens.get(row["id"], [])) != stored:
                yield Fault(
                    "act", row["id"], "登记行为或它写下的条目被改动过", "the act or an entry that it wrote was changed"
                )


def _verify_batches() -> Iterator[Fault]:
    prior, covered = b"", 0
    for batch in Batch.objects.order_by("id").iterator():
        acts = Act.objects.filter(id__gt=covered, id__lte=batch.last_act).order_by("id")
        tree = root([bytes(row) for row in acts.values_list("leaf", flat=True)])
        if bytes(batch.prior_root) != prior:
            yield Fault("batch", batch.pk, "与上一批对不上", "does not follow from the batch before")
        if hashlib.sha256(b"\x02" + bytes(batch.prior_root) + tree).digest() != bytes(batch.root):
            yield Fault("batch", batch.pk, "登记行为有缺失、插入或改动", "acts are missing, added or changed")
        prior, covered = bytes(batch.root), batch.last_act


def _page(after: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(STORED, [after, PAGE])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        if isinstance(row["evidence"], str):
            row["evidence"] = msgspec.json.decode(row["evidence"])
    return rows


def _written(
    registers: Sequence[str], acts: list[int]
) -> tuple[dict[int, list[tuple[Any, ...]]], dict[int, list[tuple[str, int]]]]:
    opens: dict[int, list[tuple[Any, ...]]] = {}
    closes: dict[int, list[tuple[str, int]]] = {}
    with connection.cursor() as cursor:
        for register in registers:
            cursor.execute(OPENED.format(register=register), [acts])
            for act, entry in cursor.fetchall():
                row = msgspec.json.decode(entry) if isinstance(entry, str) else entry
                own = {key: value for key, value in row.items() if key not in _OWN}
                opens.setdefault(act, []).append(
                    (register, row["subject"], row["valid_from"], row["valid_to"], own)
                )
            cursor.execute(CLOSED.format(register=register), [acts])
            for act, entry in cursor.fetchall():
                closes.setdefault(act, []).append((register, entry))
    return opens, closes


_OWN = ("id", "subject", "valid_from", "valid_to", "recorded_from", "opened_by")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview | bytearray):
        return "\\x" + bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
