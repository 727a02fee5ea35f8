"""Sealing: a PDF becomes a certified PAdES B-LT file in one revision, and nothing may follow it.

One revision matters: a later revision can paint over a page while a viewer still reports a valid
signature. An issued file is therefore signed to its last byte, and checkers demand exactly that.
"""

from __future__ import annotations

import functools
import io
import logging
from dataclasses import dataclass

from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.sign import fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from anjia.credentials import seal
from anjia.credentials.authority import Authority, Credential
from anjia.credentials.stamping import LocalStamper

logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(
    logging.ERROR
)  # it warns that nothing is fetched

FIELD = "Seal"
POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Place:
    """Where the seal stands on the last page, from its lower right corner, in millimetres."""

    right_mm: float
    bottom_mm: float
    diameter_mm: float


@dataclass(frozen=True, slots=True)
class Office:
    """The office that seals: its code, its full Chinese name and what its seal is for."""

    code: str
    name: str
    purpose: str
    mark: str = ""


class KeptKeySigner(Signer):
    """A signer that parses its key once; pyHanko's own parses it for every document."""

    def __init__(self, credential: Credential, authority: bytes) -> None:
        self._key = credential.key
        store = SimpleCertificateStore()
        store.register(asn1.Certificate.load(authority))
        super().__init__(
            signing_cert=asn1.Certificate.load(credential.der), cert_registry=store, embed_roots=True
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Gives the ECDSA signature; a dry run gives as many bytes as the longest one has."""
        return bytes(72) if dry_run else self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def seal_pdf(
    pdf: bytes, authority: Authority, office: Office, place: Place, *, reason: str, location: str = ""
) -> bytes:
    """Gives the sealed file.

    Args:
        pdf: the laid-out page(s); the seal goes on the last one.
        authority: who holds the seal, stamps the time and lists the revoked.
        reason: what is sealed, in words that a viewer shows.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    signer = _signer(authority, authority.seal_of(office.code, office.name))
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=office.name,
        reason=reason,
        location=location or None,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=True,
        validation_context=_context(_der(authority), authority.crl()),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    box = _box(writer, place)
    spec = fields.SigFieldSpec(
        FIELD, on_page=-1, box=box, readable_field_name=f"{office.name} {office.purpose}"
    )
    signing = PdfSigner(
        meta, signer, timestamper=_stamper(authority), stamp_style=_style(office), new_field_spec=spec
    )
    return signing.sign_pdf(writer).getvalue()


@functools.lru_cache(maxsize=1024)
def _signer(authority: Authority, credential: Credential) -> KeptKeySigner:
    return KeptKeySigner(credential, _der(authority))


@functools.lru_cache(maxsize=8)
def _stamper(authority: Authority) -> LocalStamper:
    return LocalStamper(authority.stamper())


def _der(authority: Authority) -> bytes:
    return authority.certificate().public_bytes(serialization.Encoding.DER)


def _context(authority: bytes, crl: bytes) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1.Certificate.load(authority)],
        crls=[crl],
        allow_fetching=False,
        revocation_mode="require",
    )


def _style(office: Office) -> StaticStampStyle:
    drawing = seal.draw(office.name, office.purpose, office.mark)
    return StaticStampStyle(
        border_width=0,
        background=RawContent(drawing, box=BoxConstraints(seal.SIZE, seal.SIZE)),
        background_opacity=0.92,
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins.uniform(0)
        ),
    )


def _box(writer: IncrementalPdfFileWriter, place: Place) -> tuple[int, int, int, int]:
    page = writer.root["/Pages"]["/Kids"][-1] if "/Kids" in writer.root["/Pages"] else writer.root["/Pages"]
    while "/Kids" in page:
        page = page["/Kids"][-1]
    media = page.get("/MediaBox") or writer.root["/Pages"]["/MediaBox"]
    right = float(media[2]) - place.right_mm * POINTS_PER_MM
    bottom = place.bottom_mm * POINTS_PER_MM
    side = place.diameter_mm * POINTS_PER_MM
    return round(right - side), round(bottom), round(right), round(bottom + side)
