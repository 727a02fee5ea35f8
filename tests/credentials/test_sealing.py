"""Outside judges accept the sealed file and refuse every changed one."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from anjia.credentials import sealing
from anjia.credentials.authority import Authority
from tests.credentials.conftest import RARE_NAME, Judge

pytestmark = pytest.mark.judge


def trust(judge: Judge, authority: Authority, folder: Path) -> None:
    """Makes a certificate base that trusts the authority and knows its CRL."""
    shutil.rmtree(folder / "nss", ignore_errors=True)
    (folder / "nss").mkdir()
    (folder / "ca.pem").write_bytes(authority.certificate_pem())
    (folder / "ca.crl").write_bytes(authority.crl())
    judge("certutil", "-N", "-d", "sql:nss", "--empty-password")
    judge("certutil", "-A", "-d", "sql:nss", "-n", "authority", "-t", "CT,C,C", "-i", "ca.pem")
    judge("crlutil", "-I", "-i", "ca.crl", "-d", "sql:nss", "-t", "1")


def pdfsig(judge: Judge, authority: Authority, folder: Path, pdf: bytes) -> str:
    trust(judge, authority, folder)
    (folder / "a.pdf").write_bytes(pdf)
    return judge("pdfsig", "-nssdir", "sql:nss", "a.pdf")


def test_pdfsig_trusts_the_seal_and_sees_the_total_document_signed(
    notice_pdf: bytes, authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    said = pdfsig(judge, authority, tmp_path, notice_pdf)
    assert "Signature is Valid" in said
    assert "Certificate is Trusted" in said
    assert "Total document signed" in said
    assert "Not total document signed" not in said
    assert "ETSI.CAdES.detached" in said


def test_pdfsig_sees_a_changed_byte(
    notice_pdf: bytes, authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    said = pdfsig(judge, authority, tmp_path, flipped(notice_pdf, len(notice_pdf) // 3))
    assert "Digest Mismatch" in said
    assert "Signature is Valid" not in said


def test_pdfsig_sees_something_added_later(
    notice_pdf: bytes, authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    assert "Not total document signed" in pdfsig(judge, authority, tmp_path, painted_over(notice_pdf))


def test_pdfsig_sees_a_revoked_seal(
    draw: Callable[..., bytes], authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    from tests.credentials.conftest import notice

    office = sealing.Office("370303099000", "示范市公安局西街派出所", "户口专用章")
    pdf = sealing.seal_pdf(
        draw("decision-notice", {"notice": notice()}),
        authority,
        office,
        sealing.Place(40, 22, 42),
        reason="x",
    )
    assert "Certificate is Trusted" in pdfsig(judge, authority, tmp_path, pdf)
    authority.revoke(authority.seal_of(office.code, office.name).certificate)
    assert "Certificate has been Revoked" in pdfsig(judge, authority, tmp_path, pdf)


def test_openssl_accepts_the_signature_and_refuses_changed_content(
    notice_pdf: bytes, authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    found = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+)", notice_pdf)
    assert found
    start, first, second, rest = (int(part) for part in found.groups())
    signed = notice_pdf[start : start + first] + notice_pdf[second : second + rest]
    seal = PdfFileReader(io.BytesIO(notice_pdf)).embedded_signatures[0]
    (tmp_path / "sig.der").write_bytes(seal.pkcs7_content)
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem())
    arguments = [
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "sig.der",
        "-content",
        "signed.bin",
        "-binary",
        "-CAfile",
        "ca.pem",
        "-purpose",
        "any",
        "-out",
        "out",
    ]
    (tmp_path / "signed.bin").write_bytes(signed)
    assert "successful" in judge("openssl", *arguments)
    (tmp_path / "signed.bin").write_bytes(flipped(signed, 1000))
    assert "successful" not in judge("openssl", *arguments)


def test_openssl_accepts_the_time_stamp_and_refuses_another_document(
    authority: Authority, judge: Judge, tmp_path: Path
) -> None:
    from asn1crypto import tsp
    from asn1crypto import x509 as asn1

    from anjia.credentials import stamping

    (tmp_path / "doc").write_bytes(b"document")
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem())
    judge("openssl", *["ts", "-query", "-data", "doc", "-sha256", "-cert", "-out", "q.tsq"])
    stamper = authority.stamper()
    request = tsp.TimeStampReq.load((tmp_path / "q.tsq").read_bytes())
    answer = stamping.respond(request, asn1.Certificate.load(stamper.der), stamper.key)
    (tmp_path / "r.tsr").write_bytes(answer.dump())
    arguments = ["ts", "-verify", "-in", "r.tsr", "-data", "doc", "-CAfile", "ca.pem"]
    assert "Verification: OK" in judge("openssl", *arguments)
    (tmp_path / "doc").write_bytes(b"another")
    assert "message imprint mismatch" in judge("openssl", *arguments)


def test_sealing_keeps_text_fonts_and_one_signature(notice_pdf: bytes, judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(notice_pdf)
    assert RARE_NAME in judge("pdftotext", "a.pdf", "-")
    assert all(line.split()[-5] == "yes" for line in judge("pdffonts", "a.pdf").splitlines()[2:])
    assert len(PdfFileReader(io.BytesIO(notice_pdf)).embedded_signatures) == 1


def test_seal_shows_the_office_in_red_outlines(notice_pdf: bytes, judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(notice_pdf)
    judge("pdftoppm", "-r", "50", "-singlefile", "a.pdf", "a")
    picture = (tmp_path / "a.ppm").read_bytes().split(b"\n", 3)
    width, height = (int(part) for part in picture[1].split())
    pixels = picture[3]
    lower = pixels[width * height * 3 * 2 // 3 :]
    red = sum(
        1
        for at in range(0, len(lower) - 2, 3)
        if lower[at] > 150 and lower[at + 1] < 110 and lower[at + 2] < 110
    )
    assert red > 300


def flipped(data: bytes, position: int) -> bytes:
    """Gives the data with one bit changed."""
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def painted_over(pdf: bytes) -> bytes:
    """Gives the file with a white box added in a later revision, the classic shadow edit."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    from pyhanko.pdf_utils import generic

    page_ref, _ = writer.find_page_for_modification(0)
    box = writer.add_object(generic.StreamObject(stream_data=b"q 1 1 1 rg 0 0 600 800 re f Q"))
    page = page_ref.get_object()
    contents = page.raw_get("/Contents")
    page["/Contents"] = generic.ArrayObject([contents, box])
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
