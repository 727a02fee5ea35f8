"""Numbers at rest: bound to their row, found by a blind index, and never re-encrypted by a rotation."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from anjia.kernel import vault as vaults
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import DataKey
from anjia.kernel.vault import vault
from tests.conftest import owner_url

TABLE, ROW = "registers_identity", uuid.UUID(int=7)
NUMBER = "370399199003070016"
pytestmark = pytest.mark.django_db


def unreadable(stored: bytes, table: str = TABLE, row: uuid.UUID = ROW) -> str:
    with pytest.raises(AnjiaError) as caught:
        vault().decrypt(stored, table, row)
    return caught.value.code


def test_a_value_opens_in_its_own_row_only() -> None:
    stored = vault().encrypt(NUMBER, TABLE, ROW)
    assert NUMBER.encode() not in stored
    assert vault().decrypt(stored, TABLE, ROW) == NUMBER
    assert unreadable(stored, row=uuid.UUID(int=8)) == "identity-unreadable"
    assert unreadable(stored, table="other") == "identity-unreadable"


@pytest.mark.parametrize("change", ["first", "last", "short", "empty", "key"])
def test_a_changed_value_does_not_open(change: str) -> None:
    stored = vault().encrypt(NUMBER, TABLE, ROW)
    changed = {
        "first": bytes([stored[0] ^ 1]) + stored[1:],
        "last": stored[:-1] + bytes([stored[-1] ^ 1]),
        "short": stored[:8],
        "empty": b"",
        "key": stored[:1] + bytes([9, 9, 9, 9]) + stored[5:],
    }[change]
    assert unreadable(changed) == "identity-unreadable"


def test_one_text_is_stored_differently_and_found_alike() -> None:
    keys = vault()
    assert keys.encrypt(NUMBER, TABLE, ROW) != keys.encrypt(NUMBER, TABLE, ROW)
    assert keys.blind("citizen_no", " 37039919900307001x ") == keys.blind("citizen_no", "37039919900307001X")
    assert keys.blind("citizen_no", NUMBER) != keys.blind("phone", NUMBER)


def test_the_application_cannot_spoil_a_key() -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        DataKey.objects.update(wrapped=b"")


@pytest.fixture
def as_owner(transactional_db: None) -> Iterator[None]:
    """Signs the connection in as the owner of the tables for one test."""
    owner = psycopg.conninfo.conninfo_to_dict(owner_url())
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=owner["user"], PASSWORD=owner["password"])
    yield
    connection.close()
    connection.settings_dict.update(before)


def test_rotation_wraps_the_keys_anew_and_leaves_values_alone(as_owner: None) -> None:
    path = Path(settings.ANJIA_KEYS) / "master.key"
    old, fresh = path.read_bytes(), os.urandom(32)
    stored, blind = vault().encrypt(NUMBER, TABLE, ROW), vault().blind("citizen_no", NUMBER)
    wrapped = {row.pk: bytes(row.wrapped) for row in DataKey.objects.all()}
    try:
        assert vaults.rotate(fresh) == len(wrapped)
        assert all(bytes(row.wrapped) != wrapped[row.pk] for row in DataKey.objects.all())
        with pytest.raises(AnjiaError) as caught:
            vault()
        assert caught.value.code == "master-key-wrong"
        path.write_bytes(fresh)
        assert vault().decrypt(stored, TABLE, ROW) == NUMBER
        assert vault().blind("citizen_no", NUMBER) == blind
        vaults.rotate(old)
    finally:
        path.write_bytes(old)
        vault.cache_clear()
    assert vault().decrypt(stored, TABLE, ROW) == NUMBER


def test_processes_that_start_together_share_one_master_key(settings: Any, tmp_path: Path) -> None:
    settings.ANJIA_KEYS = tmp_path / "keys"
    line, found = threading.Barrier(8), []

    def start() -> None:
        line.wait(10)
        found.append(vaults._key_file("master.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.key"]
