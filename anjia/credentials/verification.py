"""Verification for anybody: by the file itself, or by number and code.

The file is proof by its seal; the register adds whether it still counts. By number and code only
the state and the issuing office are told, never what the document says.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.utils import timezone

from anjia.credentials import codes, documents, inspection, offices
from anjia.credentials.inspection import Inspection
from anjia.credentials.models import Document
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import Words

NOBODY = Words(zh="", en="")
NOT_ISSUED = Words(
    zh="印章有效，但登记簿里没有这份文件", en="The seal is valid, but the register has no such document"
)
OTHER_BYTES = Words(
    zh="与登记簿中这个编号的原文件不一致", en="The file is not the one that was issued under this number"
)
AS_ISSUED = Words(zh="与签发时的文件逐字节一致", en="The file is byte for byte the one that was issued")
REPLACED = Words(zh="已由新的一份代替", en="A newer document has replaced it")
TAKEN_BACK = Words(zh="已被签发单位收回", en="The issuing office took it back")
EXPIRED = Words(zh="已过有效期", en="Its term is over")
IN_FORCE = Words(zh="登记簿中有这份证照，仍然有效", en="The register has this document and it counts")
NO_MATCH = Words(zh="编号和核验码不对应", en="Number and code do not belong together")
NOT_ASKED = Words(
    zh="没有查询登记簿：是否已收回或被代替不能确定",
    en="The register was not asked: it may have been taken back or replaced",
)

NEVER = "-" * codes.LENGTH


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to who asks whether a document is genuine.

    Attributes:
        status: `valid`, `changed` (not as it was issued), `revoked` (genuine, counts no more) or
            `unknown` (nothing of ours).
        number: the document's number; empty when nothing genuine names one.
        title: what kind of document it is; empty when asked by number.
        reasons: why, the weightiest first.
        register_asked: False when only the file itself was looked at.
    """

    status: str
    reasons: tuple[Words, ...]
    number: str = ""
    title: Words = NOBODY
    issuer: Words = NOBODY
    issued_at: datetime | None = None
    sealed_at: datetime | None = None
    signer: str = ""
    register_asked: bool = True


def verify_pdf(pdf: bytes) -> Verification:
    """Verifies a file by its seal and by the register of issued documents."""
    authority = offices.authority()
    found = inspection.inspect(pdf, authority.certificate().public_bytes(Encoding.DER), authority.crl())
    return _with_register(found, hashlib.sha256(pdf).hexdigest())


def verify_number(number: str, code: str) -> Verification:
    """Verifies by number and code; a wrong code and a number that never was give the same answer.

    The work is the same either way: one look-up, one comparison in constant time. The channel
    limits how often one may ask.
    """
    row = Document.objects.defer("content").filter(number=number.strip().upper()[:40]).first()
    kept = row.code if row is not None else NEVER
    fits = hmac.compare_digest(kept.encode(), codes.normalise(code).encode())
    if row is None or not fits:
        return Verification("unknown", (NO_MATCH,))
    status, reasons = _standing(row)
    return Verification(status, reasons, number=row.number, issuer=Words(zh=row.issuer_zh, en=row.issuer_en))


def verify_file(path: Path, *, authority: Path | None = None, crl: Path | None = None) -> Verification:
    """Verifies a file on disk; works without a database when the authority's certificate is at hand.

    Args:
        authority: the issuing certificate (PEM); by default this installation's own.
        crl: the authority's newest CRL (DER); without it the one kept in the file counts.

    Raises:
        AnjiaError: `file-unreadable`, `authority-missing`.
    """
    pdf = _read(path)
    if authority is not None:
        found = inspection.inspect(pdf, _certificate(authority), _read(crl) if crl else None)
        return _without_register(found)
    try:
        return verify_pdf(pdf)
    except (Error, ImproperlyConfigured, AnjiaError):
        kept = offices.authority_folder() / "authority.crt"
        lists = kept.with_suffix(".crl")
        found = inspection.inspect(pdf, _certificate(kept), lists.read_bytes() if lists.exists() else None)
        return _without_register(found)


def _with_register(found: Inspection, digest: str) -> Verification:
    issued = Document.objects.defer("content").filter(digest=digest).first()
    if issued is not None and found.verdict == "sound":
        status, reasons = _standing(issued)
        return _of_document(issued, status, (*reasons, AS_ISSUED), found)
    named = Document.objects.defer("content").filter(number=found.number).first() if found.number else None
    if found.verdict == "sound":
        if named is not None:
            return _of_document(named, "changed", (OTHER_BYTES,), found)
        return _of_inspection(found, "unknown", (NOT_ISSUED,))
    if found.verdict == "foreign":
        return _of_inspection(found, "unknown", found.reasons)
    if named is not None and found.verdict == "revoked":
        return _of_document(named, "revoked", found.reasons, found)
    return _of_inspection(found, found.verdict, found.reasons)


def _without_register(found: Inspection) -> Verification:
    status = {"sound": "valid", "foreign": "unknown"}.get(found.verdict, found.verdict)
    return _of_inspection(found, status, (*found.reasons, NOT_ASKED), register_asked=False)


def _standing(row: Document) -> tuple[str, tuple[Words, ...]]:
    """Gives the state of an issued document in the register."""
    if row.is_revoked:
        return "revoked", (REPLACED if row.revoked_ground == documents.SUPERSEDED else TAKEN_BACK,)
    if row.valid_until is not None and row.valid_until <= timezone.localdate():
        return "revoked", (EXPIRED,)
    return "valid", (IN_FORCE,)


def _of_document(row: Document, status: str, reasons: tuple[Words, ...], found: Inspection) -> Verification:
    return Verification(
        status,
        reasons,
        number=row.number,
        title=Words(zh=row.title_zh, en=row.title_en),
        issuer=Words(zh=row.issuer_zh, en=row.issuer_en),
        issued_at=row.issued_at,
        sealed_at=found.sealed_at,
        signer=found.signer,
    )


def _of_inspection(
    found: Inspection, status: str, reasons: tuple[Words, ...], *, register_asked: bool = True
) -> Verification:
    # A stranger's or a changed file may claim any number and name: they are not repeated.
    genuine = found.verdict in ("sound", "revoked")
    return Verification(
        status,
        reasons,
        number=found.number if genuine else "",
        issuer=Words(zh=found.signer, en=found.signer) if genuine else NOBODY,
        sealed_at=found.sealed_at if genuine else None,
        signer=found.signer if genuine else "",
        register_asked=register_asked,
    )


def _certificate(path: Path) -> bytes:
    try:
        return x509.load_pem_x509_certificate(_read(path)).public_bytes(Encoding.DER)
    except (ValueError, AnjiaError) as error:
        raise AnjiaError(
            "authority-missing",
            f"没有可用的签章机构证书：{path}",
            f"There is no usable certificate of the authority: {path}",
            (
                "请用 --authority 指出证书文件（PEM），可在核验页下载",
                "Name the certificate (PEM) with --authority; the verification page offers it",
            ),
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AnjiaError(
            "file-unreadable",
            f"读不到文件 {path}",
            f"The file {path} cannot be read",
            ("请核对文件名", "Check the file name"),
        ) from error
