"""The signature: fixed by a vector, and understood by the other side's own code."""

from __future__ import annotations

from datetime import UTC, datetime

from anjia.exchange.signing import headers, signature
from simulators.departments import signing as department


def test_the_signature_is_that_of_openssl() -> None:
    # printf '%s' '1767225600./v1/toy.{}' | openssl dgst -sha256 -hmac secret
    wanted = "v1=a2082048f8a057ece3e14b98340f156c39e9ed3f6ae337743674df30b00ae674"
    assert signature("secret", "1767225600", "/v1/toy", b"{}") == wanted


def test_the_department_accepts_our_headers_and_no_others() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    keys = department.Credentials("token", "秘密", "control")
    made = headers(token="token", secret="秘密", path="/v1/toy", body=b"{}", at=at)
    lower = {name.lower(): value for name, value in made.items()}
    now = at.timestamp()
    assert department.fault_of(keys, lower, "/v1/toy", b"{}", now) is None
    assert department.fault_of(keys, lower, "/v1/toy", b"{ }", now) == "signature-wrong"
    assert department.fault_of(keys, lower, "/v1/other", b"{}", now) == "signature-wrong"
    assert department.fault_of(keys, lower, "/v1/toy", b"{}", now + 301) == "timestamp-old"
    later = lower | {"anjia-timestamp": str(int(now) + 200)}
    assert department.fault_of(keys, later, "/v1/toy", b"{}", now + 301) == "signature-wrong"
