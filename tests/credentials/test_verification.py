"""Anybody can check a document, by the file or by number and code, and learns no more than that."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from anjia.credentials import codes, documents, offices, report, verification
from anjia.credentials.models import Document
from anjia.kernel.errors import AnjiaError
from tests.credentials import moving
from tests.credentials.test_issuing import run
from tests.credentials.test_sealing import flipped, painted_over


@pytest.fixture
def issued(db: None) -> Document:
    """One issued decision notice."""
    town = moving.found_town()
    act = moving.decide(town)
    run(act, town, "decision-notice")
    return documents.get(documents.of_case(act.case_number)[0].number)


def test_the_issued_file_is_valid_and_named(issued: Document) -> None:
    found = verification.verify_pdf(documents.content(issued))
    assert found.status == "valid"
    assert found.number == issued.number
    assert found.title.zh == "办理结果告知单"
    assert "派出所" in found.issuer.zh
    assert verification.AS_ISSUED in found.reasons


def test_no_changed_bit_of_the_whole_file_is_valid(issued: Document) -> None:
    pdf = documents.content(issued)
    signature = pdf.rindex(b"/Contents <")
    places = [*random.Random(3).sample(range(len(pdf)), 60), *range(signature, signature + 6000, 157)]
    statuses = {verification.verify_pdf(flipped(pdf, place)).status for place in places}
    assert statuses <= {"changed", "unknown"}
    assert "changed" in statuses


def test_a_shadow_edit_is_changed(issued: Document) -> None:
    assert verification.verify_pdf(painted_over(documents.content(issued))).status == "changed"


def test_a_document_taken_back_is_revoked(issued: Document) -> None:
    documents.revoke(issued.number, ground="发现身份冒用")
    found = verification.verify_pdf(documents.content(issued))
    assert found.status == "revoked"
    assert verification.verify_number(issued.number, issued.code).status == "revoked"


def test_a_stolen_seal_takes_its_documents_back(issued: Document) -> None:
    authority = offices.authority()
    authority.revoke(authority.seal_of(issued.issuer, issued.issuer_zh).certificate, "key_compromise")
    assert verification.verify_pdf(documents.content(issued)).status == "revoked"


def test_a_strangers_file_is_unknown_and_its_claims_are_not_repeated(issued: Document) -> None:
    found = verification.verify_pdf(b"%PDF-1.7 " + issued.number.encode())
    assert (found.status, found.number, found.issuer.zh) == ("unknown", "", "")


def test_number_and_code_tell_state_and_issuer_only(issued: Document) -> None:
    found = verification.verify_number(issued.number.lower(), codes.shown(issued.code).lower())
    assert found.status == "valid"
    assert found.issuer.zh == issued.issuer_zh
    assert (found.title.zh, found.issued_at, found.signer) == ("", None, "")


def test_wrong_code_and_unknown_number_give_the_same_answer(
    issued: Document, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        wrong = verification.verify_number(issued.number, "2" * codes.LENGTH)
    with django_assert_num_queries(1):
        unknown = verification.verify_number("LSD990102-2026-999999", issued.code)
    assert wrong == unknown
    assert wrong.status == "unknown"
    assert verification.verify_number("", "") == wrong
    assert verification.verify_number("LSD990102-2026-999999", verification.NEVER).status == "unknown"


def test_report_says_in_words_and_json(issued: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(documents.content(issued))
    text, is_valid = report.report(path)
    assert is_valid
    assert "结论：有效" in text
    assert issued.number in text
    told = json.loads(report.report(path, as_json=True)[0])
    assert told["status"] == "valid"
    assert told["register_asked"] is True
    path.write_bytes(flipped(documents.content(issued), 5000))
    assert report.report(path, language="en")[0].startswith("Result: changed")


def test_report_works_with_the_certificate_alone(issued: Document, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(documents.content(issued))
    (tmp_path / "ca.pem").write_bytes(offices.authority().certificate_pem())
    text, is_valid = report.report(tmp_path / "a.pdf", authority=tmp_path / "ca.pem")
    assert is_valid
    assert "没有查询登记簿" in text
    (tmp_path / "a.pdf").write_bytes(painted_over(documents.content(issued)))
    assert not report.report(tmp_path / "a.pdf", authority=tmp_path / "ca.pem")[1]


def test_report_without_a_database_uses_the_kept_certificate(
    issued: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pdf").write_bytes(documents.content(issued))

    def down(*_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(verification, "verify_pdf", down)
    found = verification.verify_file(tmp_path / "a.pdf")
    assert found.status == "valid"
    assert found.register_asked is False


def test_report_names_a_missing_file_and_a_missing_certificate(tmp_path: Path) -> None:
    with pytest.raises(AnjiaError, match="file-unreadable"):
        report.report(tmp_path / "none.pdf")
    (tmp_path / "a.pdf").write_bytes(b"x")
    with pytest.raises(AnjiaError, match="authority-missing"):
        report.report(tmp_path / "a.pdf", authority=tmp_path / "none.pem")


def test_codes_are_unlike_and_easily_read() -> None:
    made = {codes.new() for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(made)) & set("01OIL")
    assert codes.normalise(codes.shown("7KQM2XPA9RTW").lower() + " ") == "7KQM2XPA9RTW"
