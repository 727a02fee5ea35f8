"""The department simulator, talked to over its own wire by hand-made requests."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from simulators.departments.process import Running, running, start
from simulators.departments.samples import BARRED, LEASE, LESSOR, TENANT, UNFILED


def question(citizen_no: str = TENANT, name: str = "田租客", **arguments: str) -> dict[str, Any]:
    return {
        "request_id": str(uuid.uuid4()),
        "purpose": "settlement",
        "case": "XX-0001",
        "subject": {"citizen_no": citizen_no, "name": name},
        "arguments": arguments,
    }


def post(
    departments: Running,
    path: str,
    content: Any,
    *,
    at: float | None = None,
    signed_path: str | None = None,
    signed_body: bytes | None = None,
    token: str | None = None,
) -> tuple[int, dict[str, Any], str]:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    stamp = str(int(time.time() if at is None else at))
    signed = body if signed_body is None else signed_body
    text = f"{stamp}.{signed_path or path}.".encode() + signed
    seal = hmac.new(departments.credentials.secret.encode(), text, hashlib.sha256).hexdigest()
    connection = http.client.HTTPConnection("127.0.0.1", departments.port, timeout=10)
    try:
        connection.request(
            "POST",
            path,
            body,
            {
                "Authorization": f"Bearer {departments.credentials.token if token is None else token}",
                "Anjia-Timestamp": stamp,
                "Anjia-Signature": f"v1={seal}",
            },
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response.headers["Content-Type"]
    finally:
        connection.close()


def test_a_filed_lease_is_found_with_no_more_than_settlement_needs(departments: Running) -> None:
    status, answer, _ = post(departments, "/v1/lease-filing", question())
    assert status == 200
    assert answer["found"] is True
    assert answer["record"] == {
        "contract_no": "ZL-1",
        "filed_on": "2020-01-05",
        "period": {"start_on": "2020-01-01", "end_on": "2099-01-01"},
        "dwelling": {"place_code": "7001", "address": "样例路1号"},
        "lessor": {"no": LESSOR, "name": "方东"},
    }
    assert answer["serial"].startswith("lease-filing-7-")


def test_the_named_contract_is_given_even_when_another_runs(departments: Running) -> None:
    assert (
        post(departments, "/v1/lease-filing", question(contract_no="ZL-0"))[1]["record"]["contract_no"]
        == "ZL-0"
    )
    assert post(departments, "/v1/lease-filing", question(contract_no="ZL-9"))[1]["found"] is False


def test_a_lease_that_is_filed_now_is_found_from_then_on(folder: Path) -> None:
    with running(folder) as departments:
        asked = question(UNFILED, "魏备案")
        assert post(departments, "/v1/lease-filing", asked)[1]["found"] is False
        filed = {**LEASE, "contract_no": "ZL-2", "tenant_no": UNFILED, "filed_on": "2026-01-01"}
        departments.control("add", kind="lease", record=filed)
        again = asked | {"request_id": str(uuid.uuid4())}
        assert post(departments, "/v1/lease-filing", again)[1]["record"]["filed_on"] == "2026-01-01"


def test_the_title_register_says_whether_the_asked_person_holds_and_names_no_holder(
    departments: Running,
) -> None:
    holder = post(departments, "/v1/title-register", question(place_code="7001", right_holder_no=LESSOR))[1]
    other = post(departments, "/v1/title-register", question(place_code="7001", right_holder_no=TENANT))[1]
    silent = post(departments, "/v1/title-register", question(place_code="7001"))[1]
    assert [one["record"]["asked_is_holder"] for one in (holder, other, silent)] == [True, False, None]
    assert LESSOR not in json.dumps(silent)
    assert "方东" not in json.dumps(silent, ensure_ascii=False)
    assert post(departments, "/v1/title-register", question(place_code="9"))[1]["found"] is False


def test_holdings_say_yes_or_not_found(departments: Running) -> None:
    assert post(departments, "/v1/title-holdings", question(LESSOR, "方东"))[1]["record"] == {
        "owns_dwelling": True
    }
    assert post(departments, "/v1/title-holdings", question())[1]["found"] is False


def test_the_real_person_check_compares_number_and_name(departments: Running) -> None:
    assert post(departments, "/v1/real-person", question())[1]["record"] == {"matches": True}
    assert post(departments, "/v1/real-person", question(name="田祖客"))[1]["record"] == {"matches": False}
    assert post(departments, "/v1/real-person", question("370399190001010001"))[1]["found"] is False


def test_a_marriage_is_found_from_either_spouse(departments: Running) -> None:
    mine = post(departments, "/v1/marriage-register", question())[1]["record"]
    hers = post(departments, "/v1/marriage-register", question(LESSOR, "方东"))[1]["record"]
    assert (mine["spouse"]["no"], hers["spouse"]["no"], mine["stands"]) == (LESSOR, TENANT, True)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"token": "guess"}, "token-wrong"),
        ({"token": ""}, "token-wrong"),
        ({"signed_path": "/v1/real-person"}, "signature-wrong"),
        ({"signed_body": b"{}"}, "signature-wrong"),
    ],
)
def test_the_door_refuses_what_is_not_signed_by_the_client(
    departments: Running, wrong: dict[str, Any], code: str
) -> None:
    before = len(departments.control("queries")["queries"])
    status, problem, media = post(departments, "/v1/lease-filing", question(), **wrong)
    assert (status, problem["code"], media) == (401, code, "application/problem+json")
    assert len(departments.control("queries")["queries"]) == before


@pytest.mark.parametrize(("seconds", "status"), [(-290, 200), (-310, 401), (310, 401)])
def test_a_signature_holds_for_five_minutes(departments: Running, seconds: int, status: int) -> None:
    assert post(departments, "/v1/lease-filing", question(), at=time.time() + seconds)[0] == status


def test_a_purpose_without_agreement_is_refused_and_logged(departments: Running) -> None:
    asked = question() | {"purpose": "curiosity"}
    status, problem, media = post(departments, "/v1/lease-filing", asked)
    assert (status, problem["code"], media) == (403, "purpose-refused", "application/problem+json")
    assert "settlement" in problem["title_en"]
    logged = departments.control("queries")["queries"][-1]
    assert (logged["request_id"], logged["purpose"], logged["outcome"]) == (
        asked["request_id"], "curiosity", "refused",
    )  # fmt: skip


def test_a_request_id_counts_once_even_after_kill_and_restart(folder: Path) -> None:
    asked = question()
    first = start(folder)
    try:
        assert post(first, "/v1/lease-filing", asked)[0] == 200
        assert post(first, "/v1/lease-filing", asked)[0] == 409
    finally:
        first.process.send_signal(signal.SIGKILL)
        first.process.communicate()
    with running(folder) as second:
        status, problem, _ = post(second, "/v1/lease-filing", asked)
        assert (status, problem["code"]) == (409, "request-replayed")
        assert second.credentials == first.credentials


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "query-malformed"),
        (b"[]", "query-malformed"),
        ({"purpose": "settlement"}, "query-malformed"),
        (question() | {"subject": "x"}, "query-malformed"),
        (question(place="1"), "arguments-wrong"),
        (question() | {"request_id": "other", "arguments": {"contract_no": 7}}, "arguments-wrong"),
    ],
)
def test_a_query_out_of_shape_is_told_what_is_wrong(departments: Running, content: Any, code: str) -> None:
    status, problem, _ = post(departments, "/v1/lease-filing", content)
    assert (status, problem["code"]) == (400, code)


def test_unknown_addresses_and_huge_bodies_are_refused(departments: Running) -> None:
    assert post(departments, "/v1/tax", question())[0] == 404
    assert post(departments, "/elsewhere", question())[0] == 404
    assert post(departments, "/v1/lease-filing", b" " * 70_000)[0] == 413


def test_the_control_desk_wants_its_own_token_and_says_what_it_knows(departments: Running) -> None:
    assert post(departments, "/v1/_control", {"action": "reset"})[0] == 401
    for order, words in (
        ({"action": "explode"}, "known: fault, reset, add, queries"),
        ({"action": "fault", "interface": "lease-filing", "mode": "sulk"}, "unknown mode"),
        ({"action": "fault", "interface": "tax"}, "unknown interface"),
        ({"action": "fault", "interface": "lease-filing", "latency_ms": -1}, "latency_ms"),
        ({"action": "add", "kind": "lease", "record": {"contract_no": "1"}}, "lacks tenant_no"),
        ({"action": "add", "kind": "dog", "record": {}}, "unknown kind"),
    ):
        action = str(order.pop("action"))
        with pytest.raises(ValueError, match=words):
            departments.control(action, **order)


def test_the_log_of_the_department_tells_subjects_apart_without_their_numbers(folder: Path) -> None:
    departments = start(folder)
    post(departments, "/v1/real-person", question())
    post(departments, "/v1/lease-filing", question())
    post(departments, "/v1/title-holdings", question(LESSOR, "方东"))
    queries = departments.control("queries")["queries"]
    said = departments.stop()
    assert [one["outcome"] for one in queries] == ["answered"] * 3
    assert queries[0]["subject"] == queries[1]["subject"] != queries[2]["subject"]
    for secret in (TENANT, LESSOR, "田租客", departments.credentials.token, departments.credentials.secret):
        assert secret not in json.dumps(queries, ensure_ascii=False)
        assert secret not in said


def test_health_is_open_and_says_that_the_data_is_synthetic(departments: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", departments.port, timeout=10)
    connection.request("GET", "/healthz")
    content = json.loads(connection.getresponse().read())
    connection.close()
    assert content["synthetic"] is True
    assert "lease-filing" in content["interfaces"]


def test_it_ends_at_once_when_told_even_while_a_query_hangs(folder: Path) -> None:
    departments = start(folder)
    departments.control("fault", interface="real-person", mode="hang")
    connection = http.client.HTTPConnection("127.0.0.1", departments.port, timeout=10)
    body = json.dumps(question()).encode()
    stamp = str(int(time.time()))
    text = f"{stamp}./v1/real-person.".encode() + body
    seal = hmac.new(departments.credentials.secret.encode(), text, hashlib.sha256).hexdigest()
    headers = {
        "Authorization": f"Bearer {departments.credentials.token}",
        "Anjia-Timestamp": stamp,
        "Anjia-Signature": f"v1={seal}",
    }
    connection.request("POST", "/v1/real-person", body, headers)
    patience = time.monotonic() + 10
    while not departments.control("queries")["queries"]:
        assert time.monotonic() < patience, "the query never arrived"
    before = time.monotonic()
    said = departments.stop()
    connection.close()
    assert time.monotonic() - before < 5
    assert departments.process.returncode == 0
    assert said.endswith("departments: stopped\n")


def test_a_bar_to_moving_is_answered_with_yes_or_no_and_never_why(departments: Running) -> None:
    asked = question(BARRED, "甲")
    status, answer, _ = post(departments, "/v1/supervision-bar", asked)
    assert (status, answer["found"]) == (200, True)
    assert answer["record"] == {"barred": True, "approved": False}
    _, free, _ = post(departments, "/v1/supervision-bar", question())
    assert (free["found"], free["record"]) == (False, None)
