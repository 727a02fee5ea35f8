"""Anybody checks a document; the page tells no more than it must and slows down who tries too often."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anjia.channels.verification import views

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_a_file_that_is_not_ours_is_unknown() -> None:
    file = SimpleUploadedFile("x.pdf", b"%PDF-1.7 nothing", content_type="application/pdf")
    page = Client().post("/verify/", {"file": file}).content.decode()
    assert "不是本系统签发的" in page


def test_a_wrong_number_is_unknown_and_tells_nothing_else() -> None:
    page = Client().post("/verify/", {"number": "ZBD370303-2026-000001", "code": "AAAA-BBBB"}).content.decode()
    assert "不是本系统签发的" in page
    assert "签发时间" not in page


def test_nothing_sent_is_an_error_at_the_field() -> None:
    answer = Client().post("/verify/", {"number": "", "code": ""})
    assert answer.status_code == 422
    assert "请填写编号和验证码" in answer.content.decode()


def test_a_scanned_code_fills_the_form() -> None:
    page = Client().get("/verify/?number=ZBD370303-2026-000001&code=ABCD2345").content.decode()
    assert 'value="ZBD370303-2026-000001"' in page
    assert 'value="ABCD2345"' in page


def test_too_many_tries_are_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TRIES", 2)
    monkeypatch.setattr("anjia.kernel.pace.time.time", lambda: 1_000_000.0)
    client = Client()
    seen = [client.post("/verify/", {"number": "X", "code": "Y"}).status_code for _ in range(3)]
    assert seen == [200, 200, 429]


def test_a_program_gets_json() -> None:
    answer = Client().post("/verify/", {"number": "X", "code": "Y"}, headers={"Accept": "application/json"})
    assert answer.json()["status"] == "unknown"
