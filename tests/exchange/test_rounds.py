"""Asking everything that a case needs, one answer leading to the next question."""

from __future__ import annotations

import msgspec
import pytest

from anjia.exchange.query import Line, QueryLog, Subject
from anjia.exchange.rounds import Gathered, arguments_for, ask_rounds
from anjia.kernel.specs.interface import InterfaceSpec
from simulators.departments.process import Running
from simulators.departments.samples import UNFILED

Interfaces = dict[str, InterfaceSpec]
NAMES = ["title-register", "lease-filing", "real-person", "title-holdings"]


def gather(interfaces: Interfaces, line: Line, subject: Subject) -> Gathered:
    return ask_rounds(
        [interfaces[name] for name in NAMES], line,
        purpose="settlement", case_number="XX-1", subject=subject, values={},
    )  # fmt: skip


def test_the_title_is_asked_by_the_place_and_lessor_that_the_lease_names(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    gathered = gather(interfaces, line, tenant)
    assert gathered.facts["lessor.is_holder"] is True
    assert gathered.facts["title.usage"] == "住宅"
    assert gathered.facts["person.real"] is True
    assert gathered.facts["person.own_dwelling"] is False
    assert list(gathered.answers)[-1] == "title-register"
    assert gathered.waiting == ()


def test_without_a_lease_the_title_waits_and_the_rest_is_known(
    departments: Running, line: Line, log: list[QueryLog], interfaces: Interfaces
) -> None:
    gathered = gather(interfaces, line, Subject(UNFILED, "魏备案"))
    assert gathered.waiting == ("title-register",)
    assert gathered.facts["lease.filed"] is False
    assert "lessor.is_holder" not in gathered.facts
    assert "title-register" not in {entry.interface for entry in log}


def test_a_department_that_is_down_holds_up_only_what_needs_it(
    departments: Running, line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    departments.control("fault", interface="lease-filing", mode="down")
    gathered = gather(interfaces, line, tenant)
    assert gathered.answers["lease-filing"].state == "unavailable"
    assert gathered.waiting == ("title-register",)
    assert gathered.facts == {"person.real": True, "person.own_dwelling": False}


def test_interfaces_that_wait_for_each_other_are_not_asked(
    line: Line, interfaces: Interfaces, tenant: Subject
) -> None:
    lease = msgspec.structs.replace(interfaces["lease-filing"], request={"contract_no": "title.usage"})
    gathered = ask_rounds(
        [lease, interfaces["title-register"]], line,
        purpose="settlement", case_number="XX-1", subject=tenant, values={},
    )  # fmt: skip
    assert gathered.answers == {}
    assert gathered.waiting == ("lease-filing", "title-register")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, None),
        ({"lessor.citizen_no": "1"}, None),
        ({"lease.place": ""}, None),
        ({"lease.place": "7"}, {"place_code": "7"}),
        ({"lease.place": 7, "lessor.citizen_no": "1"}, {"place_code": 7, "right_holder_no": "1"}),
    ],
)
def test_only_optional_arguments_may_be_unknown(
    interfaces: Interfaces, values: dict[str, object], expected: dict[str, object] | None
) -> None:
    assert arguments_for(interfaces["title-register"], values) == expected
