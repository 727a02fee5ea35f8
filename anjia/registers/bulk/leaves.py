"""Leaves of many acts at once: byte for byte what `kernel.log` computes for one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from anjia.kernel import log
from anjia.registers.bulk.columns import NEVER, OPEN, Column, Entries, Ints, day_texts, escaped, own_texts

ACT_COLUMNS = (
    "id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number", "station",
    "effective_on", "at", "reason", "evidence", "leaf", "parts", "prior_root",
)  # fmt: skip
ENTRY_COLUMNS = ("id", "subject", "valid_from", "valid_to", "recorded_from", "recorded_to", "opened_by", "closed_by")


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts as parallel arrays.

    Attributes:
        number: numbers of the acts, ascending.
        key: uuids as text.
        effective_on: whole days since 1970.
        at: microseconds since 1970 UTC.
        evidence: canonical JSON (`kernel.log.evidence_text`), one for each or one for all.
        prior_root: root of the batch that was the last one when they were done.
    """

    number: Ints
    key: Sequence[str]
    event: Sequence[str]
    station: Sequence[str]
    effective_on: Ints
    at: Ints
    reason: Sequence[str]
    evidence: Sequence[bytes]
    definition: str
    actor: int
    prior_root: bytes = b""

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class Written:
    """What a block looks like in COPY's text format: table → columns and rows."""

    table: str
    columns: tuple[str, ...]
    text: bytes
    rows: int


def write(acts: Acts, tables: Sequence[Entries]) -> list[Written]:
    """Gives acts and entries as COPY takes them, the acts with their leaves."""
    moments = _moments(acts.at)
    owners: list[Ints] = []
    digests: list[bytes] = []
    written = []
    for table in tables:
        made, found = _entries(table, acts, moments)
        written.append(made)
        digests += found
        owners.append(table.opened)
        closed = np.flatnonzero(table.closed != OPEN)
        digests += _closings(table, closed)
        owners.append(table.closed[closed])
    owner = np.concatenate(owners) if owners else np.empty(0, np.int64)
    return [_acts(acts, moments, owner, digests), *written]


def opened_digests(table: Entries) -> list[bytes]:
    """Gives the digest of each entry (see `kernel.log.opened_digest`)."""
    begins, ends = day_texts(table.valid_from), _ends(table)
    return _opened(table, begins, ends, own_texts(table)[2])


def _opened(table: Entries, begins: list[str], ends: list[str | None], own: list[str]) -> list[bytes]:
    head = f'["{table.register}",'
    rows = zip(table.subject.tolist(), begins, ends, own, strict=True)
    sha = hashlib.sha256
    return [
        sha(f'{head}{who},"{begin}",null,{{{what}}}]'.encode()).digest() if end is None
        else sha(f'{head}{who},"{begin}","{end}",{{{what}}}]'.encode()).digest()
        for who, begin, end, what in rows
    ]  # fmt: skip


def _closings(table: Entries, rows: Ints) -> list[bytes]:
    head, sha = f"closed {table.register} ", hashlib.sha256
    return [sha(f"{head}{entry}".encode()).digest() for entry in table.ids[rows].tolist()]


def _ends(table: Entries) -> list[str | None]:
    over = table.valid_to != NEVER
    found = day_texts(np.where(over, table.valid_to, 0))
    return [day if ended else None for day, ended in zip(found, over.tolist(), strict=True)]


def _entries(table: Entries, acts: Acts, moments: list[str]) -> tuple[Written, list[bytes]]:
    begins, ends = day_texts(table.valid_from), _ends(table)
    names, copies, own = own_texts(table)
    opened, closed = table.opened.tolist(), table.closed.tolist()
    numbers = list(map(str, acts.number.tolist()))
    rows = zip(
        map(str, table.ids.tolist()), map(str, table.subject.tolist()), begins,
        ["\\N" if end is None else end for end in ends], [moments[n] for n in opened],
        ["\\N" if n < 0 else moments[n] for n in closed], [numbers[n] for n in opened],
        ["\\N" if n < 0 else numbers[n] for n in closed], *copies, strict=True,
    )  # fmt: skip
    columns = (*ENTRY_COLUMNS, *names)
    return _written(f"registers_{table.register}", columns, rows, len(table)), _opened(table, begins, ends, own)


def _acts(acts: Acts, moments: list[str], owner: Ints, digests: list[bytes]) -> Written:
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(len(acts) + 1)).tolist()
    ordered = [digests[n] for n in order.tolist()]
    evidence = acts.evidence if len(acts.evidence) == len(acts) else list(acts.evidence) * len(acts)
    dates = day_texts(acts.effective_on)
    tail = b"\x00" + acts.prior_root
    leaves, parts = [], []
    for n, head in enumerate(_heads(acts, moments, dates)):
        entries = sorted(ordered[edges[n] : edges[n + 1]])
        total = hashlib.sha256(b"\x00" + head.encode() + b"\x00" + evidence[n] + tail + b"".join(entries))
        leaves.append("\\\\x" + total.hexdigest())
        parts.append("\\\\x" + b"".join([entry[: log.PART] for entry in entries]).hex())
    count, nothing, empty = len(acts), ["\\N"] * len(acts), [""] * len(acts)
    known = {one: escaped(one.decode()) for one in set(evidence)}
    rows = zip(
        map(str, acts.number.tolist()), acts.key, acts.event, [acts.definition] * count,
        [str(acts.actor)] * count, nothing, nothing, empty, acts.station, dates, moments,
        map(escaped, acts.reason), [known[one] for one in evidence], leaves, parts,
        ["\\\\x" + acts.prior_root.hex()] * count, strict=True,
    )  # fmt: skip
    return _written("kernel_act", ACT_COLUMNS, rows, count)


def _heads(acts: Acts, moments: list[str], dates: list[str]) -> Iterable[str]:
    """Gives the acts' own columns as JSON, keys in order."""
    shared = f'"case_number":"","definition":"{acts.definition}","effective_on":"'
    texts = {text: msgspec.json.encode(text).decode() for text in {*acts.reason, *acts.event, *acts.station}}
    rows = zip(
        acts.number.tolist(), moments, dates, acts.event, acts.key, acts.reason, acts.station, strict=True
    )  # fmt: skip
    for number, at, day, event, key, reason, station in rows:
        yield (
            f'{{"actor_id":{acts.actor},"at":"{at}",{shared}{day}","event":{texts[event]},"grant_id":null,'
            f'"id":{number},"key":"{key}","on_behalf_of":null,"reason":{texts[reason]},"station":{texts[station]}}}'
        )


def _moments(at: Ints) -> list[str]:
    """Gives moments as a leaf holds them: ISO in UTC, without a fraction that is zero."""
    texts = at.astype("datetime64[us]").astype(str).tolist()
    return [f"{text.removesuffix('.000000')}+00:00" for text in texts]


def _written(table: str, columns: tuple[str, ...], rows: Iterable[Sequence[str]], count: int) -> Written:
    text = "\n".join(map("\t".join, rows))
    return Written(table, columns, (text + "\n").encode() if count else b"", count)


def content(columns: Iterable[Column]) -> bytes:
    """Gives the SHA-256 over columns as they stand, to tell two blocks apart."""
    total = hashlib.sha256()
    for column in columns:
        plain = column.tobytes() if column.dtype != object else "\x1f".join(map(str, column.tolist())).encode()
        total.update(plain + b"\x1e")
    return total.digest()


