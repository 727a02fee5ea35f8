"""Queries to a real simulator process: every way a department can fail, and what stays known."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import pytest

from anjia.exchange.breaker import Breaker
from anjia.exchange.query import Answer, Line, Query, QueryLog, Subject, ask, ask_all
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.interface import InterfaceSpec
from simulators.departments.process import Running
from simulators.departments.samples import LESSOR, TENANT, UNFILED

Interfaces = dict[str, InterfaceSpec]
LATE_MS = 1500
"""What a bounded query may take beyond its timeout on a loaded machine."""


def lease(interfaces: Interfaces, tenant: Subject, *, timeout_ms: int = 2500) -> Query:
    spec = msgspec.structs.replace(interfaces["lease-filing"], timeout_ms=timeout_ms)
    return Query(spec, "settlement", "XX-0001", tenant)


def assert_open(answer: Answer, state: str) -> None:
    assert answer.state == state
    assert answer.facts == {}
    assert answer.answered_at is None
    assert answer.detail is not None
    assert "可先提交" in answer.detail.zh
    assert "You can submit" in answer.detail.en


def test_a_filed_lease_settles_its_facts_with_source_time_and_serial(
    line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    answer = ask(lease(interfaces, tenant), line)
    assert answer.state == "answered"
    assert answer.facts == {
        "lease.filed": True,
        "lease.contract_no": "ZL-1",
        "lease.filed_on": date(2020, 1, 5),
        "lease.start": date(2020, 1, 1),
        "lease.end": date(2099, 1, 1),
        "lease.place": "7001",
        "lease.address": "样例路1号",
        "lessor.citizen_no": LESSOR,
        "lessor.name": "方东",
    }
    assert answer.source == interfaces["lease-filing"].owner
    assert answer.answered_at is not None
    assert abs(answer.answered_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert answer.serial.startswith("lease-filing-7-")
    assert answer.detail is None


def test_nothing_on_record_settles_what_the_definition_says_and_leaves_the_rest_unknown(
    line: Line, interfaces: Interfaces
) -> None:
    answer = ask(lease(interfaces, Subject(UNFILED, "魏备案")), line)
    assert answer.state == "not_found"
    assert answer.facts == {"lease.filed": False}
    assert answer.detail == interfaces["lease-filing"].nothing_found
    assert answer.serial


@pytest.mark.parametrize(
    ("mode", "state"),
    [("down", "unavailable"), ("malformed", "malformed"), ("wrong-types", "malformed"),
     ("mixed-up", "malformed"), ("huge", "malformed")],
)  # fmt: skip
def test_a_failing_department_leaves_facts_unknown(
    departments: Running, line: Line, log: list[QueryLog], interfaces: Interfaces, tenant: Subject,
    mode: str, state: str,
) -> None:  # fmt: skip
    departments.control("fault", interface="lease-filing", mode=mode)
    assert_open(ask(lease(interfaces, tenant), line), state)
    assert [entry.state for entry in log] == [None, state]
    assert log[1].reason


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_query_ends_at_its_timeout_whatever_the_department_does(
    departments: Running, line: Line, log: list[QueryLog], interfaces: Interfaces, tenant: Subject, mode: str
) -> None:
    departments.control("fault", interface="lease-filing", mode=mode)
    before = time.monotonic()
    answer = ask(lease(interfaces, tenant, timeout_ms=300), line)
    took_ms = (time.monotonic() - before) * 1000
    assert_open(answer, "unavailable")
    assert 300 <= took_ms < 300 + LATE_MS
    assert log[-1].reason == "timeout"


def test_a_slow_department_is_waited_for_up_to_the_timeout(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    departments.control("fault", interface="lease-filing", latency_ms=150)
    assert ask(lease(interfaces, tenant), line).state == "answered"
    assert_open(ask(lease(interfaces, tenant, timeout_ms=100), line), "unavailable")


def test_false_data_of_the_right_types_is_taken_with_its_source_named(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    departments.control("fault", interface="lease-filing", mode="wrong-data")
    answer = ask(lease(interfaces, tenant), line)
    assert answer.state == "answered"
    assert answer.facts["lease.end"] < date(2099, 1, 1)
    assert answer.facts["lessor.name"] != "方东"
    assert answer.serial
    assert answer.source.zh


def test_no_server_at_all_is_unavailable(
    make_line: Callable[..., Line], interfaces: Interfaces, tenant: Subject
) -> None:
    assert_open(ask(lease(interfaces, tenant), make_line(base_url="http://127.0.0.1:1")), "unavailable")


@pytest.mark.parametrize("wrong", [{"token": "stale"}, {"secret": "stale"}])
def test_a_refusal_of_the_department_is_no_error_for_the_person(
    make_line: Callable[..., Line], log: list[QueryLog], interfaces: Interfaces, tenant: Subject,
    wrong: dict[str, str],
) -> None:  # fmt: skip
    assert_open(ask(lease(interfaces, tenant), make_line(**wrong)), "refused")
    assert log[-1].reason == "status 401"


def test_a_clock_ten_minutes_off_is_refused_by_the_department(
    make_line: Callable[..., Line], interfaces: Interfaces, tenant: Subject
) -> None:
    late = make_line(now=lambda: datetime.now(UTC) - timedelta(minutes=10))
    assert ask(lease(interfaces, tenant), late).state == "refused"


def test_a_purpose_that_the_definition_does_not_name_never_leaves(
    departments: Running, line: Line, log: list[QueryLog], interfaces: Interfaces, tenant: Subject
) -> None:
    before = len(departments.control("queries")["queries"])
    good = lease(interfaces, tenant)
    with pytest.raises(AnjiaError) as caught:
        ask_all([good, Query(good.interface, "curiosity", "XX-0001", tenant)], line)
    assert (caught.value.code, caught.value.status) == ("query-purpose-refused", 403)
    assert log == []
    assert len(departments.control("queries")["queries"]) == before


def test_a_purpose_that_only_we_believe_in_is_refused_by_the_department(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    spec = msgspec.structs.replace(interfaces["lease-filing"], purposes=("curiosity",))
    assert_open(ask(Query(spec, "curiosity", "XX-0001", tenant), line), "refused")
    assert departments.control("queries")["queries"][-1]["outcome"] == "refused"


def test_the_intent_is_logged_before_the_query_leaves(
    departments: Running, make_line: Callable[..., Line], interfaces: Interfaces, tenant: Subject
) -> None:
    seen: list[tuple[str, bool]] = []

    def note(entry: QueryLog) -> None:
        there = {one["request_id"] for one in departments.control("queries")["queries"]}
        seen.append((entry.phase, entry.request_id in there))

    ask(lease(interfaces, tenant), make_line(log=note))
    assert seen == [("intent", False), ("outcome", True)]


def test_a_query_that_cannot_be_logged_does_not_leave(
    departments: Running, make_line: Callable[..., Line], interfaces: Interfaces, tenant: Subject
) -> None:
    def full(entry: QueryLog) -> None:
        raise OSError("disk full")

    before = len(departments.control("queries")["queries"])
    with pytest.raises(OSError, match="disk full"):
        ask(lease(interfaces, tenant), make_line(log=full))
    assert len(departments.control("queries")["queries"]) == before


def test_both_sides_hold_the_same_queries(
    departments: Running, line: Line, log: list[QueryLog], interfaces: Interfaces, tenant: Subject
) -> None:
    before = len(departments.control("queries")["queries"])
    queries = [
        Query(interfaces[name], "settlement", "XX-0002", tenant) for name in ("real-person", "title-holdings")
    ]
    answers = ask_all([*queries, lease(interfaces, tenant)], line)
    theirs = departments.control("queries")["queries"][before:]
    ours = [entry for entry in log if entry.phase == "outcome"]
    assert {(one["request_id"], one["interface"], one["purpose"], one["case_number"]) for one in theirs} == {
        (entry.request_id, entry.interface, entry.purpose, entry.case_number) for entry in ours
    }
    assert [answer.request_id for answer in answers] == [entry.request_id for entry in ours]
    assert len({answer.request_id for answer in answers}) == 3


def test_several_departments_are_asked_side_by_side(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    names = ["lease-filing", "title-holdings", "real-person", "marriage-register"]
    for name in names:
        departments.control("fault", interface=name, latency_ms=600)
    before = time.monotonic()
    answers = ask_all([Query(interfaces[name], "settlement", "XX-0003", tenant) for name in names], line)
    assert time.monotonic() - before < 2.0
    assert [answer.interface for answer in answers] == names
    assert [answer.state for answer in answers] == ["answered", "not_found", "answered", "answered"]


def test_no_more_queries_are_under_way_than_allowed(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    departments.control("fault", interface="real-person", latency_ms=100)
    query = Query(interfaces["real-person"], "settlement", "XX-0004", tenant)
    before = time.monotonic()
    answers = ask_all([query] * 4, line, parallel=2)
    assert time.monotonic() - before >= 0.2
    assert {answer.state for answer in answers} == {"answered"}


def test_a_department_that_keeps_failing_is_left_alone_and_probed_later(
    departments: Running, make_line: Callable[..., Line], log: list[QueryLog], interfaces: Interfaces,
    tenant: Subject,
) -> None:  # fmt: skip
    moment = [0.0]
    line = make_line(breaker=Breaker(failures=2, pause_seconds=30, clock=lambda: moment[0]))
    query = lease(interfaces, tenant)
    departments.control("fault", interface="lease-filing", mode="down")
    for _ in range(3):
        assert_open(ask(query, line), "unavailable")
    assert len(log) == 4, "the third query must not have left"
    departments.control("reset")
    assert ask(query, line).request_id == ""
    moment[0] = 31.0
    assert ask(query, line).state == "answered"
    assert ask(query, line).state == "answered"


def test_numbers_names_and_keys_are_in_no_log_address_or_repr(
    line: Line, log: list[QueryLog], interfaces: Interfaces, tenant: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    addresses: list[str] = []
    line.client.event_hooks = {"request": [lambda request: addresses.append(str(request.url))]}
    query = Query(
        interfaces["title-register"], "settlement", "XX-0005", tenant,
        {"place_code": "7001", "right_holder_no": LESSOR},
    )  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        answers = [ask(query, line), ask(lease(interfaces, tenant), line)]
    assert [answer.state for answer in answers] == ["answered", "answered"]
    written = f"{caplog.text} {addresses} {log!r} {query!r} {answers!r} {line!r}"
    assert len(addresses) == 2
    for secret in (TENANT, LESSOR, "田租客", "方东", line.token, line.secret):
        assert secret not in written


def test_a_plain_client_works_too_within_the_reads_timeout(
    make_line: Callable[..., Line], interfaces: Interfaces, tenant: Subject
) -> None:
    with httpx.Client(trust_env=False) as plain:
        assert ask(lease(interfaces, tenant), make_line(client=plain)).state == "answered"
