"""One's own documents, and the address at which anybody verifies them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from anjia.credentials import codes, documents
from anjia.credentials.models import Document
from anjia.credentials.sheet import VERIFY
from anjia.kernel.grants import Allowed


def own(allowed: Allowed, number: str) -> Document:
    """Gives a document that the grant shows.

    Raises:
        AnjiaError: `document-unknown` (404), the same whether it is another's or nobody's.
    """
    found = documents.get(number)
    if not allowed.covers(division=found.division, subject=found.person):
        raise documents.unknown()
    return found


def page(document: Document) -> dict[str, Any]:
    """Gives everything that the page of a document shows."""
    query = urlencode({"number": document.number, "code": document.code})
    return {
        "document": document,
        "code": codes.shown(document.code),
        "verify": f"{VERIFY}?{query}",
        "link": f"{settings.ANJIA_PUBLIC_URL}{VERIFY}?{query}",
    }
