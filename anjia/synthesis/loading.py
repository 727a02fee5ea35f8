"""Loads a town as the database's owner: by COPY, in one transaction, so that a killed run leaves nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from anjia.kernel import log
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import Vault, vault
from anjia.registers.people import says
from anjia.synthesis import acts
from anjia.synthesis.acts import Rows
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

ACTOR = "synthetic-town"
ACTOR_NAME = "合成数据"
ACT_COLUMNS = (
    "id", "key", "event", "definition", "actor_id", "grant_id", "on_behalf_of", "case_number", "station",
    "effective_on", "at", "reason", "evidence", "leaf", "parts", "prior_root",
)  # fmt: skip
ENTRY_COLUMNS = ("id", "subject", "valid_from", "valid_to", "recorded_from", "recorded_to", "opened_by", "closed_by")
TABLE = "registers_identity"
BLOCK = 20_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was written."""

    persons: int
    households: int
    dwellings: int
    acts: int
    entries: int


def occupied(owner: psycopg.Connection[Any]) -> bool:
    """Says whether the register holds households already."""
    return owner.execute("SELECT 1 FROM registers_household LIMIT 1").fetchone() is not None


def first_subject(owner: psycopg.Connection[Any]) -> int:
    """Gives the first free subject of a register that is still empty.

    Raises:
        AnjiaError: `register-occupied` (409) when there are households already.
    """
    if occupied(owner):
        raise AnjiaError(
            "register-occupied",
            "登记簿里已有数据，合成城镇只能装入空库",
            "The register holds data already; a synthetic town is loaded into an empty one only",
            ("请换一个空的数据库", "Use an empty database"),
            status=409,
        )
    return _next(owner, "kernel_subject")


def load(owner: psycopg.Connection[Any], town: Town, made: Registers, seed: int, say: Say) -> Loaded:
    """Writes the town in the transaction that is open on `owner`; the caller commits.

    The numbers are encrypted with the keys of this installation, so the stored bytes differ between
    two runs while everything else is the same.
    """
    numbered = acts.number(town, made)
    rng = np.random.default_rng([seed, town.size, 3])
    tables = [acts.rows(one, numbered, _next(owner, f"registers_{name}")) for name, one in made.tables.items()]
    tables = [_encrypted(one, vault(), rng) if one.register == "identity" else one for one in tables]
    actor = _actor(owner)
    first = _next_act(owner)
    say(f"{len(numbered.event)} acts")
    at = [stamp + "+00" for stamp in numbered.at.astype("datetime64[us]").astype(str).tolist()]
    _subjects(owner, made)
    station = acts.stations(town, made, numbered)
    _copy(owner, "kernel_act", ACT_COLUMNS, (
        (*row[:12], json.dumps(row[12]), *row[13:], b"")
        for row in acts.write(town, numbered, station, tables, first, actor, rng)
    ))  # fmt: skip
    for table in tables:
        say(f"{table.register}: {len(table.subject)} entries")
        _copy(owner, f"registers_{table.register}", (*ENTRY_COLUMNS, *table.names), _entries(table, at, first))
    _advance(owner, made, tables, first + len(numbered.event) - 1)
    say("checking the constraints")
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return Loaded(
        int((made.keys.person >= 0).sum()), int((made.keys.household >= 0).sum()), len(made.keys.dwelling),
        len(numbered.event), sum(len(table.subject) for table in tables),
    )  # fmt: skip


def finish(owner: psycopg.Connection[Any], say: Say) -> None:
    """Gathers statistics and seals the log, after the commit; `owner` is in autocommit."""
    say("gathering statistics, sealing the log")
    owner.execute("ANALYZE")
    while log.seal() is not None:
        pass


def digest(town: Town, made: Registers, besides: Any = None) -> str:
    """Gives the SHA-256 over everything that will be written except what the keys of an installation change.

    Args:
        besides: more to cover, as JSON.
    """
    numbered = acts.number(town, made)
    total = hashlib.sha256(numbered.at.tobytes())
    total.update(town.events.kind[numbered.event].tobytes())
    for register, table in made.tables.items():
        found = acts.rows(table, numbered, 1)
        content = [
            found.subject,
            found.valid_from,
            found.valid_to,
            found.opened.tolist(),
            found.closed.tolist(),
            found.values,
        ]
        total.update(json.dumps([register, content]).encode())
    total.update(json.dumps(besides).encode())
    return total.hexdigest()


