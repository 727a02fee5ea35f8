"""Signatures on queries: HMAC-SHA256 over time, path and body, so that none can be altered or moved."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime


def headers(*, token: str, secret: str, path: str, body: bytes, at: datetime) -> dict[str, str]:
    """Gives the headers that prove who asks, what, and when.

    Args:
        path: path of the address, without host; it is signed so that a body cannot be sent to
            another interface.
        at: the moment of asking, aware; the department refuses what is older than five minutes.

    Source: RFC 2104 (HMAC), RFC 6750 (bearer tokens).
    """
    timestamp = str(int(at.timestamp()))
    return {
        "Authorization": f"Bearer {token}",
        "Anjia-Timestamp": timestamp,
        "Anjia-Signature": signature(secret, timestamp, path, body),
    }


def signature(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """Gives `v1=` and the hex HMAC-SHA256 of `<timestamp>.<path>.` followed by the body."""
    text = f"{timestamp}.{path}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
