"""A verification in words for people and in JSON for machines; the command line prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from anjia.credentials.verification import Verification, verify_file
from anjia.kernel.specs import Words

STATUSES = {
    "valid": Words(zh="有效", en="valid"),
    "changed": Words(zh="被改动过，与签发时不一致", en="changed: not as it was issued"),
    "revoked": Words(zh="真实，但已失效", en="genuine, but counts no more"),
    "unknown": Words(zh="不是本系统签发的", en="not issued here"),
}
LABELS = {
    "status": Words(zh="结论", en="Result"),
    "title": Words(zh="证照", en="Document"),
    "number": Words(zh="编号", en="Number"),
    "issuer": Words(zh="签发单位", en="Issued by"),
    "issued_at": Words(zh="签发时间", en="Issued at"),
    "sealed_at": Words(zh="盖章时间", en="Sealed at"),
    "reasons": Words(zh="依据", en="Because"),
}


def report(
    path: Path,
    *,
    authority: Path | None = None,
    crl: Path | None = None,
    as_json: bool = False,
    language: str = "zh",
) -> tuple[str, bool]:
    """Gives the verification of a file as text or JSON, and whether the file is valid."""
    found = verify_file(path, authority=authority, crl=crl)
    text = json.dumps(to_json(found), ensure_ascii=False, indent=2) if as_json else to_text(found, language)
    return text, found.status == "valid"


def to_json(found: Verification) -> dict[str, Any]:
    """Gives a verification as plain values; words keep both languages."""
    return {
        "status": found.status,
        "number": found.number,
        "title": _both(found.title),
        "issuer": _both(found.issuer),
        "signer": found.signer,
        "issued_at": found.issued_at.isoformat() if found.issued_at else None,
        "sealed_at": found.sealed_at.isoformat() if found.sealed_at else None,
        "register_asked": found.register_asked,
        "reasons": [_both(reason) for reason in found.reasons],
    }


def to_text(found: Verification, language: str = "zh") -> str:
    """Gives a verification as lines of label and value, empty ones left out."""
    rows = [
        ("status", _in(STATUSES[found.status], language)),
        ("title", _in(found.title, language)),
        ("number", found.number),
        ("issuer", _in(found.issuer, language)),
        ("issued_at", f"{timezone.localtime(found.issued_at):%Y-%m-%d %H:%M}" if found.issued_at else ""),
        ("sealed_at", f"{timezone.localtime(found.sealed_at):%Y-%m-%d %H:%M:%S}" if found.sealed_at else ""),
        *(("reasons", _in(reason, language)) for reason in found.reasons),
    ]
    colon = ": " if language == "en" else "："
    return "\n".join(f"{_in(LABELS[key], language)}{colon}{value}" for key, value in rows if value)


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _in(words: Words, language: str) -> str:
    return words.en if language == "en" else words.zh