def _encrypted(table: Rows, keys: Vault, rng: np.random.Generator) -> Rows:
    kinds, texts, issued = (table.values[table.names.index(name)] for name in ("kind", "text", "issued_here"))
    uids = [uuid.UUID(bytes=rng.bytes(16), version=4) for _ in texts]
    stored = [keys.encrypt(text, TABLE, uid) for text, uid in zip(texts, uids, strict=True)]
    blind = [keys.blind(kind, text) for kind, text in zip(kinds, texts, strict=True)]
    stated = [says(text) if kind == "citizen_no" else "" for kind, text in zip(kinds, texts, strict=True)]
    values = [kinds, uids, stored, blind, [keys.current] * len(texts), issued, stated]
    names = ("kind", "uid", "ciphertext", "blind", "key_id", "issued_here", "says")
    return Rows(
        table.register,
        table.first,
        table.subject,
        table.valid_from,
        table.valid_to,
        table.opened,
        table.closed,
        names,
        values,
    )


def _entries(table: Rows, at: Sequence[str], first: int) -> Iterable[tuple[Any, ...]]:
    opened, closed = table.opened.tolist(), table.closed.tolist()
    ids = range(table.first, table.first + len(opened))
    begins = [at[act] for act in opened]
    ends = [at[act] if act >= 0 else None for act in closed]
    opening = [first + act for act in opened]
    closing = [first + act if act >= 0 else None for act in closed]
    return zip(
        ids, table.subject, table.valid_from, table.valid_to, begins, ends, opening, closing, *table.values, strict=True
    )


def _subjects(owner: psycopg.Connection[Any], made: Registers) -> None:
    keys = made.keys
    kinds = (("P", keys.person), ("H", keys.household), ("L", keys.dwelling))
    rows = ((subject, kind) for kind, subjects in kinds for subject in subjects[subjects >= 0].tolist())
    _copy(owner, "kernel_subject", ("id", "kind"), rows)


def _copy(owner: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Writes rows in COPY's text format, a block at a time."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with owner.cursor().copy(statement) as copy:
        block: list[str] = []
        for row in rows:
            block.append("\t".join([_text(value) for value in row]))
            if len(block) == BLOCK:
                copy.write("\n".join(block) + "\n")
                block = []
        if block:
            copy.write("\n".join(block) + "\n")


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    text = str(value)
    return (
        text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
        if "\\" in text or "\t" in text or "\n" in text
        else text
    )


def _actor(owner: psycopg.Connection[Any]) -> int:
    found = owner.execute("SELECT id FROM kernel_actor WHERE username = %s", [ACTOR]).fetchone()
    if found is None:
        found = owner.execute(
            "INSERT INTO kernel_actor (username, password, kind, name_zh, station, is_active) "
            "VALUES (%s, '!', 'system', %s, '', false) RETURNING id",
            [ACTOR, ACTOR_NAME],
        ).fetchone()
    assert found is not None
    return int(found[0])


def _next(owner: psycopg.Connection[Any], table: str) -> int:
    found = owner.execute(sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(sql.Identifier(table))).fetchone()
    assert found is not None
    return int(found[0])


def _next_act(owner: psycopg.Connection[Any]) -> int:
    found = owner.execute("SELECT nextval('kernel_act_number')").fetchone()
    assert found is not None
    return int(found[0])


def _advance(owner: psycopg.Connection[Any], made: Registers, tables: Sequence[Rows], last_act: int) -> None:
    """Moves sequences and counters past what was given out."""
    owner.execute("SELECT setval('kernel_act_number', %s)", [last_act])
    for table in ("kernel_subject", *(f"registers_{table.register}" for table in tables)):
        owner.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))").format(
                sql.Literal(table), sql.Identifier(table)
            )
        )
    for digits, serial in made.serials.items():
        owner.execute(
            "INSERT INTO kernel_counter (name, value) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET value = greatest(kernel_counter.value, excluded.value)",
            [f"household:{digits}", serial],
        )
