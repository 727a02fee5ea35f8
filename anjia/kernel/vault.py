"""Personal numbers at rest: envelope encryption bound to the row, and a blind index to find them.

A value is stored as version ‖ key id ‖ nonce ‖ ciphertext ‖ tag (AES-256-GCM), with table and row
uuid as associated data, so that a ciphertext moved to another row does not open. The data keys are
wrapped by a master key that lives in a file outside the database; rotation of the master key
re-wraps them and leaves every entry as it is. The index is HMAC-SHA256 under a key of its own: a
plain hash of a citizen number would be guessed in seconds.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import os
import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import DataKey

HEAD = struct.Struct(">BI")
VERSION = 1
NONCE = 12
MAKING = 0x7661756C
"""Advisory lock under which the first keys are made, so that two processes do not make two indexes."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The open data keys of one process.

    Attributes:
        current: id of the key that new values are encrypted with.
        ciphers: key id → cipher; old keys stay to read old rows.
        index: key of the blind index.
    """

    current: int
    ciphers: dict[int, AESGCM]
    index: bytes

    def encrypt(self, text: str, table: str, row: uuid.UUID | str) -> bytes:
        """Gives the stored form of `text`, bound to (table, row)."""
        return self.lock(text.encode(), table, row)

    def lock(self, content: bytes, table: str, row: uuid.UUID | str) -> bytes:
        """Gives the stored form of a whole file, bound to (table, row)."""
        nonce = os.urandom(NONCE)
        body = self.ciphers[self.current].encrypt(nonce, content, _bound(table, row))
        return HEAD.pack(VERSION, self.current) + nonce + body

    def decrypt(self, stored: bytes, table: str, row: uuid.UUID) -> str:
        """Gives the text of a stored value.

        Raises:
            AnjiaError: `identity-unreadable` when the bytes, the row or the key do not fit.
        """
        return self.unlock(stored, table, row).decode()

    def unlock(self, stored: bytes, table: str, row: uuid.UUID) -> bytes:
        """Gives the file of a stored value.

        Raises:
            AnjiaError: `identity-unreadable` when the bytes, the row or the key do not fit.
        """
        stored = bytes(stored)
        try:
            version, key = HEAD.unpack_from(stored)
            if version != VERSION:
                raise ValueError(version)
            nonce, body = stored[HEAD.size : HEAD.size + NONCE], stored[HEAD.size + NONCE :]
            return self.ciphers[key].decrypt(nonce, body, _bound(table, row))
        except (InvalidTag, KeyError, ValueError, struct.error) as error:
            raise AnjiaError(
                "identity-unreadable",
                "这条身份信息无法解密，可能被改动或密钥不符",
                "This identity entry cannot be decrypted: it was changed or the key does not fit",
                ("请核对密钥文件并运行 anjia log verify", "Check the key files and the act log"),
                status=500,
            ) from error

    def blind(self, kind: str, text: str) -> bytes:
        """Gives the index value of a normalised number (upper case, no spaces)."""
        return hmac.digest(self.index, f"{kind}:{normalise(text)}".encode(), hashlib.sha256)


def normalise(text: str) -> str:
    """Gives the one spelling under which a number is indexed."""
    return "".join(text.split()).upper()


@functools.cache
def vault() -> Vault:
    """Opens the city's keys, making them on first use."""
    master = AESGCM(_key_file("master.key"))
    rows = list(DataKey.objects.order_by("id"))
    if not {"value", "index"} <= {row.purpose for row in rows}:
        rows = _make_keys(master)
    ciphers = {r.id: AESGCM(_unwrap(master, r)) for r in rows if r.purpose == "value"}
    index = next(_unwrap(master, r) for r in rows if r.purpose == "index")
    return Vault(max(ciphers), ciphers, index)


def rotate(fresh: bytes) -> int:
    """Wraps every data key anew under another master key and gives how many; entries stay as they are.

    Runs as the owner of the tables; the caller then puts `fresh` in the place of `master.key`.

    Args:
        fresh: the new master key, 32 bytes.
    """
    old, new = AESGCM(_key_file("master.key")), AESGCM(fresh)
    with transaction.atomic():
        rows = list(DataKey.objects.select_for_update().order_by("id"))
        for row in rows:
            DataKey.objects.filter(pk=row.pk).update(wrapped=_wrap(new, _unwrap(old, row), row.purpose))
    vault.cache_clear()
    return len(rows)


def _make_keys(master: AESGCM) -> list[DataKey]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [MAKING])
        made = set(DataKey.objects.values_list("purpose", flat=True))
        for purpose in ("value", "index"):
            if purpose not in made:
                wrapped = _wrap(master, os.urandom(32), purpose)
                DataKey.objects.create(purpose=purpose, wrapped=wrapped, made_at=datetime.now(UTC))
        return list(DataKey.objects.order_by("id"))


def _wrap(master: AESGCM, key: bytes, purpose: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + master.encrypt(nonce, key, purpose.encode())


def _unwrap(master: AESGCM, row: DataKey) -> bytes:
    stored = bytes(row.wrapped)
    try:
        return master.decrypt(stored[:NONCE], stored[NONCE:], row.purpose.encode())
    except InvalidTag as error:
        raise AnjiaError(
            "master-key-wrong",
            "主密钥文件与数据库不符，无法打开身份信息",
            "The master key file does not belong to this database; identities cannot be opened",
            ("请恢复与数据库同时备份的密钥文件", "Restore the key file that was backed up with the database"),
            status=500,
            folder=settings.ANJIA_KEYS,
        ) from error


def _key_file(name: str) -> bytes:
    folder = Path(settings.ANJIA_KEYS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, draft = folder / name, folder / f".{name}.{uuid.uuid4().hex}"
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
        # Linking is atomic: whoever comes second finds the whole file of the first.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


def _bound(table: str, row: uuid.UUID | str) -> bytes:
    return f"{table}|{row}".encode()
