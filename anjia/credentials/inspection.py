"""Inspection of a sealed file by its bytes alone: no register, no network, no Django.

An issued file has exactly one seal, the seal certifies the whole file, and its certificate chains
to the authority. Anything else is not as it was issued, whatever a viewer says of it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from anjia.credentials.authority import ENDED_LATER
from anjia.kernel.specs.text import Words

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # a broken file is a result here, not an event
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

NOT_A_PDF = Words(zh="文件不是可读的 PDF", en="The file is not a readable PDF")
NOT_SEALED = Words(zh="文件上没有电子印章", en="The file carries no seal")
NOT_OURS = Words(zh="印章证书不是本系统签发的", en="The seal's certificate was not issued by this authority")
CHANGED = Words(zh="盖章后的内容被改动过", en="The content was changed after it was sealed")
NOT_WHOLE = Words(
    zh="印章没有覆盖整个文件，盖章后又追加了内容",
    en="The seal does not cover the whole file: something was added after sealing",
)
DAMAGED = Words(
    zh="文件带有本系统印章的痕迹，但已损坏",
    en="The file bears traces of this authority's seal and is damaged",
)
REVOKED = Words(zh="印章证书已被吊销", en="The seal's certificate was revoked")
NOT_STAMPED = Words(zh="没有可信的盖章时间", en="There is no trusted time of sealing")
SOUND = Words(
    zh="印章有效，覆盖整个文件，盖章后未被改动",
    en="The seal is valid, covers the whole file, and nothing was changed since",
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the bytes of a file say.

    Attributes:
        verdict: `sound`, `changed`, `revoked` (seal certificate), or `foreign` (nothing of ours).
        reasons: why, the weightiest first.
        signer: name in the seal's certificate.
        sealed_at: attested time of sealing.
        number: document number that the seal itself names.
    """

    verdict: str
    reasons: tuple[Words, ...]
    signer: str = ""
    sealed_at: datetime | None = None
    number: str = ""


def inspect(pdf: bytes, authority: bytes, crl: bytes | None = None) -> Inspection:
    """Inspects a file.

    Args:
        pdf: the whole file.
        authority: the issuing certificate as DER, the only one that is trusted.
        crl: the authority's newest CRL as DER; None uses the one kept in the file, which says what
            was known at sealing.
    """
    trusted = asn1.Certificate.load(authority)
    try:
        # A stranger's bytes may break the reader in many ways; all of them mean "not as issued".
        return _inspect(pdf, trusted, crl)
    except PdfReadError:
        return _unreadable(pdf, trusted, NOT_A_PDF)
    except Exception:
        return _unreadable(pdf, trusted, CHANGED)


def _inspect(pdf: bytes, trusted: asn1.Certificate, crl: bytes | None) -> Inspection:
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    seals = reader.embedded_signatures
    if not seals:
        return _unreadable(pdf, trusted, NOT_SEALED)
    seal = seals[0]
    lists = [crl] if crl is not None else _kept_lists(reader)
    stamped = _stamped_at(seal)
    status = validate_pdf_signature(seal, *_contexts(trusted, lists, stamped))
    about: dict[str, Any] = {
        "signer": str(seal.signer_cert.subject.native.get("common_name", "")),
        "sealed_at": stamped,
        "number": str(seal.sig_object.get("/Reason", "")).rpartition(" ")[2],
    }
    reasons = tuple(_faults(seals, status, stamped, is_exact=_is_exact(pdf, seal, trusted)))
    if not status.trusted and not status.revoked and _is_foreign(seal, trusted):
        return Inspection("foreign", (NOT_OURS, *reasons), **about)
    if reasons:
        return Inspection("changed", reasons, **about)
    if status.revoked or _is_withdrawn(seal, lists):
        return Inspection("revoked", (REVOKED,), **about)
    if not status.trusted:
        return Inspection("foreign", (NOT_OURS,), **about)
    return Inspection("sound", (SOUND,), **about)


def _faults(
    seals: Sequence[EmbeddedPdfSignature],
    status: PdfSignatureStatus,
    stamped: datetime | None,
    *,
    is_exact: bool,
) -> list[Words]:
    found = []
    if not (status.intact and status.valid and is_exact):
        found.append(CHANGED)
    if len(seals) != 1 or status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        found.append(NOT_WHOLE)
    stamp = status.timestamp_validity
    if (
        stamped is None
        or stamp is None
        or not (stamp.intact and stamp.valid and (stamp.trusted or stamp.revoked))
    ):
        found.append(NOT_STAMPED)
    return found


def _is_exact(pdf: bytes, seal: EmbeddedPdfSignature, trusted: asn1.Certificate) -> bool:
    """Says whether the signature's own place, which no signature covers, holds it and nothing else."""
    start, end = int(seal.byte_range[1]), int(seal.byte_range[2])
    signature = cms.ContentInfo.load(seal.pkcs7_content)
    kept = {part.chosen.dump() for part in signature["content"]["certificates"]}
    whole = signature.dump(force=False).hex().upper().encode()
    return pdf[start:end] == b"<" + whole.ljust(end - start - 2, b"0") + b">" and kept <= {
        seal.signer_cert.dump(), trusted.dump(),
    }  # fmt: skip


def _contexts(
    trusted: asn1.Certificate, lists: list[bytes], stamped: datetime | None
) -> tuple[ValidationContext, ValidationContext]:
    made = [
        ValidationContext(
            trust_roots=[trusted],
            crls=lists,
            moment=stamped or datetime.now(UTC),
            retroactive_revinfo=True,
            allow_fetching=False,
            revocation_mode="require",
        )
        for _ in ("seal", "stamp")
    ]
    return made[0], made[1]


def _stamped_at(seal: EmbeddedPdfSignature) -> datetime | None:
    """Gives the time in the embedded time stamp; whether to trust it is decided with the rest."""
    for attribute in seal.signer_info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]
            at: Any = token["encap_content_info"]["content"].parsed["gen_time"].native
            return at if isinstance(at, datetime) else None
    return None


def _is_foreign(seal: EmbeddedPdfSignature, trusted: asn1.Certificate) -> bool:
    certificate = seal.signer_cert
    return (
        certificate.issuer != trusted.subject
        or certificate.authority_key_identifier != trusted.key_identifier
    )


def _is_withdrawn(seal: EmbeddedPdfSignature, lists: list[bytes]) -> bool:
    """Says whether the seal is revoked for a reason that also takes back what it sealed before."""
    for raw in lists:
        for entry in asn1_crl.CertificateList.load(raw)["tbs_cert_list"]["revoked_certificates"] or ():
            if entry["user_certificate"].native == seal.signer_cert.serial_number:
                reason = entry.crl_reason_value.native if entry.crl_reason_value else "unspecified"
                return reason not in ENDED_LATER
    return False


def _kept_lists(reader: PdfFileReader) -> list[bytes]:
    if "/DSS" not in reader.root or "/CRLs" not in reader.root["/DSS"]:
        return []
    return [bytes(kept.get_object().data) for kept in reader.root["/DSS"]["/CRLs"]]


def _unreadable(pdf: bytes, trusted: asn1.Certificate, reason: Words) -> Inspection:
    """Tells a damaged file of ours, which bears the authority's certificate, from a stranger's."""
    key = trusted.public_key.dump()
    if key in pdf or key.hex().encode() in pdf.lower():
        return Inspection("changed", (DAMAGED, CHANGED))
    return Inspection("foreign", (reason,))
