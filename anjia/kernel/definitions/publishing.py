"""The table of published definitions: the truth in force that all servers share."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from anjia.kernel.definitions.catalogue import Catalogue, Definition, digest_of
from anjia.kernel.definitions.loading import decode
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import PublishedDefinition

FRESH_SECONDS = 5.0
"""How long a process trusts its copy before it asks the database for newer rows."""

_lock = threading.Lock()
_state: dict[str, Any] = {"stamp": None, "checked": 0.0, "catalogue": None}
_by_digest: dict[str, Definition] = {}


def publish(catalogue: Catalogue, *, drafted_by: str, published_by: str) -> int:
    """Puts every new version of a catalogue in force and gives how many were new.

    A version whose digest is already published is left as it is; a changed text under a known id
    ends the older version on the day the new one begins.

    Raises:
        AnjiaError: `definition-one-person` (403) when author and publisher are the same,
            `definition-immutable` (409) when a text changed without a later first day; then nothing
            of the catalogue is published.
    """
    if drafted_by.strip().casefold() == published_by.strip().casefold() or not published_by.strip():
        raise AnjiaError(
            "definition-one-person",
            "起草人和发布人不能是同一个人",
            "The author of a definition may not publish it",
            ("请另一位同事发布", "Ask a second colleague to publish it"),
            status=403,
        )
    with transaction.atomic():
        _one_at_a_time()
        known = set(PublishedDefinition.objects.values_list("digest", flat=True))
        fresh = [one for one in catalogue.all() if one.digest not in known and not _ended(one)]
        versions = _versions_of(fresh)
        for definition in fresh:
            rows = versions.setdefault((definition.kind, definition.id), [])
            _end_older(definition, rows)
            rows.append(_row(definition, drafted_by, published_by))
        PublishedDefinition.objects.bulk_create(row for rows in versions.values() for row in rows if row.pk is None)
    forget()
    return len(fresh)


def in_force(on: date | None = None) -> Catalogue:
    """Gives the published definitions (`on` limits nothing: the catalogue answers by day itself)."""
    with _lock:
        if time.monotonic() - _state["checked"] > FRESH_SECONDS or _state["catalogue"] is None:
            _refresh()
        catalogue: Catalogue = _state["catalogue"]
        return catalogue


def by_digest(digest: str) -> Definition:
    """Gives a published version by its digest; old cases are judged by theirs.

    Raises:
        AnjiaError: `definition-unknown` when it was never published.
    """
    in_force()
    if digest not in _by_digest:
        raise AnjiaError(
            "definition-unknown",
            "找不到这份办件当时所用的定义",
            "The definition under which this case was opened is not published here",
            ("请核对数据库是否完整", "Check that the database is complete"),
            status=500,
            digest=digest,
        )
    return _by_digest[digest]


def forget() -> None:
    """Drops the process's copy, so that the next reader asks the database."""
    with _lock:
        _state.update(stamp=None, checked=0.0, catalogue=None)


def _refresh() -> None:
    rows = PublishedDefinition.objects.order_by("id")
    stamp = (rows.count(), rows.values_list("id", flat=True).last(), rows.filter(valid_to__isnull=False).count())
    if _state["catalogue"] is None or stamp != _state["stamp"]:
        definitions = [_definition(row) for row in rows]
        _by_digest.update({definition.digest: definition for definition in definitions})
        _state.update(stamp=stamp, catalogue=Catalogue(definitions))
    _state["checked"] = time.monotonic()


def _definition(row: PublishedDefinition) -> Definition:
    if digest_of(row.content) != row.digest or not hmac.compare_digest(bytes(row.signature), _sign(row)):
        raise AnjiaError(
            "definition-changed",
            f"已发布的定义 {row.kind} {row.ident} 被改动过，停止使用",
            f"The published definition {row.kind} {row.ident} was changed; it is not used",
            ("请从签名的文件重新发布", "Publish it again from the reviewed file"),
            status=500,
        )
    spec = decode(row.kind, row.content, strict=False)
    folder = Path(settings.ANJIA_CITY)
    return Definition(
        row.kind, row.ident, row.digest, row.content, spec, row.valid_from, row.valid_to, folder / row.folder
    )


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('anjia.definitions'))")


def _ended(definition: Definition) -> bool:
    """Ends a published version whose file says nothing new but its last day; gives whether it did."""
    if definition.valid_to is None:
        return False
    row = PublishedDefinition.objects.filter(
        kind=definition.kind, ident=definition.id, valid_from=definition.valid_from
    ).first()
    if row is None or _without_end(row.content) != _without_end(_plain(definition.content)):
        return False
    if row.valid_to is None:
        PublishedDefinition.objects.filter(pk=row.pk).update(valid_to=definition.valid_to)
        return True
    return bool(row.valid_to == definition.valid_to)


def _without_end(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "valid_to"}


def _versions_of(definitions: list[Definition]) -> dict[tuple[str, str], list[PublishedDefinition]]:
    """Gives the published versions of what is to be published, the oldest first."""
    wanted = {(one.kind, one.id) for one in definitions}
    found: dict[tuple[str, str], list[PublishedDefinition]] = {}
    rows = PublishedDefinition.objects.filter(ident__in={ident for _, ident in wanted}).order_by("valid_from")
    for row in rows.defer("content"):
        if (row.kind, row.ident) in wanted:
            found.setdefault((row.kind, row.ident), []).append(row)
    return found


def _row(definition: Definition, drafted_by: str, published_by: str) -> PublishedDefinition:
    row = PublishedDefinition(
        kind=definition.kind,
        ident=definition.id,
        digest=definition.digest,
        content=_plain(definition.content),
        folder=_relative(definition.path),
        valid_from=definition.valid_from,
        valid_to=definition.valid_to,
        drafted_by=drafted_by,
        published_by=published_by,
        published_at=datetime.now(UTC),
    )
    row.signature = _sign(row)
    return row


def _end_older(definition: Definition, rows: list[PublishedDefinition]) -> None:
    """Ends the version that a new one takes the place of, published before or along with it."""
    for row in rows:
        before = row.valid_to is not None and row.valid_to <= definition.valid_from
        after = definition.valid_to is not None and definition.valid_to <= row.valid_from
        if before or after:
            continue
        if row.valid_to is not None or definition.valid_from <= row.valid_from:
            raise _immutable(definition, row)
        row.valid_to = definition.valid_from
        if row.pk is not None:
            PublishedDefinition.objects.filter(pk=row.pk).update(valid_to=row.valid_to)


def _immutable(definition: Definition, row: PublishedDefinition) -> AnjiaError:
    return AnjiaError(
        "definition-immutable",
        f"{definition.kind} {definition.id} 已发布，改动须另定更晚的生效日期",
        f"{definition.kind} {definition.id} is published; a change needs a later first day",
        ("请把 valid_from 改为更晚的日期", "Set a later valid_from"),
        status=409,
        published_from=row.valid_from,
    )


def _sign(row: PublishedDefinition) -> bytes:
    text = f"{row.kind}|{row.ident}|{row.digest}|{row.valid_from}|{row.drafted_by}|{row.published_by}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256)


def _relative(path: Path) -> str:
    folder = Path(settings.ANJIA_CITY).resolve()
    resolved = path.resolve()
    return str(resolved.relative_to(folder)) if resolved.is_relative_to(folder) else str(resolved)


def _plain(content: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(content))
