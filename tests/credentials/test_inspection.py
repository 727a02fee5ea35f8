"""The bytes alone tell whether a file is as it was issued."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from anjia.credentials import sealing
from anjia.credentials.authority import Authority
from anjia.credentials.inspection import Inspection, inspect
from tests.credentials.conftest import NUMBER, OFFICE, notice
from tests.credentials.test_sealing import flipped, painted_over


@pytest.fixture
def look(authority: Authority) -> Callable[[bytes], Inspection]:
    """Inspects a file with the authority's certificate and newest CRL."""
    der = authority.certificate().public_bytes(Encoding.DER)
    return lambda pdf: inspect(pdf, der, authority.crl())


def test_an_issued_file_is_sound_and_names_its_number(
    notice_pdf: bytes, look: Callable[[bytes], Inspection]
) -> None:
    found = look(notice_pdf)
    assert found.verdict == "sound"
    assert found.number == NUMBER
    assert found.signer == OFFICE.zh
    assert found.sealed_at is not None


def test_no_changed_bit_of_the_sealed_content_passes(
    notice_pdf: bytes, look: Callable[[bytes], Inspection]
) -> None:
    start, end = place_of_the_signature(notice_pdf)
    sealed = [*range(start), *range(end, len(notice_pdf))]
    places = random.Random(7).sample(sealed, 150)
    assert {look(flipped(notice_pdf, place)).verdict for place in places} <= {"changed", "foreign"}


def test_nothing_hides_behind_the_signature(notice_pdf: bytes, look: Callable[[bytes], Inspection]) -> None:
    _, end = place_of_the_signature(notice_pdf)
    for place in (end - 2, end - 400):  # the zeros after the signature
        assert look(flipped(notice_pdf, place)).verdict == "changed"


@pytest.mark.parametrize(
    "change", [lambda pdf: pdf + b"\n", lambda pdf: pdf[:-40], lambda pdf: pdf[:4000], painted_over]
)
def test_added_cut_and_painted_over_files_are_changed(
    change: Callable[[bytes], bytes], notice_pdf: bytes, look: Callable[[bytes], Inspection]
) -> None:
    assert look(change(notice_pdf)).verdict in ("changed", "foreign")


def test_a_shadow_edit_is_called_changed(notice_pdf: bytes, look: Callable[[bytes], Inspection]) -> None:
    found = look(painted_over(notice_pdf))
    assert found.verdict == "changed"
    assert any("整个文件" in reason.zh for reason in found.reasons)


def test_a_strangers_seal_with_our_name_is_foreign(
    draw: Callable[..., bytes], authority: Authority, look: Callable[[bytes], Inspection], tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, authority.name)
    office = sealing.Office("370303001000", OFFICE.zh, "户口专用章")
    pdf = sealing.seal_pdf(
        draw("decision-notice", {"notice": notice()}), stranger, office, sealing.Place(40, 22, 42), reason="x"
    )
    assert look(pdf).verdict == "foreign"


def test_files_without_a_seal_are_foreign(
    draw: Callable[..., bytes], look: Callable[[bytes], Inspection]
) -> None:
    assert look(draw("decision-notice", {"notice": notice()})).verdict == "foreign"
    assert look(b"").verdict == "foreign"
    assert look(b"%PDF-1.7 nothing").verdict == "foreign"


def test_a_compromised_seal_takes_back_what_it_sealed_and_a_renewed_one_does_not(
    draw: Callable[..., bytes], authority: Authority, look: Callable[[bytes], Inspection]
) -> None:
    def sealed(code: str) -> bytes:
        office = sealing.Office(code, f"示范市公安局{code}派出所", "户口专用章")
        pdf = draw("decision-notice", {"notice": notice()})
        return sealing.seal_pdf(pdf, authority, office, sealing.Place(40, 22, 42), reason="x")

    stolen, renewed = sealed("370303091000"), sealed("370303092000")
    for code, reason in (("370303091000", "key_compromise"), ("370303092000", "superseded")):
        authority.revoke(authority.seal_of(code, f"示范市公安局{code}派出所").certificate, reason)
    assert look(stolen).verdict == "revoked"
    assert look(renewed).verdict == "sound"
    assert look(sealed("370303091000")).verdict == "sound"  # the office has a new seal by now


def place_of_the_signature(pdf: bytes) -> tuple[int, int]:
    """Gives the start and end of the only part that the seal does not cover."""
    found = re.search(rb"/ByteRange ?\[ ?0 (\d+) (\d+) ", pdf)
    assert found
    return int(found[1]), int(found[2])
