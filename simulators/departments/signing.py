"""The door key: bearer token and HMAC-SHA256 over time, path and body."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

MAX_AGE_SECONDS = 300
"""A signature older (or further ahead) than this is refused."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client must know (`token`, `secret`), and the key of the control desk."""

    token: str
    secret: str
    control_token: str


def open_credentials(path: Path) -> Credentials:
    """Reads the credentials file, or makes one with random values, readable by its owner only.

    Raises:
        ValueError: when the file exists and is not the JSON object that it should be.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    made = Credentials(*(secrets.token_urlsafe(32) for _ in range(3)))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({name: getattr(made, name) for name in Credentials.__slots__}, file, indent=2)
    return made


def _read(path: Path) -> Credentials:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(content["token"], content["secret"], content["control_token"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not a credentials file ({error}); delete it to have a new one made"
        ) from error


def signature(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """Gives `v1=` and the hex HMAC-SHA256 of timestamp, path and body."""
    text = f"{timestamp}.{path}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def fault_of(
    credentials: Credentials, headers: dict[str, str], path: str, body: bytes, now: float
) -> str | None:
    """Gives what is wrong with a query's headers (lower-case names), None when nothing is.

    Args:
        now: seconds since 1970, of the department's own clock.
    """
    bearer = headers.get("authorization", "")
    if not hmac.compare_digest(bearer.encode(), f"Bearer {credentials.token}".encode()):
        return "token-wrong"
    timestamp = headers.get("anjia-timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return "timestamp-missing"
    given = headers.get("anjia-signature", "")
    wanted = signature(credentials.secret, timestamp, path, body)
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        return "signature-wrong"
    return "timestamp-old" if abs(now - int(timestamp)) > MAX_AGE_SECONDS else None


def pseudonym(secret: str, citizen_no: str) -> str:
    """Gives a keyed digest of a citizen number, so that both logs compare without holding it."""
    return hmac.new(secret.encode(), b"subject." + citizen_no.encode(), hashlib.sha256).hexdigest()[:24]
